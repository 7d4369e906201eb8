//go:build !amd64 || purego || noasm

package asm

func andCount4(dst *[4]int64, x, y []uint64, stride int) { andCount4Generic(dst, x, y, stride) }

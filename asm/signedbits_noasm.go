//go:build !amd64 || purego || noasm

package asm

func signedBits(dst []float32, bits, signs []uint64) { signedBitsGeneric(dst, bits, signs) }

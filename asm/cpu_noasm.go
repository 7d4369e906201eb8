//go:build !amd64 || purego || noasm

package asm

const useAVX2 = false

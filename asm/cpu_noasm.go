//go:build (!amd64 && !arm64) || purego || noasm

package asm

const (
	useAVX2   = false
	useAVX512 = false
	useNEON   = false
)

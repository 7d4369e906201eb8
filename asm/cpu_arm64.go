//go:build arm64 && !purego && !noasm

package asm

// NEON belongs to arm64.
const (
	useAVX2   = false
	useAVX512 = false
	useNEON   = true
)

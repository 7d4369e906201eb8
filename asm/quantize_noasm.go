//go:build (!amd64 && !arm64) || purego || noasm

package asm

func widenBFloat16(dst []float32, src []uint16)        { widenBFloat16Generic(dst, src) }
func widenFloat16(dst []float32, src []uint16)         { widenFloat16Generic(dst, src) }
func maxAbs(x []float32) uint32                        { return maxAbsGeneric(x) }
func quantizeInt8(dst []int8, x []float32, by float32) { quantizeInt8Generic(dst, x, by) }

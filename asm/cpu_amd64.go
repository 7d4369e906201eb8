//go:build amd64 && !purego && !noasm

package asm

import "golang.org/x/sys/cpu"

// useAVX2 is set when everything the AVX2 kernels use is there: flags do not
// imply each other under GODEBUG.
var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// useAVX512 is set when everything the AVX-512 kernels use is there, what the
// AVX2 kernels use included.
var useAVX512 = useAVX2 && cpu.X86.HasAVX512F && cpu.X86.HasAVX512DQ && cpu.X86.HasAVX512BW && cpu.X86.HasAVX512VL

// usePopcount512 adds the population count of 64-bit lanes, which the first
// processors with AVX-512 lack.
var usePopcount512 = useAVX512 && cpu.X86.HasAVX512VPOPCNTDQ

const useNEON = false

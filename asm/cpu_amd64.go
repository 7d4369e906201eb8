//go:build amd64 && !purego && !noasm

package asm

import "golang.org/x/sys/cpu"

// useAVX2 is set when everything the AVX2 kernels use is there: flags do not
// imply each other under GODEBUG.
var useAVX2 = cpu.X86.HasAVX2 && cpu.X86.HasFMA

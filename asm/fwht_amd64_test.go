//go:build amd64 && !purego && !noasm

package asm

import "testing"

// onEveryPath runs f once for each path that this processor has, in the same
// process.
func onEveryPath(t *testing.T, f func(t *testing.T)) {
	avx2, avx512, popcount := useAVX2, useAVX512, usePopcount512
	defer func() { useAVX2, useAVX512, usePopcount512 = avx2, avx512, popcount }()
	for {
		t.Run(Info(), f)
		switch {
		case useAVX512:
			useAVX512, usePopcount512 = false, false
		case useAVX2:
			useAVX2 = false
		default:
			return
		}
	}
}

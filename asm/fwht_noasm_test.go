//go:build !amd64 || purego || noasm

package asm

import "testing"

// onEveryPath runs f: there is one path.
func onEveryPath(t *testing.T, f func(t *testing.T)) { t.Run(Info(), f) }

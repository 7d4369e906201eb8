package jacobian

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
)

// TestGoldenBits hashes every product on problems of odd sizes, one of a section
// of neurons and one of three. The hashes hold on every path and architecture.
// Weights and samples come from integers, so that they do not rest on the bits of
// anything else.
func TestGoldenBits(t *testing.T) {
	goldenBits(t, 131, 777, 11, "591d377b60ff391697206ce4")
	goldenBits(t, 67, 2*Section(1)+77, 5, "19a33572fe450740dad47a31")
}

func goldenBits(t *testing.T, n, m, d int, want string) {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 6))
	small := func(k int) []float64 {
		x := make([]float64, k)
		for i := range x {
			x[i] = float64(int64(rng.Uint64())>>44) / 1024 / 3
		}
		return x
	}
	net := &Network{M: m, D: d, W: small(m * d), A: make([]float64, m)}
	for r := range net.A {
		net.A[r] = float64(1 - 2*(r%3%2))
	}
	op, err := New(net, small(n*d), nil)
	if err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	write := func(x []float64) {
		for _, v := range x {
			var b [8]byte
			binary.LittleEndian.PutUint64(b[:], math.Float64bits(v))
			h.Write(b[:])
		}
	}
	f, v, g := make([]float64, n), make([]float64, m*d), make([]float64, n*n)
	op.Linearize(f)
	write(f)
	op.MulTransVec(v, f)
	write(v)
	op.MulVec(f, v)
	write(f)
	op.Gram(g)
	write(g)
	s, err := hadamard.NewKroneckerSRHT(m, d, 200, 1)
	if err != nil {
		t.Fatal(err)
	}
	sj := make([]float64, 200*n)
	if err := op.Sketch(sj, s); err != nil {
		t.Fatal(err)
	}
	write(sj)
	if m > Section(m) {
		op.MulGramVec(f, f)
		write(f)
	}
	op.MulGramVecs32(g[:2*n], g[n*n/2:][:2*n], 2)
	write(g[:2*n])
	if got := fmt.Sprintf("%x", h.Sum(nil)[:12]); got != want {
		t.Errorf("m=%d: hash %s on path %s, want %s", m, got, asm.Info(), want)
	}
}

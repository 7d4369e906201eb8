package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestForwardMatchesItsSpecification(t *testing.T) { onEveryPath(t, checkForward) }

func checkForward(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for trial := 0; trial < 300; trial++ {
		rows, d, n := 1+rng.IntN(20), 1+rng.IntN(20), 1+rng.IntN(GateWidth)
		edges := trial%3 == 0
		w, x := values(rng, rows*d, trial%4, edges), values(rng, n*d, trial%3, edges)
		a := make([]float64, rows)
		for r := range a {
			a[r] = float64(1 - 2*rng.IntN(2))
		}
		xp := make([]float64, GateWidth*d)
		wide := make([]float64, GateWidth*d)
		PackSamples(xp, x, d)
		for i := range x {
			wide[i%d*GateWidth+i/d] = x[i]
		}
		acc := (*[GateWidth]float64)(values(rng, GateWidth, trial%5, edges))
		for i := range acc {
			acc[i] += 0 // a masked addition leaves minus zero alone
		}
		want := *acc
		gates, wantGates := make([]uint64, rows), make([]uint64, rows)
		Forward(acc, gates, w, a, xp, d)
		forwardGeneric(&want, wantGates, w, a, wide, d, GateWidth)
		for r := range gates {
			if gates[r] != wantGates[r] {
				t.Fatalf("Forward rows=%d d=%d n=%d trial=%d: gates of neuron %d %064b, want %064b (path %s)", rows, d, n, trial, r, gates[r], wantGates[r], Info())
			}
		}
		equalBits(t, fmt.Sprintf("Forward rows=%d d=%d n=%d seed=9 trial=%d", rows, d, n, trial), acc[:], want[:])
	}
}

// TestForwardOfManyFeatures crosses the bound of an assembly call.
func TestForwardOfManyFeatures(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(11, 10))
		for _, d := range []int{forwardDepth / 3, forwardDepth, forwardDepth + 1, 3*forwardDepth + 5} {
			const rows = 8
			w, x := values(rng, rows*d, 0, false), values(rng, 3*d, 0, false)
			a := values(rng, rows, 0, false)
			for r := range a {
				a[r] = 1
			}
			xp := make([]float64, GateWidth*d)
			PackSamples(xp, x, d)
			var acc, want [GateWidth]float64
			gates, wantGates := make([]uint64, rows), make([]uint64, rows)
			Forward(&acc, gates, w, a, xp, d)
			forwardGeneric(&want, wantGates, w, a, xp, d, packedSamples(d))
			equalBits(t, fmt.Sprintf("Forward d=%d", d), acc[:], want[:])
			// A sum of zero opens its gate, of either sign, and NaN closes it.
			clear(w[:d])
			w[d] = math.NaN()
			Forward(&acc, gates, w, a, xp, d)
			forwardGeneric(&want, wantGates, w, a, xp, d, packedSamples(d))
			if gates[0] != math.MaxUint64 || gates[1] != 0 {
				t.Errorf("Forward d=%d: weights of zero give gates %x, NaN %x", d, gates[0], gates[1])
			}
			for r := range gates {
				if gates[r] != wantGates[r] {
					t.Errorf("Forward d=%d: gates of neuron %d are %x, want %x", d, r, gates[r], wantGates[r])
				}
			}
		}
	})
}

func TestTranspose64(t *testing.T) { onEveryPath(t, checkTranspose64) }

func checkTranspose64(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	var a, b [64]uint64
	for i := range a {
		a[i] = rng.Uint64()
	}
	c := a
	Transpose64(&b, &a)
	Transpose64(&c, &c)
	for i := range a {
		for j := range b {
			if a[i]>>j&1 != b[j]>>i&1 {
				t.Fatalf("bit %d of word %d", j, i)
			}
		}
	}
	if b != c {
		t.Error("in place it differs")
	}
}

func TestXorCount(t *testing.T) {
	dst := []uint64{0b1011, 0, 7}
	if n := XorCount(dst, []uint64{0b0110, 0xFF, 7}, 0xF); n != 3+4 || dst[0] != 0b0110 || dst[1] != 0xF || dst[2] != 7 {
		t.Errorf("%d changed, now %b", n, dst)
	}
}

func BenchmarkForward(b *testing.B) {
	for _, d := range []int{9, 16, 64, 200, 784} {
		b.Run(fmt.Sprintf("d=%d", d), func(b *testing.B) {
			const rows = 384
			rng := rand.New(rand.NewPCG(1, 2))
			w, a, xp := values(rng, rows*d, 0, false), make([]float64, rows), aligned(values(rng, GateWidth*d+8, 0, false))
			var acc [GateWidth]float64
			gates := make([]uint64, rows)
			for b.Loop() {
				Forward(&acc, gates, w, a, xp, d)
			}
			b.ReportMetric(2*float64(GateWidth*rows*d)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
	}
}

func BenchmarkTranspose64(b *testing.B) {
	var a [64]uint64
	for b.Loop() {
		Transpose64(&a, &a)
	}
}

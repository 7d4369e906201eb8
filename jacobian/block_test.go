package jacobian

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"
)

// TestBlockHasTheBitsOfPredict for every number of samples, with weights that
// make sums overflow as well.
func TestBlockHasTheBitsOfPredict(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {5, 3}, {384, 9}, {385, 8}, {1000, 17}, {70, 65}} {
		p := newProblem(BlockSamples, s[0], s[1], 3)
		b := NewBlock(p.d)
		for _, spoil := range []float64{0, 1e308, math.Copysign(0, -1)} {
			if spoil != 0 || math.Signbit(spoil) {
				for k := range p.d {
					p.net.W[k] = spoil
					if k%2 == 1 {
						p.net.W[k] = -spoil
					}
				}
				if spoil != 0 {
					for k := range p.x[:3*p.d] {
						p.x[k] *= 1e200
					}
				}
			}
			for n := 1; n <= BlockSamples; n++ {
				x := p.x[:n*p.d]
				want, got := make([]float64, n), slices.Repeat([]float64{7}, n)
				if err := p.net.Predict(t.Context(), want, x, 1); err != nil {
					t.Fatal(err)
				}
				b.Set(x)
				for range 2 {
					b.Forward(got, p.net)
					for i, v := range want {
						if math.Float64bits(v) != math.Float64bits(got[i]) && !(v != v && got[i] != got[i]) {
							t.Fatalf("m=%d d=%d, spoilt by %g: sample %d of %d is %x, want %x", p.m, p.d, spoil, i, n, got[i], v)
						}
					}
				}
			}
		}
	}
}

func TestBlockAllocatesNothing(t *testing.T) {
	p := newProblem(BlockSamples, 400, 9, 3)
	b, out := NewBlock(p.d), make([]float64, BlockSamples)
	b.Bind(t.Context())
	if n := testing.AllocsPerRun(10, func() {
		for _, n := range []int{1, 17, 40, 64} {
			b.Set(p.x[:n*p.d])
			b.Forward(out[:n], p.net)
		}
	}); n != 0 {
		t.Errorf("%g allocations", n)
	}
}

func TestBlockStopsWithItsContext(t *testing.T) {
	p := newProblem(BlockSamples, 400, 9, 3)
	b, out := NewBlock(p.d), make([]float64, BlockSamples)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b.Bind(ctx)
	for _, n := range []int{5, 64} {
		b.Set(p.x[:n*p.d])
		b.Forward(out[:n], p.net)
		if out[0] != 0 {
			t.Errorf("%d samples were run after the end", n)
		}
	}
	b.Bind(nil)
	if b.Forward(out, p.net); out[0] == 0 {
		t.Error("nothing after nil")
	}
}

func TestBlockPanics(t *testing.T) {
	p := newProblem(BlockSamples, 4, 3, 3)
	b := NewBlock(3)
	b.Set(p.x[:6])
	other := *p.net
	other.W = other.W[1:]
	for name, call := range map[string]func(){
		"no features": func() { NewBlock(0) },
		"no samples":  func() { b.Set(nil) },
		"too many":    func() { b.Set(make([]float64, 3*65)) },
		"ragged":      func() { b.Set(p.x[:4]) },
		"outputs":     func() { b.Forward(make([]float64, 3), p.net) },
		"network":     func() { b.Forward(make([]float64, 2), newProblem(1, 4, 2, 1).net) },
		"broken":      func() { b.Forward(make([]float64, 2), &other) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			call()
		}()
	}
}

func BenchmarkBlock(b *testing.B) {
	for _, m := range []int{4096, 16384} {
		for _, n := range []int{1, 8, 16, 24, 32, 33, 64} {
			b.Run(fmt.Sprintf("m=%d/d=65/n=%d", m, n), func(b *testing.B) {
				p := newProblem(n, m, 65, 1)
				block, out := NewBlock(65), make([]float64, n)
				for b.Loop() {
					block.Set(p.x)
					block.Forward(out, p.net)
				}
			})
		}
	}
}

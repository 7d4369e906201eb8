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

// TestWideBlockHasTheBitsOfPredict for numbers of samples about whole words and what is
// left of them, several pieces of weights, and sums that overflow.
func TestWideBlockHasTheBitsOfPredict(t *testing.T) {
	for _, s := range [][2]int{{1, 1}, {385, 8}, {1000, 17}, {70, 65}, {2000, 70}} {
		const most = 330
		p := newProblem(most, s[0], s[1], 4)
		b := NewWideBlock(p.d, most-9) // fills up to 384
		for _, spoil := range []bool{false, true} {
			if spoil {
				for k := range p.d {
					p.net.W[k] = math.Copysign(1e308, float64(1-k%2*2))
				}
				for i := range p.n / 3 {
					for k := range p.d {
						p.x[3*i*p.d+k] *= 1e200
					}
				}
			}
			for _, n := range []int{1, 24, 25, 64, 65, 88, 89, 128, 200, 256 + 24, 330} {
				x := p.x[(most-n)*p.d:]
				want, got := make([]float64, n), slices.Repeat([]float64{7}, n)
				if err := p.net.Predict(t.Context(), want, x, 1); err != nil {
					t.Fatal(err)
				}
				b.Set(x)
				for range 2 {
					b.Forward(got, p.net)
					sameBits(t, fmt.Sprintf("m=%d d=%d n=%d spoilt=%t", p.m, p.d, n, spoil), got, want)
				}
			}
		}
	}
}

func TestWideSamplesFillWords(t *testing.T) {
	for d, want := range map[int]int{1: 512, 17: 512, 128: 512, 129: 448, 785: 64, 100_000: 64} {
		if got := WideSamples(d); got != want {
			t.Errorf("%d samples of %d features, want %d", got, d, want)
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

// BenchmarkBlockNetworks runs k networks on 2048 samples, and reports the share of the FMA
// ports' peak: 2·md flops a network and sample bound it, which no two networks share.
func BenchmarkBlockNetworks(b *testing.B) {
	const n = 2048
	for _, s := range [][2]int{{17, 4096}, {65, 4096}} {
		for _, k := range []int{1, 4, 26} {
			for _, samples := range []int{BlockSamples, WideSamples(s[0])} {
				b.Run(fmt.Sprintf("d=%d/m=%d/k=%d/samples=%d", s[0], s[1], k, samples), func(b *testing.B) {
					p := newProblem(n, s[1], s[0], 1)
					nets := make([]Network, k)
					for q := range nets {
						nets[q] = p.net.With(slices.Clone(p.net.W))
					}
					block, out := NewWideBlock(p.d, samples), make([]float64, samples)
					for b.Loop() {
						for i := 0; i < n; i += samples {
							block.Set(p.x[i*p.d : (i+samples)*p.d])
							for q := range nets {
								block.Forward(out, &nets[q])
							}
						}
					}
					rate := 2 * float64(n*p.m*p.d*k) * float64(b.N) / b.Elapsed().Seconds() / 1e9
					b.ReportMetric(rate, "GF/s")
					b.ReportMetric(rate/peak(1), "peak")
				})
			}
		}
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

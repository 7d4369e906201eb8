package asm

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// values32 returns n values that begin offset floats into their memory; with edges
// some are zero, tiny, huge, infinite or NaN.
func values32(rng *rand.Rand, n, offset int, edges bool) []float32 {
	special := []float32{0, float32(math.Copysign(0, -1)), 1e-45, -1e-40, math.MaxFloat32, float32(math.Inf(1)), float32(math.NaN())}
	x := make([]float32, n+offset)[offset:]
	for i := range x {
		x[i] = float32(rng.NormFloat64())
		if edges && rng.IntN(8) == 0 {
			x[i] = special[rng.IntN(len(special))]
		}
	}
	return x
}

func equalBits32(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if !same(float64(got[i]), float64(want[i])) {
			t.Fatalf("%s: element %d is %x, the specification gives %x (path %s)", what, i, got[i], want[i], Info())
		}
	}
}

func widened(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// The products are those of Dot and Axpy on widened vectors; what is stored in
// float32 is rounded once more.
func TestFloat32VectorKernels(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(5, 6))
		for n := 0; n < 80; n++ {
			for offset := range 3 {
				checkVectors32(t, rng, n, offset, n%3 == 0)
			}
		}
		checkVectors32(t, rng, 2*vecChunk+21, 1, false)
	})
}

func checkVectors32(t *testing.T, rng *rand.Rand, n, offset int, edges bool) {
	t.Helper()
	name := fmt.Sprintf("n=%d offset=%d edges=%v seed=5", n, offset, edges)
	x, y, z := values32(rng, n, offset, edges), values32(rng, n, 2-offset, edges), values(rng, n, offset, edges)
	wx, wy := widened(x), widened(y)
	if got, want := DotWide(x, z), Dot(wx, z); !same(got, want) {
		t.Fatalf("DotWide %s: %x, want %x", name, got, want)
	}
	if got, want := Dot32(x, y), Dot(wx, wy); !same(got, want) {
		t.Fatalf("Dot32 %s: %x, want %x", name, got, want)
	}
	const alpha = 1.2345678901234567
	got, want := append([]float64(nil), z...), append([]float64(nil), z...)
	AxpyWide(got, alpha, x)
	Axpy(want, alpha, wx)
	equalBits(t, "AxpyWide "+name, got, want)
	rounded := func(x []float64) []float32 {
		y := make([]float32, n)
		for i, v := range x {
			y[i] = float32(v)
		}
		return y
	}
	a := append([]float32(nil), y...)
	Axpy32(a, alpha, x)
	want = append([]float64(nil), wy...)
	Axpy(want, alpha, wx)
	equalBits32(t, "Axpy32 "+name, a, rounded(want))
	Scale(want, alpha, wx)
	Scale32(a, alpha, x)
	equalBits32(t, "Scale32 "+name, a, rounded(want))
	copy(a, x)
	Scale32(a, alpha, a)
	equalBits32(t, "Scale32 in place "+name, a, rounded(want))
}

func TestFloat32VectorKernelsPanicOnLengths(t *testing.T) {
	x, z := make([]float32, 8), make([]float64, 8)
	for name, f := range map[string]func(){
		"DotWide":  func() { DotWide(x, z[:7]) },
		"Dot32":    func() { Dot32(x[:7], x) },
		"AxpyWide": func() { AxpyWide(z[:7], 1, x) },
		"Axpy32":   func() { Axpy32(x, 1, x[:7]) },
		"Scale32":  func() { Scale32(x, 1, x[:7]) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

// TestSolveRows32MatchesItsSpecification has the scalar loops of the definition,
// and the residual of the solution.
func TestSolveRows32MatchesItsSpecification(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		rng := rand.New(rand.NewPCG(33, 34))
		for trial := range 40 {
			const c = TileCols32
			w := c * (1 + trial%6)
			m, ldx, ldl := 1+rng.IntN(110), w+rng.IntN(5), w+rng.IntN(3)
			l, x := values32(rng, w*ldl, trial%3, false), values32(rng, (m-1)*ldx+w, trial%2, false)
			for i := range w {
				l[i*ldl+i] = 8 + float32(i%3)
			}
			tri := make([]float32, TriangleLen32(w))
			for q := range w / c {
				PackTriangle32(tri, l, ldl, q)
			}
			old := append([]float32(nil), x...)
			want := append([]float32(nil), x...)
			solveRows32Slowly(want, ldx, m, l, ldl, tri, w)
			SolveRows32(x, ldx, m, tri, w, values32(rng, SolveScratch32(), 0, true))
			name := fmt.Sprintf("SolveRows32 m=%d w=%d ldx=%d seed=33 trial=%d", m, w, ldx, trial)
			equalBits32(t, name, x, want)
			for i := range m {
				for j := range w {
					var s, abs float64
					for p := range j + 1 {
						v := float64(x[i*ldx+p]) * float64(l[j*ldl+p])
						s, abs = s+v, abs+math.Abs(v)
					}
					if e := math.Abs(s - float64(old[i*ldx+j])); e > 1e-5*(abs+1) {
						t.Fatalf("%s: row %d of X·Lᵀ is off by %g in column %d", name, i, e, j)
					}
				}
			}
		}
	})
}

// solveRows32Slowly has the loops of SolveRows32's definition; of tri it takes the
// inverses of the blocks.
func solveRows32Slowly(x []float32, ldx, m int, l []float32, ldl int, tri []float32, w int) {
	const c = TileCols32
	for i := range m {
		row := x[i*ldx : i*ldx+w]
		for j := 0; j < w; j += c {
			var y [c]float32
			for q := range y {
				y[q] = row[j+q]
				for p := range j {
					y[q] = fma32(row[p], -l[(j+q)*ldl+p], y[q])
				}
			}
			inv := tri[TriangleLen32(j)+j*c:]
			for q := range y {
				row[j+q] = 0
				for p, v := range y {
					row[j+q] = fma32(v, inv[p*c+q], row[j+q])
				}
			}
		}
	}
}

func TestSolveRows32PanicsOnShortSlices(t *testing.T) {
	ok := func(n int) []float32 { return make([]float32, n) }
	for name, f := range map[string]func(){
		"x":       func() { SolveRows32(ok(31), 16, 2, ok(256), 16, ok(768)) },
		"ldx":     func() { SolveRows32(ok(32), 15, 2, ok(256), 16, ok(768)) },
		"w":       func() { SolveRows32(ok(99), 24, 2, ok(999), 24, ok(768)) },
		"tri":     func() { SolveRows32(ok(32), 16, 2, ok(255), 16, ok(768)) },
		"scratch": func() { SolveRows32(ok(32), 16, 2, ok(256), 16, ok(767)) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			f()
		})
	}
}

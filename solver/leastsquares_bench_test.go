package solver

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// tallFast is an incoherent m × n matrix of condition kappa: a normal matrix
// with scaled columns, mixed by a few reflections.
func tallFast(seed uint64, m, n int, kappa float64) []float64 {
	a, d := normal(seed, m*n), logspace(1/kappa, 1, n)
	for k := range uint64(4) {
		v := normal(seed+k+1, n)
		f := 2 / dot(v, v)
		for i := range m {
			row := a[i*n : (i+1)*n]
			if k == 0 {
				for j := range row {
					row[j] *= d[j]
				}
			}
			s := f * dot(v, row)
			for j := range row {
				row[j] -= s * v[j]
			}
		}
	}
	return a
}

// BenchmarkLeastSquares reports the backward error of the stable form and of
// the textbook form beside that of Householder QR, all in units of 1e-16, and the
// time of a solve with its sketch and factor.
func BenchmarkLeastSquares(b *testing.B) {
	const m, n = 20000, 200
	for _, kappa := range []float64{1e2, 1e6, 1e10, 1e14} {
		a := tallFast(1, m, n, kappa)
		rhs := noisy(5, a, m, n, 1e-6)
		for name, solve := range map[string]func(x []float64){
			"householder": func(x []float64) { copy(x, householderSolution(b, a, m, n, rhs)) },
			"refined":     func(x []float64) { sketchedSolve(b, a, m, n, rhs, x, Refined) },
			"textbook":    func(x []float64) { sketchedSolve(b, a, m, n, rhs, x, Textbook) },
		} {
			b.Run(fmt.Sprintf("method=%s/m=%d/n=%d/cond=%g", name, m, n, kappa), func(b *testing.B) {
				x := make([]float64, n)
				for b.Loop() {
					solve(x)
				}
				b.ReportMetric(math.Round(backwardError(b, a, m, n, x, rhs)/1e-18)/100, "1e-16backward")
			})
		}
	}
}

func sketchedSolve(b *testing.B, a []float64, m, n int, rhs, x []float64, method LeastSquaresMethod) {
	l, err := NewLeastSquares(bg, matrix(a, m, n), m, n, &LeastSquaresOptions{Method: method})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := l.Solve(bg, x, rhs); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkSketchConditionAR reports κ(A·R⁻¹) at s = 4n, the median of five seeds, beside
// the time of sketch and factor.
func BenchmarkSketchConditionAR(b *testing.B) {
	const m, n = 2000, 50
	for name, build := range sketches {
		for _, kind := range []string{"coherent", "incoherent"} {
			a := tall(kind, 3, m, n, 1e8)
			b.Run(fmt.Sprintf("sketch=%s/a=%s/m=%d/n=%d", strings.ReplaceAll(name, " ", "-"), kind, m, n), func(b *testing.B) {
				var p [5]*SketchQR
				for b.Loop() {
					for seed := range p {
						s, err := build(m, 4*n, uint64(seed))
						if err != nil {
							b.Fatal(err)
						}
						if p[seed], err = NewSketchQR(bg, apply(s, a, n), 4*n, n, nil); err != nil {
							b.Fatal(err)
						}
					}
				}
				var got []float64
				for _, p := range p {
					got = append(got, conditionAR(b, a, m, n, p))
				}
				slices.Sort(got)
				b.ReportMetric(got[2], "cond")
			})
		}
	}
}

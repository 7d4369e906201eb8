package jacobian

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
)

// TestSketchMatchesTheDenseProduct: column i of the sketch is S applied to row
// i of J, by the sketch's own definition on general vectors, for both kinds.
func TestSketchMatchesTheDenseProduct(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		md := p.m * p.d
		s := min(37, md)
		full, err := hadamard.NewSRHT(md, s, 5)
		if err != nil {
			t.Fatal(err)
		}
		kron, err := hadamard.NewKroneckerSRHT(p.m, p.d, s, 5)
		if err != nil {
			t.Fatal(err)
		}
		row, want := make([]float64, md), make([]float64, s)
		for name, c := range map[string]struct {
			sketch Sketch
			apply  func(dst, x []float64)
		}{"full": {full, full.Apply}, "Kronecker": {kron, kron.Apply}} {
			got := make([]float64, s*p.n)
			if err := op.Sketch(got, c.sketch); err != nil {
				t.Fatal(err)
			}
			for i := 0; i < p.n; i++ {
				op.Row(row, i)
				c.apply(want, row)
				for j := range want {
					if e := math.Abs(got[j*p.n+i] - want[j]); e > 1e-13*(1+asm.Nrm2(want)) {
						t.Fatalf("%s: (SJᵀ)[%d,%d] = %g, S·J_i gives %g", name, j, i, got[j*p.n+i], want[j])
					}
				}
			}
		}
	})
}

func TestSketchWorkersDoNotChangeBits(t *testing.T) {
	p := newProblem(77, 301, 9, 4)
	kron, _ := hadamard.NewKroneckerSRHT(p.m, p.d, 200, 1)
	full, _ := hadamard.NewSRHT(p.m*p.d, 200, 1)
	for _, sketch := range []Sketch{kron, full} {
		var want []float64
		for _, workers := range []int{1, 2, 7} {
			op, err := New(p.net, p.x, &Options{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			op.Linearize(make([]float64, p.n))
			got := make([]float64, 200*p.n)
			if err := op.Sketch(got, sketch); err != nil {
				t.Fatal(err)
			}
			if want == nil {
				want = got
			}
			if maxDiff(got, want) != 0 {
				t.Errorf("%T: bits differ with %d workers", sketch, workers)
			}
		}
	}
}

func TestSketchThatDoesNotFitIsRefused(t *testing.T) {
	p := newProblem(5, 8, 3, 1)
	op, _ := New(p.net, p.x, nil)
	full, _ := hadamard.NewSRHT(25, 4, 1)
	kron, _ := hadamard.NewKroneckerSRHT(8, 4, 4, 1)
	fits, _ := hadamard.NewSRHT(24, 4, 1)
	for name, c := range map[string]struct {
		s   Sketch
		len int
	}{"length": {full, 20}, "features": {kron, 20}, "dst": {fits, 19}, "nil": {nil, 20}} {
		if err := op.Sketch(make([]float64, c.len), c.s); !errors.Is(err, ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestBoundContextStopsTheProducts: once the context is done, no product does
// more than finish the tiles in hand.
func TestBoundContextStopsTheProducts(t *testing.T) {
	p := newProblem(64, 512, 8, 1)
	op, _ := New(p.net, p.x, &Options{Workers: 2})
	f := make([]float64, p.n)
	op.Linearize(f)
	want := append([]float64(nil), f...)
	ctx, cancel := context.WithCancel(t.Context())
	op.Bind(ctx)
	op.Linearize(f)
	if maxDiff(f, want) != 0 {
		t.Error("a bound context changes the result")
	}
	cancel()
	step := make([]float64, p.m*p.d)
	op.MulTransVec(step, want)
	if asm.Nrm2(step) != 0 {
		t.Error("MulTransVec ran after the end of its context")
	}
	op.Bind(nil)
	op.Linearize(f)
	if maxDiff(f, want) != 0 {
		t.Error("the operator is spoiled after a cancel")
	}
}

func TestSketch32IsSketchRounded(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		s := min(37, p.m*p.d)
		kron, _ := hadamard.NewKroneckerSRHT(p.m, p.d, s, 5)
		full, _ := hadamard.NewSRHT(p.m*p.d, s, 5)
		for _, sketch := range []Sketch{kron, full} {
			want, got := make([]float64, s*p.n), make([]float32, s*p.n)
			if err := op.Sketch(want, sketch); err != nil {
				t.Fatal(err)
			}
			if err := op.Sketch32(got, sketch); err != nil {
				t.Fatal(err)
			}
			for i, v := range want {
				if got[i] != float32(v) {
					t.Fatalf("%T: element %d is %v, rounded %v", sketch, i, got[i], float32(v))
				}
			}
		}
		if err := op.Sketch32(make([]float32, 1), kron); s*p.n != 1 && !errors.Is(err, ErrShape) {
			t.Errorf("a short dst gives %v", err)
		}
	})
}

// TestGatesSketchedInFloat32AreExact: the transform of the gates in float32 has
// the bits of that in float64, at a width where its integers are large.
func TestGatesSketchedInFloat32AreExact(t *testing.T) {
	const m, d, s = 40_000, 2, 500
	p := newProblem(3, m, d, 9)
	op, _ := New(p.net, p.x, nil)
	op.Linearize(make([]float64, p.n))
	kron, _ := hadamard.NewKroneckerSRHT(m, d, s, 5)
	got := make([]float64, s*p.n)
	if err := op.Sketch(got, kron); err != nil {
		t.Fatal(err)
	}
	left, right, want := make([]float64, kron.LeftLen()), make([]float64, kron.RightLen()), make([]float64, s)
	for i := range p.n {
		clear(left)
		clear(right)
		for r, a := range p.net.A {
			if op.Gate(r, i) {
				left[r] = a
			}
		}
		copy(right, p.x[i*d:(i+1)*d])
		kron.TransformLeft(left)
		kron.TransformRight(right)
		kron.Sample(want, left, right)
		asm.Scale(want, 1/math.Sqrt(m), want)
		for j, v := range want {
			if got[j*p.n+i] != v {
				t.Fatalf("sample %d, row %d: %x, in float64 %x", i, j, got[j*p.n+i], v)
			}
		}
	}
}

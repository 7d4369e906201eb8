package jacobian

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
)

func TestBadInputIsRefusedWithItsPlace(t *testing.T) {
	good := func() problem { return newProblem(5, 8, 3, 1) }
	for _, c := range []struct {
		name  string
		spoil func(p *problem)
		want  error
		text  string
	}{
		{"no neurons", func(p *problem) { p.net.M = 0 }, ErrShape, "0 neurons"},
		{"short weights", func(p *problem) { p.net.W = p.net.W[1:] }, ErrShape, "23 weights"},
		{"ragged samples", func(p *problem) { p.x = p.x[1:] }, ErrShape, "14 values"},
		{"no samples", func(p *problem) { p.x = nil }, ErrShape, "0 values"},
		{"sign", func(p *problem) { p.net.A[4] = 0.5 }, ErrSign, "neuron 4 is 0.5"},
		{"NaN weight", func(p *problem) { p.net.W[7] = math.NaN() }, ErrNotFinite, "neuron 2, feature 1 is NaN"},
		{"infinite sample", func(p *problem) { p.x[10] = math.Inf(-1) }, ErrNotFinite, "sample 3, feature 1 is -Inf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := good()
			c.spoil(&p)
			_, err := New(p.net, p.x, nil)
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("New: %v; want %v and %q", err, c.want, c.text)
			}
			dst := []float64{7, 7, 7, 7, 7}
			if err := p.net.Predict(t.Context(), dst, p.x, 1); !errors.Is(err, c.want) || dst[0] != 7 {
				t.Errorf("Predict: %v, dst %v", err, dst)
			}
		})
	}
}

func TestOverflowIsRefused(t *testing.T) {
	for _, c := range [][3]int{{math.MaxInt, 2, 1}, {1, math.MaxInt, 2}, {math.MaxInt, math.MaxInt, math.MaxInt}} {
		if err := checkSize(c[0], c[1], c[2]); !errors.Is(err, ErrOverflow) {
			t.Errorf("%v: %v", c, err)
		}
	}
	if err := checkSize(20000, 1000, 64); err != nil {
		t.Error(err)
	}
}

func TestWrongLengthsPanic(t *testing.T) {
	p := newProblem(5, 8, 3, 1)
	op, _ := New(p.net, p.x, nil)
	n, md := make([]float64, 5), make([]float64, 24)
	for name, call := range map[string]func(){
		"Linearize":        func() { op.Linearize(n[:4]) },
		"Linearize W":      func() { net := *p.net; op, _ := New(&net, p.x, nil); net.W = net.W[:23]; op.Linearize(n) },
		"MulVecs k":        func() { op.MulVecs(n, md, math.MaxInt/4+2) },
		"MulTransVecs":     func() { op.MulTransVecs(md, n, -1) },
		"MulVecs dst":      func() { op.MulVecs(make([]float64, 11), make([]float64, 48), 2) },
		"MulVecs v":        func() { op.MulVecs(make([]float64, 10), make([]float64, 49), 2) },
		"MulTransVecs dst": func() { op.MulTransVecs(make([]float64, 47), make([]float64, 10), 2) },
		"MulTransVecs u":   func() { op.MulTransVecs(make([]float64, 48), make([]float64, 9), 2) },
		"MulGramVecs dst":  func() { op.MulGramVecs(make([]float64, 9), make([]float64, 10), 2) },
		"MulGramVecs u":    func() { op.MulGramVecs(make([]float64, 10), make([]float64, 11), 2) },
		"MulGramVecs k":    func() { op.MulGramVecs(make([]float64, 10), make([]float64, 10), -2) },
		"MulVec dst":       func() { op.MulVec(n[:4], md) },
		"MulVec v":         func() { op.MulVec(n, md[:23]) },
		"MulTransVec":      func() { op.MulTransVec(md[:23], n) },
		"MulTransVec u":    func() { op.MulTransVec(md, n[:4]) },
		"MulGramVec":       func() { op.MulGramVec(n[:4], n[:4]) },
		"Gram":             func() { op.Gram(n) },
		"Row":              func() { op.Row(n, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "jacobian: ") {
					t.Errorf("panic %v", s)
				}
			}()
			call()
		})
	}
}

// Weights that are no numbers, in the last neuron too, show in all outputs, and do no
// harm once they are numbers again.
func TestLinearizeOfWeightsThatAreNoNumbers(t *testing.T) {
	p := newProblem(70, 150, 3, 1)
	op, err := New(p.net, p.x, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, f := make([]float64, 70), make([]float64, 70)
	op.Linearize(want)
	for _, at := range []int{0, len(p.net.W) - 1} {
		for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
			old := p.net.W[at]
			p.net.W[at] = v
			op.Linearize(f)
			for i, y := range f {
				if y == y {
					t.Fatalf("weight %d is %v and output %d %v", at, v, i, y)
				}
			}
			p.net.W[at] = old
		}
	}
	if op.Linearize(f); !slices.Equal(f, want) {
		t.Error("the outputs are others than before")
	}
	p.net.W[5] = 1e200 // whose square overflows
	if op.Linearize(f); slices.ContainsFunc(f, func(v float64) bool { return v != v }) {
		t.Error("NaN of a large weight")
	}
}

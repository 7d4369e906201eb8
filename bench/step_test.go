package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/features"
)

// start is a network of m neurons at its initial weights, with standardised digits to train
// on: 64 features and a constant, rows of length one.
type start struct {
	n, m, d    int
	x, y, w, a []float64
	net        *jacobian.Network
	op         *jacobian.Operator
}

func newStart(b *testing.B, m int) *start {
	b.Helper()
	table, err := LoadTable(b.Context(), b.TempDir(), "digits")
	if err != nil {
		b.Fatal(err)
	}
	fit, _ := table.Split(1)
	x, y := table.Part(fit)
	raw := len(table.Features)
	scaler := &features.Scaler{Mean: make([]float64, raw), Std: make([]float64, raw), Bias: 1}
	column := make([]float64, len(fit))
	for k := range raw {
		for i := range column {
			column[i] = x[i*raw+k]
		}
		scaler.Mean[k], scaler.Std[k] = MeanAndDeviation(column)
		if scaler.Std[k] == 0 {
			scaler.Std[k] = 1
		}
	}
	s := &start{n: len(fit), m: m, d: scaler.Width(), y: y, a: make([]float64, m)}
	s.x = make([]float64, s.n*s.d)
	scaler.Apply(s.x, x)
	mean, sd := MeanAndDeviation(y)
	for i := range y {
		y[i] = (y[i] - mean) / sd
	}
	s.w = normals(m * s.d)
	for r := range s.a {
		s.a[r] = float64(1 - 2*(r%2))
	}
	s.net = &jacobian.Network{M: m, D: s.d, W: make([]float64, m*s.d), A: s.a}
	copy(s.net.W, s.w)
	if s.op, err = jacobian.New(s.net, s.x, &jacobian.Options{Workers: 2}); err != nil {
		b.Fatal(err)
	}
	return s
}

// file writes samples, targets, weights and signs for a peer.
func (s *start) file(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "start")
	out, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	for _, part := range [][]float64{s.x, s.y, s.w, s.a} {
		err = errors.Join(err, binary.Write(out, binary.NativeEndian, part))
	}
	if err := errors.Join(err, out.Close()); err != nil {
		b.Fatal(err)
	}
	return path
}

// agree fails b if a norm of ours and that of the peer differ by more than rounding explains.
func agree(b *testing.B, what string, ours, peer float64) {
	if !(math.Abs(ours-peer) <= 1e-8*peer) {
		b.Errorf("%s %.12g, that of the peer %.12g", what, ours, peer)
	}
}

// BenchmarkStep takes an undamped Gauss–Newton step on 1437 digits from the same weights: the
// forward pass, the Gram matrix, its factor and the new weights, here with the Gram matrix from population
// counts, beside the dense O(mn²) step of peers/gaussnewton.py.
func BenchmarkStep(b *testing.B) {
	for _, m := range widths(16384, 65536) {
		s := newStart(b, m)
		b.Run(fmt.Sprintf("peer=numpy/n=%d/d=%d/m=%d", s.n, s.d, m), func(b *testing.B) {
			ctx := context.Background()
			f, u, g, delta := make([]float64, s.n), make([]float64, s.n), make([]float64, s.n*s.n), make([]float64, m*s.d)
			s.op.Linearize(f)
			s.op.Gram(g)
			factor, err := solver.NewCholesky(ctx, g, s.n, &solver.CholeskyOptions{Workers: 2})
			if err != nil {
				b.Fatal(err)
			}
			p := python(b, 2, "gaussnewton.py", strconv.Itoa(s.n), strconv.Itoa(m), strconv.Itoa(s.d), "0", s.file(b))
			ours := timed(func() {
				copy(s.net.W, s.w)
				s.op.Linearize(f)
				asm.Axpy(f, -1, s.y)
				s.op.Gram(g)
				if err := factor.Factor(ctx, g, 0); err != nil {
					b.Fatal(err)
				}
				factor.SolveVec(u, f)
				s.op.MulTransVec(delta, u)
				asm.Axpy(s.net.W, -1, delta)
			})
			said := beside(b, p, ours)
			agree(b, "the length of u is", asm.Nrm2(u), said["u"])
			agree(b, "the length of the weights of a neuron is", asm.Nrm2(s.net.W[:s.d]), said["weights"])
		})
	}
}

// BenchmarkGradient computes the gradient there, forward and backward over all rows, beside
// PyTorch by automatic differentiation, in float64 as well. Most of PyTorch's time goes by the
// memory of its temporaries: malloc=usual takes them from the system each time, as
// glibc does unless it is told otherwise, malloc=kept has them at hand, see StartPeer.
func BenchmarkGradient(b *testing.B) {
	for _, m := range widths(16384) {
		s := newStart(b, m)
		f, gradient := make([]float64, s.n), make([]float64, m*s.d)
		ours := timed(func() {
			s.op.Linearize(f)
			asm.Axpy(f, -1, s.y)
			s.op.MulTransVec(gradient, f)
		})
		for _, malloc := range []string{"usual", "kept"} {
			b.Run(fmt.Sprintf("peer=torch/malloc=%s/n=%d/d=%d/m=%d", malloc, s.n, s.d, m), func(b *testing.B) {
				if malloc == "usual" { // the most that glibc's thresholds come to by themselves
					b.Setenv("MALLOC_MMAP_THRESHOLD_", strconv.Itoa(32<<20))
					b.Setenv("MALLOC_TRIM_THRESHOLD_", strconv.Itoa(64<<20))
				}
				p := torch(b, "gradient.py", strconv.Itoa(s.n), strconv.Itoa(m), strconv.Itoa(s.d), s.file(b))
				said := beside(b, p, ours)
				agree(b, "the length of the residual is", asm.Nrm2(f), said["residual"])
				agree(b, "the length of the gradient of a neuron is", asm.Nrm2(gradient[:s.d]), said["gradient"])
			})
		}
	}
}

// widths are those asked for, or one that is quick.
func widths(m ...int) []int {
	if smoke() {
		return []int{512}
	}
	return m
}

package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
)

// FFᵀ is the Nyström approximation GΩ·(ΩᵀGΩ)⁻¹·ΩᵀG, by elimination, from the
// operator and from the explicit matrix.
func TestNystromIsTheProjectionOnItsSketch(t *testing.T) {
	for _, n := range []int{1, 2, 9, 40, 90} {
		g := symmetric(uint64(n), logspace(0.01, 1, n))
		for _, rank := range []int{1, (n + 1) / 3, n / 2} {
			if rank == 0 {
				continue
			}
			what := fmt.Sprintf("n=%d rank=%d", n, rank)
			omega := make([]float64, rank*n) // by rows
			for q := range rank {
				src := counter(5, streamNystrom, uint64(q))
				gaussian(omega[q*n:(q+1)*n], &src, 1)
			}
			y := make([]float64, rank*n)
			core := make([]float64, rank*rank)
			for q := range rank {
				copy(y[q*n:], mulVec(g, n, n, omega[q*n:(q+1)*n]))
			}
			for p := range rank {
				for q := range rank {
					core[p*rank+q] = dot(omega[p*n:(p+1)*n], y[q*n:(q+1)*n])
				}
			}
			for _, op := range []Operator{matrix(g, n, n), OperatorFunc(matrix(g, n, n).MulVec)} {
				p, err := NewNystrom(bg, op, n, &NystromOptions{Ridge: 0.5, Rank: rank, Seed: 5})
				if err != nil {
					t.Fatal(err)
				}
				if p.Rank() != rank || p.Products() != rank {
					t.Fatalf("%s: rank %d, %d products", what, p.Rank(), p.Products())
				}
				// On the range M is FFᵀ + μI, off it (λ_k + μ)I: so M·y_q is
				// known for the columns of Y, and for what is orthogonal to them.
				for q := range rank {
					v := y[q*n : (q+1)*n]
					yv := mulVec(y, rank, n, v)
					c := gaussSolve(core, rank, yv)
					want := mulVec(transpose(y, rank, n), n, rank, c)
					for i := range want {
						want[i] += 0.5 * v[i]
					}
					got := make([]float64, n)
					p.MulVec(got, v)
					if e := norm(sub(got, want)); e > 1e-9*norm(want) {
						t.Fatalf("%s: M·y_%d off by %g of %g", what, q, e, norm(want))
					}
				}
				lambda := make([]float64, rank)
				p.Eigenvalues(lambda)
				v := normal(9, n)
				c := gaussSolve(gram(y, rank, n), rank, mulVec(y, rank, n, v))
				v = sub(v, mulVec(transpose(y, rank, n), n, rank, c))
				got := make([]float64, n)
				p.MulVec(got, v)
				for i := range v {
					v[i] *= lambda[rank-1] + 0.5
				}
				if e := norm(sub(got, v)); rank < n && e > 1e-10 {
					t.Errorf("%s: off the range by %g", what, e)
				}
			}
		}
	}
}

// FFᵀ ≤ G: each eigenvalue is at most its own, and the largest are met.
func TestNystromEigenvalues(t *testing.T) {
	const n, rank = 150, 40
	d := make([]float64, n)
	for i := range d {
		d[i] = math.Pow(0.7, float64(i))
	}
	g := symmetric(3, d)
	p, err := NewNystrom(bg, matrix(g, n, n), n, &NystromOptions{Ridge: 1e-4, Rank: rank})
	if err != nil {
		t.Fatal(err)
	}
	lambda := make([]float64, rank)
	p.Eigenvalues(lambda)
	for i, v := range lambda {
		if v > d[i]+1e-14 || i < 10 && v < 0.99*d[i] || i > 0 && v > lambda[i-1] {
			t.Errorf("eigenvalue %d is %g, of G %g", i, v, d[i])
		}
	}
	var dim float64
	for _, v := range d {
		dim += v / (v + 1e-4)
	}
	if e := p.EffectiveDim(1e-4); e > dim+1e-9 || e < 0.95*dim {
		t.Errorf("effective dimension %g, of G %g", e, dim)
	}
}

// Theorem 1.1 of Frangella, Tropp and Udell: with rank 2⌈1.5·d_eff⌉+1 the mean
// condition is below 28; and SetRidge is as good as a new construction.
func TestNystromConditionByTheorem(t *testing.T) {
	const n = 250
	d := make([]float64, n)
	for i := range d {
		d[i] = 1 / float64((i+1)*(i+1))
	}
	g := symmetric(4, d)
	for _, mu := range []float64{1e-2, 1e-3} {
		var dim float64
		for _, v := range d {
			dim += v / (v + mu)
		}
		rank := 2*int(math.Ceil(1.5*dim)) + 1
		var mean float64
		for seed := range uint64(5) {
			p, err := NewNystrom(bg, matrix(g, n, n), n, &NystromOptions{Ridge: mu, Rank: rank, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			kappa := condition(t, g, n, mu, p)
			mean += kappa / 5
			x, b := make([]float64, n), normal(1, n)
			res, err := CG(bg, x, matrix(g, n, n), b, &Options{Ridge: mu, Preconditioner: p, RelTol: 1e-8})
			limit := 0.5*math.Sqrt(kappa)*math.Log(2e8/math.Sqrt(mu)) + 2
			if err != nil || res.Reason != Converged || float64(res.Iterations) > limit {
				t.Errorf("μ=%g condition %g: %+v, %v, want at most %.0f iterations", mu, kappa, res, err, limit)
			}
			again, err := NewNystrom(bg, matrix(g, n, n), n, &NystromOptions{Ridge: 7, Rank: rank, Seed: seed})
			if err != nil {
				t.Fatal(err)
			}
			check(t, again.SetRidge(mu))
			y, z := make([]float64, n), make([]float64, n)
			p.SolveVec(y, b)
			again.SolveVec(z, b)
			if !sameBits(y, z) {
				t.Errorf("μ=%g: SetRidge gives other bits than a construction", mu)
			}
		}
		if mean >= 28 {
			t.Errorf("μ=%g rank %d: mean condition %g", mu, rank, mean)
		}
	}
}

// A matrix of lower rank than the sketch, the identity and zero: the shift ν
// keeps the core positive definite.
func TestNystromSingularCore(t *testing.T) {
	const n, rank = 100, 60
	d := make([]float64, n)
	copy(d, []float64{1, 0.5, 0.1})
	for name, g := range map[string][]float64{
		"rank 3":   symmetric(4, d),
		"huge":     scaled(symmetric(4, d), 400),
		"identity": addDiag(make([]float64, n*n), n, 1),
		"zero":     make([]float64, n*n),
	} {
		p, err := NewNystrom(bg, matrix(g, n, n), n, &NystromOptions{Ridge: 0.01, Rank: rank})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		big := norm(g)
		x := normal(3, n)
		y := mulVec(addDiag(g, n, 0.01), n, n, x)
		z := make([]float64, n)
		p.MulVec(z, x)
		if name == "rank 3" || name == "zero" {
			if e := norm(sub(y, z)); e > 1e-11*(1+big) {
				t.Errorf("%s: M off by %g", name, e)
			}
		}
		p.SolveVec(z, z)
		if e := norm(sub(x, z)); e > 1e-13*(1+big/0.01)*norm(x) {
			t.Errorf("%s: M⁻¹M off by %g", name, e)
		}
		if name == "rank 3" && p.Shift() > 1e-10 {
			t.Errorf("shift %g", p.Shift())
		}
	}
}

// The rank doubles until λ_k is at most 10·μ, with the bits of a fixed rank.
func TestNystromAdaptsItsRank(t *testing.T) {
	const n = 300
	d := make([]float64, n)
	for i := range d {
		d[i] = math.Pow(0.8, float64(i))
	}
	g := symmetric(5, d)
	for _, mu := range []float64{1e-1, 1e-3, 1e-5} {
		p, err := NewNystrom(bg, matrix(g, n, n), n, &NystromOptions{Ridge: mu, Rank: 5, MaxRank: n / 2})
		if err != nil {
			t.Fatal(err)
		}
		lambda := make([]float64, p.Rank())
		p.Eigenvalues(lambda)
		if k := p.Rank(); lambda[k-1] > 10*mu && k < n/2 || k > 5 && lambda[k/2] < 5*mu {
			t.Errorf("μ=%g: rank %d, last eigenvalue %g, half way %g", mu, k, lambda[k-1], lambda[k/2])
		}
		fixed, err := NewNystrom(bg, matrix(g, n, n), n, &NystromOptions{Ridge: mu, Rank: p.Rank(), Workers: 3})
		if err != nil {
			t.Fatal(err)
		}
		x := normal(1, n)
		y, z := make([]float64, n), make([]float64, n)
		p.SolveVec(y, x)
		fixed.SolveVec(z, x)
		if !sameBits(y, z) {
			t.Errorf("μ=%g: rank %d grown has other bits than fixed", mu, p.Rank())
		}
		if p.Products() != p.Rank() {
			t.Errorf("%d products for rank %d", p.Products(), p.Rank())
		}
	}
}

// Damping 0.1 on the kernel of tabular data: iterations fall with the rank as
// √(1 + λ_k/μ) says, to a few at rank 800.
func TestNystromTabular(t *testing.T) {
	tabular(t, 600, []int{0, 60, 240})
	if !testing.Short() {
		tabular(t, 2000, []int{0, 200, 800})
	}
}

func tabular(t *testing.T, n int, ranks []int) {
	const mu = 0.1
	op := matrix(arcKernel(1, n, 10), n, n)
	b, x := normal(2, n), make([]float64, n)
	last := math.MaxInt
	for _, rank := range ranks {
		o := &Options{Ridge: mu, RelTol: 1e-6}
		kappa := 0.0
		if rank > 0 {
			p, err := NewNystrom(bg, op, n, &NystromOptions{Ridge: mu, Rank: rank})
			if err != nil {
				t.Fatal(err)
			}
			o.Preconditioner = p
			if n <= 600 {
				kappa = condition(t, op.a, n, mu, p)
			}
		}
		res, err := CG(bg, x, op, b, o)
		if err != nil || res.Reason != Converged || res.Iterations >= last {
			t.Errorf("rank %d: %+v, %v", rank, res, err)
		}
		if kappa > 0 && float64(res.Iterations) > 0.5*math.Sqrt(kappa)*math.Log(2e6*math.Sqrt(float64(n)/mu)) {
			t.Errorf("rank %d: %d iterations at condition %g", rank, res.Iterations, kappa)
		}
		last = res.Iterations
	}
	if last > 15 {
		t.Errorf("%d iterations at rank %d", last, ranks[len(ranks)-1])
	}
}

// arcKernel is the mean Gram matrix of a wide ReLU layer on unit rows of d
// features: ⟨x,y⟩·(π − angle)/2π.
func arcKernel(seed uint64, n, d int) []float64 {
	x := normal(seed, n*d)
	for i := range n {
		row := x[i*d : (i+1)*d]
		row[0] = 1.5 // a constant column, as the trainer adds
		f := 1 / norm(row)
		for k := range row {
			row[k] *= f
		}
	}
	g := make([]float64, n*n)
	for i := range n {
		for j := range i + 1 {
			c := min(1, dot(x[i*d:(i+1)*d], x[j*d:(j+1)*d]))
			g[i*n+j] = c * (math.Pi - math.Acos(c)) / (2 * math.Pi)
			g[j*n+i] = g[i*n+j]
		}
	}
	return g
}

func TestNystromRefuses(t *testing.T) {
	const n = 6
	id := matrix(addDiag(make([]float64, n*n), n, 1), n, n)
	minus := OperatorFunc(func(dst, x []float64) {
		for i, v := range x {
			dst[i] = -v
		}
	})
	for name, c := range map[string]struct {
		op   Operator
		n    int
		o    NystromOptions
		want error
		text string
	}{
		"order":      {op: id, n: 0, want: ErrShape, text: "order 0"},
		"shape":      {op: id, n: 5, want: ErrShape, text: "6 × 6"},
		"rank":       {op: id, n: n, o: NystromOptions{Rank: 7}, want: ErrOption, text: "Rank 7"},
		"max rank":   {op: id, n: n, o: NystromOptions{Rank: 3, MaxRank: 2}, want: ErrOption, text: "MaxRank 2"},
		"ridge":      {op: id, n: n, o: NystromOptions{Ridge: math.Inf(1)}, want: ErrOption, text: "ridge +Inf"},
		"NaN":        {op: OperatorFunc(nans{}.MulVec), n: n, want: ErrNotFinite, text: "NaN"},
		"indefinite": {op: minus, n: n, o: NystromOptions{Rank: 3}, want: ErrNotPositiveDefinite, text: "core"},
	} {
		if _, err := NewNystrom(bg, c.op, c.n, &c.o); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", name, err)
		}
	}
	g := matrix(kernel(2, 300, 3, 1, 0), 300, 300)
	untilDone(t, func(ctx context.Context) error {
		_, err := NewNystrom(ctx, g, 300, &NystromOptions{Rank: 100, Ridge: 1, Workers: 1})
		return err
	})
	untilDone(t, func(ctx context.Context) error {
		_, err := NewNystrom(ctx, OperatorFunc(g.MulVec), 300, &NystromOptions{Rank: 20, Ridge: 1, Workers: 1})
		return err
	})
}

package train

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/table"
)

// readTable reads a data file, failing the test otherwise.
func readTable(t testing.TB, path, target string) *table.Table {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	o := &table.Options{}
	if target != "" {
		o.Targets = []string{target}
	}
	table, err := table.Read(t.Context(), f, o)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

const (
	digitsFile   = "testdata/digits.csv"
	concreteFile = "cmd/nearlinear/concrete.csv"
)

// trainingRows returns a seeded split of a table: k rows for training, scaled
// with bias 1, in the tables of a trainer; the others as validation rows.
func trainingRows(t testing.TB, table *table.Table, k int, seed uint64) *dataset {
	t.Helper()
	return prepared(t, table.X, table.Y, len(table.Features), len(table.Y)-k, Options{Seed: seed, Bias: 1, KeepSkew: true})
}

// prepared returns the rows of a fit without a choice, so many of them for validation.
func prepared(t testing.TB, x, y []float64, d, held int, o Options) *dataset {
	t.Helper()
	if o.Ridge == 0 {
		o.Ridge = NoRidge
	}
	cfg, err := newConfig(x, y, d, &o)
	if err != nil {
		t.Fatal(err)
	}
	cfg.held = held
	r, err := gather(context.Background(), x, y, d, nil, cfg)
	if err != nil {
		t.Fatal(err)
	}
	data, _, err := prepare(context.Background(), r, cfg)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// synthetic is a regression problem on unit rows.
type synthetic struct {
	name string
	d    int
	x, y []float64
}

// sphere draws n unit rows, uniform on the sphere, and targets uniform on
// [-1, 1].
func sphere(n, d int, seed uint64) synthetic {
	rng := rand.New(rand.NewPCG(seed, 1))
	p := synthetic{fmt.Sprintf("sphere n=%d d=%d seed=%d", n, d, seed), d, make([]float64, n*d), make([]float64, n)}
	for i := range p.x {
		p.x[i] = rng.NormFloat64()
	}
	for i := range p.y {
		p.y[i] = 2*rng.Float64() - 1
	}
	p.normalize()
	return p
}

// dup makes the second half of the rows near-duplicates of the first half, at
// distance about eps.
func dup(n, d int, eps float64, seed uint64) synthetic {
	p := sphere(n, d, seed)
	rng := rand.New(rand.NewPCG(seed, 2))
	for i := n / 2; i < n; i++ {
		for k := 0; k < d; k++ {
			p.x[i*d+k] = p.x[(i-n/2)*d+k] + eps*rng.NormFloat64()/math.Sqrt(float64(d))
		}
	}
	p.normalize()
	p.name = fmt.Sprintf("dup(%g) n=%d d=%d seed=%d", eps, n, d, seed)
	return p
}

// lowdim puts the rows into a random subspace of three dimensions.
func lowdim(n, d int, seed uint64) synthetic {
	rng := rand.New(rand.NewPCG(seed, 3))
	p := sphere(n, d, seed)
	basis := make([]float64, 3*d)
	for i := range basis {
		basis[i] = rng.NormFloat64()
	}
	clear(p.x)
	for i := 0; i < n; i++ {
		for b := 0; b < 3; b++ {
			asm.Axpy(p.x[i*d:(i+1)*d], rng.NormFloat64(), basis[b*d:(b+1)*d])
		}
	}
	p.normalize()
	p.name = fmt.Sprintf("lowdim n=%d d=%d seed=%d", n, d, seed)
	return p
}

func (p synthetic) normalize() {
	for i := 0; i < len(p.x); i += p.d {
		row := p.x[i : i+p.d]
		asm.Scale(row, 1/asm.Nrm2(row), row)
	}
}

// dataset wraps the problem as it is, without standardisation.
func (p synthetic) dataset() *dataset {
	s := &features.Scaler{Mean: make([]float64, p.d), Std: make([]float64, p.d), YMean: []float64{0}, YStd: []float64{1}}
	return &dataset{scaler: s, x: p.x, y: p.y}
}

// newTestTrainer returns a trainer at its initial state.
func newTestTrainer(t testing.TB, data *dataset, o Options) *trainer {
	t.Helper()
	n, held := data.rows()
	cfg, err := o.resolve(n)
	if err != nil {
		t.Fatal(err)
	}
	cfg.rows, cfg.held, cfg.targets = n+held, held, len(data.y)/n
	p, err := makePlan(cfg, data.scaler.Width())
	if err != nil {
		t.Fatal(err)
	}
	tr, err := newTrainer(context.Background(), data, cfg, p)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.evaluate(t.Context(), &Step{}); err != nil {
		t.Fatal(err)
	}
	return tr
}

// try takes one step, outside the history.
func (t *trainer) try(ctx context.Context, s *Step) error { return t.rule.step(ctx, t.state, s) }

// gram returns the Gram matrix.
func gram(op jacobian.Linearization) []float64 {
	n := op.Samples()
	g := make([]float64, n*n)
	op.Gram(g)
	return g
}

// mulMatrix returns x ↦ Gx for a row-major n × n matrix.
func mulMatrix(g []float64, n int) func(dst, x []float64) {
	return func(dst, x []float64) {
		for i := range dst {
			dst[i] = asm.Dot(g[i*n:(i+1)*n], x)
		}
	}
}

// extremes returns the smallest and largest eigenvalue of a symmetric operator
// by Lanczos with full reorthogonalisation: up to steps products, fewer when
// the Krylov space is exhausted. The extreme Ritz values lie inside the
// spectrum and converge first.
func extremes(mul func(dst, x []float64), n, steps int) (low, high float64) {
	steps = min(steps, n)
	rng := rand.New(rand.NewPCG(17, 4))
	q := [][]float64{make([]float64, n)}
	for i := range q[0] {
		q[0][i] = rng.NormFloat64()
	}
	asm.Scale(q[0], 1/asm.Nrm2(q[0]), q[0])
	var alpha, beta []float64
	for k := 0; k < steps; k++ {
		w := make([]float64, n)
		mul(w, q[k])
		alpha = append(alpha, asm.Dot(w, q[k]))
		for range 2 {
			for _, v := range q {
				asm.Axpy(w, -asm.Dot(w, v), v)
			}
		}
		b := asm.Nrm2(w)
		if b < 1e-14*math.Abs(alpha[0]) {
			break
		}
		beta = append(beta, b)
		asm.Scale(w, 1/b, w)
		q = append(q, w)
	}
	return ritz(alpha, beta, 0), ritz(alpha, beta, len(alpha)-1)
}

// ritz returns eigenvalue k (ascending) of a symmetric tridiagonal matrix by
// bisection on Sturm counts.
func ritz(alpha, beta []float64, k int) float64 {
	bound := 0.0
	for i, a := range alpha {
		r := math.Abs(a)
		if i > 0 {
			r += beta[i-1]
		}
		if i < len(beta) {
			r += beta[i]
		}
		bound = max(bound, r)
	}
	below := func(x float64) int {
		count, d := 0, 1.0
		for i, a := range alpha {
			b := 0.0
			if i > 0 {
				b = beta[i-1] * beta[i-1]
			}
			d = a - x - b/d
			if d == 0 {
				d = 1e-300
			}
			if d < 0 {
				count++
			}
		}
		return count
	}
	lo, hi := -bound, bound
	for range 200 {
		mid := lo + (hi-lo)/2
		if below(mid) <= k {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}

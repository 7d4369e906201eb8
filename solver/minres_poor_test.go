package solver

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// poorSystem is a singular system without a solution, of n unknowns, with an M⁻¹ that
// need not have much to do with it.
type poorSystem struct {
	n          int
	a, inv, b  []float64
	least, all float64 // the least √(rᵀM⁻¹r), and that of x = 0
}

func (s *poorSystem) SolveVec(dst, r []float64) { copy(dst, mulVec(s.inv, s.n, s.n, r)) }

func (s *poorSystem) root(r []float64) float64 {
	return math.Sqrt(dot(r, mulVec(s.inv, s.n, s.n, r)))
}

// newPoorSystem makes one with κ(M) = kappa, κ(A) to 1000 within its range, and a b that
// has a solution but for a part of 1 … 10⁻⁶. At the least root M⁻¹r is N·c, with N the
// null space and NᵀMN·c = Nᵀb.
func newPoorSystem(seed uint64, kappa float64) *poorSystem {
	rng := rand.New(rand.NewPCG(seed, 79))
	n := 3 + rng.IntN(38)
	d := spectrum(math.Pow(10, -3*rng.Float64()), 1, n)
	k := 1 + rng.IntN(max(1, n/3))
	null := make([][]float64, k)
	for q, i := range rng.Perm(n)[:k] {
		d[i] = 0
		e := make([]float64, n)
		e[i] = 1
		null[q] = mulVec(symmetric(seed, e), n, n, normal(seed+1, n)) // a multiple of the vector
	}
	s := &poorSystem{n: n, a: symmetric(seed, d), b: normal(seed+9, n)}
	dm, inverse := logspace(1/kappa, 1, n), make([]float64, n)
	rng.Shuffle(n, func(i, j int) { dm[i], dm[j] = dm[j], dm[i] })
	for i, v := range dm {
		inverse[i] = 1 / v
	}
	vectors := seed + 70
	if rng.IntN(3) == 0 {
		vectors = seed // those of A
	}
	m := symmetric(vectors, dm)
	s.inv = symmetric(vectors, inverse)
	if rng.IntN(2) == 0 {
		without := math.Pow(10, -6*rng.Float64())
		for i, v := range mulVec(s.a, n, n, normal(seed+5, n)) {
			s.b[i] = math.FMA(without, s.b[i], v)
		}
	}
	g, h := make([]float64, k*k), make([]float64, k)
	for i, u := range null {
		mu := mulVec(m, n, n, u)
		for j, v := range null {
			g[i*k+j] = dot(mu, v)
		}
		h[i] = dot(u, s.b)
	}
	s.least, s.all = math.Sqrt(dot(gaussSolve(g, k, h), h)), s.root(s.b)
	return s
}

// Without a solution and with a preconditioner far from A, rounding lets the null
// space into x. What ends as Inconsistent is of least squares, whatever M is; what
// drifts starts again.
func TestMINRESOfPoorPreconditioners(t *testing.T) {
	for _, c := range []struct {
		kappa float64
		ends  int // of a hundred, as Inconsistent, at least
		iters int // of one, on average, at most
	}{{1, 98, 70}, {1e2, 97, 120}, {1e3, 96, 150}, {1e4, 90, 250}, {1e5, 85, 800}} {
		ends, iters := 0, 0
		for seed := range uint64(100) {
			s := newPoorSystem(seed, c.kappa)
			x := make([]float64, s.n)
			res, err := MINRES(bg, x, matrix(s.a, s.n, s.n), s.b, &Options{Preconditioner: s, MaxIter: 20000})
			root := s.root(sub(s.b, mulVec(s.a, s.n, s.n, x)))
			if res.Reason == Inconsistent {
				ends++
			}
			iters += res.Iterations
			if err != nil || res.Converged() || root > 1.001*s.least+1e-7*s.all || res.Reason == Inconsistent && root > (1+1e-7)*s.least {
				t.Errorf("seed %d, n=%d, κ(M)=%g: √(rᵀM⁻¹r) is %g, the least %g: %+v, %v", seed, s.n, c.kappa, root, s.least, res, err)
			}
		}
		if ends < c.ends || iters > 100*c.iters {
			t.Errorf("κ(M)=%g: %d of 100 are Inconsistent, %d iterations", c.kappa, ends, iters)
		}
	}
}

// No x that MINRES returns is worse than the start, in the norm that it minimises.
func TestMINRESNeverReturnsWorseThanTheStart(t *testing.T) {
	seeds := []uint64{1066, 1519} // of 3000, those where the last x of a run is
	for seed := range uint64(100) {
		seeds = append(seeds, seed)
	}
	for _, seed := range seeds {
		s := newPoorSystem(seed, 1e6)
		for _, limit := range []int{s.n, 0} {
			x := make([]float64, s.n)
			res, err := MINRES(bg, x, matrix(s.a, s.n, s.n), s.b, &Options{Preconditioner: s, MaxIter: limit})
			if root := s.root(sub(s.b, mulVec(s.a, s.n, s.n, x))); err != nil || root > (1+0x1p-9)*s.all {
				t.Error(fmt.Sprintf("seed %d: √(rᵀM⁻¹r) is %g, at the start %g: %+v, %v", seed, root, s.all, res, err))
			}
		}
	}
}

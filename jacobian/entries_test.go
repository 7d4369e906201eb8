package jacobian

import (
	"errors"
	"math/rand/v2"
	"testing"
)

// The entries made on demand are those of the Gram matrix, to the bit, whatever
// else is asked for with them.
func TestEntriesAreThoseOfGram(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		op.Linearize(make([]float64, p.n))
		full := make([]float64, p.n*p.n)
		op.Gram(full)
		g := op.GramMatrix()
		diag := make([]float64, p.n)
		g.Diag(diag)
		for i, v := range diag {
			if v != full[i*p.n+i] {
				t.Fatalf("diagonal %d is %x, G has %x", i, v, full[i*p.n+i])
			}
		}
		rng := rand.New(rand.NewPCG(3, 4))
		for _, k := range []int{1, 2, 5, 63, 64, 65, 130} {
			at := make([]int, k)
			for q := range at {
				at[q] = rng.IntN(p.n)
			}
			cols, block := make([]float64, k*p.n), make([]float64, k*k)
			g.Columns(cols, at)
			g.Block(block, at)
			for q, j := range at {
				for i := range p.n {
					if cols[q*p.n+i] != full[i*p.n+j] {
						t.Fatalf("%d columns: entry %d of column %d is %x, G has %x", k, i, j, cols[q*p.n+i], full[i*p.n+j])
					}
				}
				for r, i := range at {
					if block[r*k+q] != full[i*p.n+j] {
						t.Fatalf("block of %d: entry (%d, %d) is %x, G has %x", k, i, j, block[r*k+q], full[i*p.n+j])
					}
				}
			}
		}
		u, a, b := normals(rng, p.n), make([]float64, p.n), make([]float64, p.n)
		g.MulVec(a, u)
		op.MulGramVec(b, u)
		equal(t, "MulVec", a, b)
	})
}

func TestEntriesAllocateNothingTwice(t *testing.T) {
	p := newProblem(100, 500, 9, 1)
	op, _ := New(p.net, p.x, &Options{Workers: 2})
	g := op.GramMatrix()
	at := []int{3, 99, 0, 3, 7}
	cols, block := make([]float64, len(at)*p.n), make([]float64, len(at)*len(at))
	if n := testing.AllocsPerRun(10, func() { g.Columns(cols, at); g.Block(block[:4], at[:2]); g.Diag(cols[:p.n]) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestEntriesRefuseWhatIsNone(t *testing.T) {
	p := newProblem(10, 50, 3, 1)
	op, _ := New(p.net, p.x, nil)
	g := op.GramMatrix()
	for name, f := range map[string]func(){
		"diag":    func() { g.Diag(make([]float64, 9)) },
		"columns": func() { g.Columns(make([]float64, 19), []int{0, 1}) },
		"index":   func() { g.Columns(make([]float64, 10), []int{10}) },
		"block":   func() { g.Block(make([]float64, 3), []int{0, 1}) },
		"sign":    func() { g.Block(make([]float64, 1), []int{-1}) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// A subset has the rows of J it was asked for, in its products too.
func TestSubsetHasTheRowsOfTheWhole(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		f := make([]float64, p.n)
		op.Linearize(f)
		rng := rand.New(rand.NewPCG(5, 6))
		for _, k := range []int{1, 7, 64, 70} {
			at := make([]int, k)
			for q := range at {
				at[q] = rng.IntN(p.n)
			}
			sub, err := op.Subset(at, nil)
			if err != nil {
				t.Fatal(err)
			}
			v := normals(rng, p.m*p.d)
			whole, part := make([]float64, p.n), make([]float64, k)
			op.MulVec(whole, v)
			sub.MulVec(part, v)
			for q, i := range at {
				if part[q] != whole[i] {
					t.Fatalf("subset of %d: row %d gives %x, row %d of the whole %x", k, q, part[q], i, whole[i])
				}
			}
			// Jᵀu: the whole with u on the subset alone, up to the order of sums.
			u, wide := normals(rng, k), make([]float64, p.n)
			for q, i := range at {
				wide[i] += u[q]
			}
			a, b := make([]float64, p.m*p.d), make([]float64, p.m*p.d)
			sub.MulTransVec(a, u)
			op.MulTransVec(b, wide)
			if e := maxDiff(a, b); e > 1e-12 {
				t.Fatalf("subset of %d: Jᵀu differs by %g", k, e)
			}
			sub.Linearize(part)
			for q, i := range at {
				if part[q] != f[i] {
					t.Fatalf("subset of %d: output %d is %x, output %d of the whole %x", k, q, part[q], i, f[i])
				}
			}
			if n := sub.Flips(); n != 0 {
				t.Errorf("subset of %d: %d gates flipped at the same weights", k, n)
			}
		}
	})
}

func TestSubsetRefusesWhatIsNone(t *testing.T) {
	p := newProblem(10, 50, 3, 1)
	op, _ := New(p.net, p.x, nil)
	for _, at := range [][]int{nil, {10}, {-1}} {
		if _, err := op.Subset(at, nil); !errors.Is(err, ErrShape) {
			t.Errorf("%v: %v", at, err)
		}
	}
}

func equal(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("%s: element %d is %x, want %x", what, i, got[i], want[i])
		}
	}
}

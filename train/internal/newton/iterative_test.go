package newton

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
)

// TestSolveAllHasTheBitsOfSolve: right-hand sides that are solved together without a
// matrix have the solutions and the iterations of each alone, however many there are.
func TestSolveAllHasTheBitsOfSolve(t *testing.T) {
	const n, m, d, most, c = 90, 200, 5, 6, 0.05
	rng := rand.New(rand.NewPCG(3, 4))
	x := normals(rng, n*d)
	net := &jacobian.Network{M: m, D: d, W: normals(rng, m*d), A: make([]float64, m)}
	for r := range net.A {
		net.A[r] = float64(1 - 2*(r%2))
	}
	rhs := normals(rng, most*n)
	for _, rank := range []int{0, 20} {
		system := func(workers int) System {
			op, err := jacobian.New(net, x, &jacobian.Options{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			op.Linearize(make([]float64, n))
			s := NewMatrixFree(op, Config{Tolerance: 1e-8, Forcing: Forcing, Workers: workers, MakingCost: 1000}, LowRank{Rank: rank, Seed: 1, Again: true})
			if err := s.Refresh(t.Context(), new(Trace)); err != nil {
				t.Fatal(err)
			}
			return s
		}
		for _, k := range []int{1, 2, most} {
			u, traces := make([]float64, k*n), make([]Trace, k)
			if ok, err := system(2).SolveAll(t.Context(), u, rhs[:k*n], c, traces); !ok || err != nil {
				t.Fatalf("rank %d, %d right-hand sides: %t, %v", rank, k, ok, err)
			}
			for j := range k {
				alone, trace := make([]float64, n), Trace{}
				if err := system(1).Solve(t.Context(), alone, rhs[j*n:(j+1)*n], c, &trace); err != nil {
					t.Fatal(err)
				}
				what := fmt.Sprintf("rank %d, right-hand side %d of %d", rank, j, k)
				if trace.Iterations != traces[j].Iterations || trace.Iterations < 3 {
					t.Errorf("%s: %d iterations, alone %d", what, traces[j].Iterations, trace.Iterations)
				}
				for i, v := range alone {
					if u[j*n+i] != v {
						t.Fatalf("%s: element %d is %x, alone %x", what, i, u[j*n+i], v)
					}
				}
			}
		}
	}
}

// rough is a linearization whose products in float32 keep so few digits that they mislead.
type rough struct {
	jacobian.Linearization
	unit float64
}

func (r rough) MulGramVecs32(dst, u []float64, k int) {
	r.Linearization.MulGramVecs32(dst, u, k)
	for row := range slices.Chunk(dst, len(dst)/k) {
		most := 0.0
		for _, v := range row {
			most = max(most, math.Abs(v))
		}
		for i, v := range row {
			row[i] = math.Round(v/most/r.unit) * r.unit * most
		}
	}
}

// TestSolvesInFloat32AreJudgedInFloat64: however few digits the products of the recurrence have, the residual by
// products in float64 is the one that is told, and about the one that ends the solve; one right-hand side alone
// and several have the same bits.
func TestSolvesInFloat32AreJudgedInFloat64(t *testing.T) {
	const n, m, d, k, c = 200, 300, 6, 3, 0.05
	rng := rand.New(rand.NewPCG(5, 6))
	x := normals(rng, n*d)
	net := &jacobian.Network{M: m, D: d, W: normals(rng, m*d), A: make([]float64, m)}
	for r := range net.A {
		net.A[r] = float64(1 - 2*(r%2))
	}
	rhs := normals(rng, k*n)
	op, err := jacobian.New(net, x, nil)
	if err != nil {
		t.Fatal(err)
	}
	op.Linearize(make([]float64, n))
	for _, unit := range []float64{1e-7, 1e-3, 1e-2} {
		for _, forcing := range []float64{0, Forcing} {
			system := func() System {
				s := NewMatrixFree(rough{op, unit}, Config{Tolerance: 1e-4, Forcing: forcing, MakingCost: 1000}, LowRank{Rank: 30, Seed: 1, Again: true})
				if err := s.Refresh(t.Context(), new(Trace)); err != nil {
					t.Fatal(err)
				}
				return s
			}
			all, traces := make([]float64, k*n), make([]Trace, k)
			if ok, err := system().SolveAll(t.Context(), all, rhs, c, traces); !ok || err != nil {
				t.Fatalf("unit %g, forcing %g: %t, %v", unit, forcing, ok, err)
			}
			for j := range k {
				what := fmt.Sprintf("unit %g, forcing %g, right-hand side %d", unit, forcing, j)
				u, b, trace := make([]float64, n), rhs[j*n:(j+1)*n], Trace{}
				if err := system().Solve(t.Context(), u, b, c, &trace); err != nil {
					t.Fatal(what, err)
				}
				for i, v := range u {
					if all[j*n+i] != v {
						t.Fatalf("%s: element %d is %x, alone %x", what, i, all[j*n+i], v)
					}
				}
				r := make([]float64, n)
				op.MulGramVec(r, u)
				for i := range r {
					r[i] = b[i] - float64(c*u[i]) - r[i]
				}
				norm := asm.Nrm2(r)
				if told := trace.Residual * asm.Nrm2(b); math.Abs(told-norm) > 1e-9*norm || traces[j].Residual != trace.Residual {
					t.Errorf("%s: residual %g, told %g and %g", what, norm, told, traces[j].Residual*asm.Nrm2(b))
				}
				if goal := max(1e-4*asm.Nrm2(b), forcing*c*asm.Nrm2(u)); !(norm <= 1.25*goal*(1+1e-9)) {
					t.Errorf("%s: residual %g, goal %g, %s after %d", what, norm, goal, trace.Stop, trace.Iterations)
				}
			}
		}
	}
}

func normals(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

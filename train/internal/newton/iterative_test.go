package newton

import (
	"fmt"
	"math/rand/v2"
	"testing"

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

func normals(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

package jacobian

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestRecallIsLinearizeAtTheMarkedWeights: after weights have gone elsewhere, the gates, the
// products and the flips of the step that follows are those of an operator that has stayed.
func TestRecallIsLinearizeAtTheMarkedWeights(t *testing.T) {
	check := func(t *testing.T, net *Network, x []float64, shard *Shard) {
		start, n := slices.Clone(net.W), len(x)/net.D
		rng := rand.New(rand.NewPCG(3, uint64(n)))
		f, u := make([]float64, n), normals(rand.New(rand.NewPCG(4, 5)), n)
		elsewhere, next := normals(rng, len(start)), normals(rng, len(start))
		var gates [2][2][]uint64
		var products [2][]float64
		var flips [2]int64
		for k, recall := range []bool{false, true} {
			own := &Network{M: net.M, D: net.D, W: slices.Clone(start), A: net.A}
			op, err := New(own, x, &Options{Workers: 2, Shard: shard})
			if err != nil {
				t.Error(err)
				return
			}
			if recall { // of two marks the last counts
				copy(own.W, next)
				op.Linearize(f)
				op.Mark()
				copy(own.W, start)
			}
			op.Linearize(f)
			if recall {
				op.Mark()
				for range 2 {
					copy(own.W, elsewhere)
					op.Linearize(f)
					op.Recall()
				}
			}
			gates[k] = [2][]uint64{slices.Clone(op.gates), slices.Clone(op.samples)}
			products[k] = make([]float64, n)
			op.MulGramVec(products[k], u)
			copy(own.W, next)
			op.Linearize(f)
			flips[k] = op.Flips()
		}
		if !slices.Equal(gates[0][0], gates[1][0]) || !slices.Equal(gates[0][1], gates[1][1]) {
			t.Error("other gates than those marked")
		}
		compare(t, "JJᵀu", products[1], products[0], 0)
		if flips[0] != flips[1] {
			t.Errorf("%d flips after Recall, %d without leaving", flips[1], flips[0])
		}
	}
	eachShape(t, func(t *testing.T, p problem, _ *Operator) { check(t, p.net, p.x, nil) })
	p := newProblem(70, 2*Section(3000)+100, 3, 8)
	onRanks(2, func(r Reducer) {
		shard := &Shard{Reducer: r, Neurons: p.m}
		lo, hi, _ := shard.Share()
		check(t, &Network{M: hi - lo, D: p.d, W: p.net.W[lo*p.d : hi*p.d], A: p.net.A[lo:hi]}, p.x, shard)
	})
}

// TestMarkAllocatesOnce: what MarkBytes says, and nothing after that.
func TestMarkAllocatesOnce(t *testing.T) {
	p := newProblem(100, 500, 9, 1)
	op, _ := New(p.net, p.x, &Options{Workers: 2})
	op.Mark()
	if got, want := 8*len(op.marked), int(MarkBytes(p.n, p.m)); got != want {
		t.Errorf("Mark keeps %d bytes, MarkBytes says %d", got, want)
	}
	if n := testing.AllocsPerRun(20, func() { op.Mark(); op.Recall() }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

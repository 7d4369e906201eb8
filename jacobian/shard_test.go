package jacobian

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/nearlinear/nearlinear/hadamard"
)

// onRanks runs body on so many ranks and waits for all.
func onRanks(size int, body func(r Reducer)) {
	var wg sync.WaitGroup
	for _, r := range LocalRanks(size) {
		wg.Go(func() { body(r) })
	}
	wg.Wait()
}

// outcome is all that an operator computes: of the whole network, and of its
// own neurons.
type outcome struct {
	whole map[string][]float64
	local map[string][]float64 // by neurons
	lo    int
}

// exercise runs every product of a network of m neurons, of which those of the
// shard are here.
func exercise(t *testing.T, w, a, x []float64, m, d int, shard *Shard) outcome {
	lo, hi := 0, m
	if shard != nil {
		var err error
		if lo, hi, err = shard.Share(); err != nil {
			t.Error(err)
			return outcome{}
		}
	}
	n := len(x) / d
	net := &Network{M: hi - lo, D: d, W: append([]float64(nil), w[lo*d:hi*d]...), A: a[lo:hi]}
	op, err := New(net, x, &Options{Workers: 2, Shard: shard})
	if err != nil {
		t.Error(err)
		return outcome{}
	}
	o := outcome{whole: map[string][]float64{}, local: map[string][]float64{}, lo: lo}
	f := make([]float64, n)
	op.Linearize(f)
	o.whole["f before"] = append([]float64(nil), f...)
	trans := make([]float64, len(net.W))
	op.MulTransVec(trans, f)
	o.local["Jᵀu"] = trans
	for i := range net.W {
		net.W[i] -= 0.3 * trans[i]
	}
	op.Linearize(f)
	o.whole["f"], o.whole["flips"] = f, []float64{float64(op.Flips())}
	predicted := make([]float64, n)
	if shard != nil {
		err = shard.Predict(context.Background(), net, predicted, x, 2)
	} else {
		err = net.Predict(context.Background(), predicted, x, 2)
	}
	if err != nil {
		t.Error(err)
	}
	o.whole["predictions"] = predicted
	if shard == nil {
		blocks := make([]float64, n)
		block := NewBlock(d)
		for i := 0; i < n; i += 37 { // a wide pass, and the product for few samples
			k := min(37, n-i)
			if i > 37 {
				k = min(20, k)
			}
			block.Set(x[i*d : (i+k)*d])
			block.Forward(blocks[i:i+k], net)
			compare(t, "by blocks", blocks[i:i+k], predicted[i:i+k], 0)
		}
	}
	v := append(append([]float64(nil), trans...), net.W...)
	jv := make([]float64, 2*n)
	op.MulVecs(jv, v, 2)
	o.whole["JV"] = jv
	one := make([]float64, n)
	op.MulVec(one, net.W)
	o.whole["J·W"] = one
	g := make([]float64, n)
	op.MulGramVec(g, f)
	o.whole["JJᵀu"] = g
	gs := append(append([]float64(nil), f...), jv...)
	op.MulGramVecs(gs, gs, 3)
	o.whole["JJᵀU"] = gs
	slopes := make([]float64, n*d)
	op.Gradients(slopes, net.W)
	o.whole["gradients"] = slopes
	gram := make([]float64, n*n)
	op.Gram(gram)
	o.whole["G"] = gram
	gm := op.GramMatrix()
	diag, cols, block := make([]float64, n), make([]float64, 3*n), make([]float64, 9)
	gm.Diag(diag)
	gm.Columns(cols, []int{n - 1, 0, 70})
	gm.Block(block, []int{5, 5, n - 2})
	o.whole["diag"], o.whole["columns"], o.whole["block"] = diag, cols, block
	sub, err := op.Subset([]int{3, 80, 3}, nil)
	if err != nil {
		t.Error(err)
		return o
	}
	few := make([]float64, 3)
	sub.MulVec(few, net.W)
	o.whole["J·W of a subset"] = few
	s, err := hadamard.NewKroneckerSRHT(m, d, 150, 1)
	if err != nil {
		t.Error(err)
		return o
	}
	sj, sj32 := make([]float64, 150*n), make([]float32, 150*n)
	if err := op.Sketch(sj, s); err != nil {
		t.Error(err)
	}
	if err := op.Sketch32(sj32, s); err != nil {
		t.Error(err)
	}
	o.whole["sketch"] = sj
	wide := make([]float64, len(sj32))
	for i, v := range sj32 {
		wide[i] = float64(v)
	}
	o.whole["sketch in float32"] = wide
	return o
}

// TestShardsHaveTheBitsOfOne compares every product of 1, 2, 3 and 5 ranks with
// that of one operator, the first three parts of a network cut unevenly.
func TestShardsHaveTheBitsOfOne(t *testing.T) {
	const n, m, d = 101, 4*1536 + 100, 7
	rng := rand.New(rand.NewPCG(11, 12))
	w, a, x := make([]float64, m*d), make([]float64, m), make([]float64, n*d)
	for i := range w {
		w[i] = rng.NormFloat64()
	}
	for r := range a {
		a[r] = float64(1 - 2*rng.IntN(2))
	}
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	want := exercise(t, w, a, x, m, d, nil)
	for _, fast := range []bool{false, true} {
		for _, size := range []int{1, 2, 3, 5} {
			name := fmt.Sprintf("ranks=%d fast=%v", size, fast)
			onRanks(size, func(r Reducer) {
				got := exercise(t, w, a, x, m, d, &Shard{Reducer: r, Neurons: m, Fast: fast})
				tol := 0.0
				if fast {
					tol = 1e-12
				}
				for key, v := range got.whole {
					compare(t, fmt.Sprintf("%s rank %d: %s", name, r.Rank(), key), v, want.whole[key], tol)
				}
				for key, v := range got.local {
					compare(t, fmt.Sprintf("%s rank %d: %s", name, r.Rank(), key), v, want.local[key][got.lo*d:][:len(v)], tol)
				}
			})
		}
	}
}

func compare(t *testing.T, what string, got, want []float64, tol float64) {
	if len(got) != len(want) {
		t.Errorf("%s: %d values, want %d", what, len(got), len(want))
		return
	}
	for i, v := range got {
		if math.Float64bits(v) != math.Float64bits(want[i]) && !(math.Abs(v-want[i]) <= tol*(1+math.Abs(want[i]))) {
			t.Errorf("%s: element %d is %v, of one operator %v", what, i, v, want[i])
			return
		}
	}
}

// TestShareCoversTheNetwork checks that shares are whole sections, adjoin, and
// differ by one section at most, and that ranks without neurons are refused.
func TestShareCoversTheNetwork(t *testing.T) {
	for _, m := range []int{1, 1536, 1537, 4096, 16384, 65536, 65537, 1 << 22} {
		for size := 1; size <= 17; size++ {
			at, least, most := 0, m, 0
			for k := range size {
				s := Shard{Reducer: LocalRanks(size)[k], Neurons: m}
				lo, hi, err := s.Share()
				if sections := ceil(m, Section(m)); size > sections {
					if !errors.Is(err, ErrShape) {
						t.Fatalf("m=%d, %d ranks, %d sections: error %v", m, size, sections, err)
					}
					at = m
					continue
				}
				if err != nil || lo != at || hi <= lo || lo%Section(m) != 0 {
					t.Fatalf("m=%d rank %d of %d has [%d, %d), want from %d; %v", m, k, size, lo, hi, at, err)
				}
				at = hi
				n := ceil(hi-lo, Section(m))
				least, most = min(least, n), max(most, n)
			}
			if at != m || most > least+1 && least < m {
				t.Fatalf("m=%d, %d ranks: neurons up to %d, %d to %d sections", m, size, at, least, most)
			}
		}
	}
}

package train

import (
	"errors"
	"math"
	"math/bits"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSampleIsWhatMemoryHolds: of more rows than it holds so many are left that all their number calls for
// fits, a power of two or three times one; of more memory no fewer; of enough all.
func TestSampleIsWhatMemoryHolds(t *testing.T) {
	const n, d = 1 << 20, 36
	of := func(o *Options) *config {
		c, err := o.resolve(n)
		if err != nil {
			t.Fatal(err)
		}
		c.targets, c.given = 1, d
		return c
	}
	before, wholes := 0, 0
	for limit := uint64(1 << 26); limit < 1<<36; limit += limit / 32 {
		o := &Options{MemoryLimit: limit}
		c, err := of(o).sampled(o)
		if err != nil {
			t.Fatal(err)
		}
		if c.rows+c.leftOut != n || c.rows < before {
			t.Errorf("limit %d: %d rows and %d left out, %d with less memory", limit, c.rows, c.leftOut, before)
		}
		narrow := *c
		narrow.Width, narrow.widthChosen = sampleWidth, false
		p, err := makePlan(c, c.inputs(d))
		switch {
		case c.leftOut == 0 && before == 0: // too little for a part: one look at all, or none
			if err == nil && !c.oneLook {
				t.Errorf("limit %d has room for all", limit)
			}
			continue
		case err != nil || c.oneLook || p.bytes > limit || c.Width < fewestWidth:
			t.Errorf("limit %d: %d rows, width %d, one look %v, %d bytes, %v", limit, c.rows, c.Width, c.oneLook, p.bytes, err)
		case c.leftOut > 0 && (bits.OnesCount(uint(c.rows)) > 2 || c.rows>>(bits.Len(uint(c.rows))-2)<<(bits.Len(uint(c.rows))-2) != c.rows):
			t.Errorf("limit %d: %d rows", limit, c.rows)
		case c.leftOut == 0:
			wholes++
		}
		if _, err := narrow.settleWidth(narrow.inputs(d)); err != nil {
			t.Errorf("limit %d: %d rows for want of neurons: %v", limit, c.rows, err)
		}
		before = c.rows
	}
	if before != n || wholes == 0 {
		t.Errorf("%d rows of all the memory", before)
	}
	for _, o := range []Options{{Method: Exact}, {Ridge: 1}, {Folds: NoFolds}, {Rule: Adam}} { // which say how all rows are to be trained on
		if o.MemoryLimit = 1 << 31; o.Method == Exact { // which has room for 65 536 rows
			o.MemoryLimit = 1 << 37
		}
		all := of(&o)
		if c, err := all.sampled(&o); err != nil || c != all {
			t.Errorf("%+v: %d rows left out, %v", o, c.leftOut, err)
		}
	}
}

// TestSampleKeepsClasses: rows are drawn in proportion to the classes, but of a rare one enough stay; those of
// weight 0 are not drawn; rows, weights and labels stay together.
func TestSampleKeepsClasses(t *testing.T) {
	const n, d = 200000, 3
	x, y, class, weights := make([]float64, n*d), make([]float64, 2*n), make([]int, n), make([]float64, n)
	for i := range n {
		x[i*d], x[i*d+1] = float64(i), float64(i%17)
		weights[i] = float64(1 + i%3)
		switch {
		case i%10 == 3:
			weights[i] = 0
		case i < 40 || i%5 == 0:
			class[i] = 1
		}
		if i >= n-40 {
			class[i] = 2
		}
		y[2*i], y[2*i+1] = float64(class[i]), float64(i)
	}
	o := &Options{Weights: weights, Width: 1 << 17, MemoryLimit: 1 << 31}
	all, err := newConfig(x, y, d, o)
	if err != nil {
		t.Fatal(err)
	}
	c, err := all.sampled(o)
	if err != nil || c.leftOut == 0 {
		t.Fatalf("nothing is left out, %v", err)
	}
	r, err := gather(t.Context(), x, y, d, class, c)
	if err != nil {
		t.Fatal(err)
	}
	if r.n() != c.rows || !slices.IsSorted(r.at) {
		t.Fatalf("%d rows, want %d", r.n(), c.rows)
	}
	var count [3]int
	for k, i := range r.at {
		count[r.class[k]]++
		if r.x[k*d] != float64(i) || r.y[k] != y[2*i] || r.y[r.n()+k] != float64(i) || r.class[k] != class[i] || r.weights[k] != weights[i]/3 {
			t.Fatalf("row %d is not row %d of the caller", k, i)
		}
	}
	if share := float64(count[1]) / float64(count[0]+count[1]); share < 0.22 || share > 0.225 || count[2] < choiceLeast {
		t.Errorf("%d rows of three classes", count)
	}
}

// TestNoSampleIsTooSmall: where memory holds too few rows, all are seen at one look, or are refused.
func TestNoSampleIsTooSmall(t *testing.T) {
	const n, d = 40000, 20
	x, y := make([]float64, n*d), make([]float64, n)
	for limit := uint64(1 << 20); limit < 1<<34; limit *= 2 {
		o := &Options{MemoryLimit: limit}
		all, err := newConfig(x, y, d, o)
		if err != nil {
			t.Fatal(err)
		}
		c, err := all.sampled(o)
		if err != nil || c.rows < sampleLeast {
			t.Fatalf("%d rows, %v", c.rows, err)
		}
		if _, err := makePlan(c, c.inputs(d)); err != nil && !errors.Is(err, ErrMemory) {
			t.Error(err)
		}
	}
}

// TestCheckpointsKnowRowsLeftOut: a fit of other rows does not go on from them.
func TestCheckpointsKnowRowsLeftOut(t *testing.T) {
	x, y := wave(30, 2, 1, 1)
	cfg, err := newConfig(x, y, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	all, err := identity(t.Context(), x, y, 2, cfg, &plan{})
	if err != nil {
		t.Fatal(err)
	}
	cfg.leftOut = 5
	part, err := identity(t.Context(), x, y, 2, cfg, &plan{})
	if err != nil || slices.Equal(all, part) {
		t.Errorf("the facts of a part are those of all, %v", err)
	}
}

// TestFitLeavesRowsOut: where memory is short Fit is the fit of the rows that are drawn, to the bit, and says how many had no part.
func TestFitLeavesRowsOut(t *testing.T) {
	notUnderRace(t)
	const n, d, k = 40000, 2, secondTargets + 1 // no second look, whose memory is more than that of the rows
	x, y := make([]float64, n*d), make([]float64, n*k)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range n {
		u, v := rng.Float64(), rng.Float64()
		x[i*d], x[i*d+1] = u, v
		for j := range k {
			y[i*k+j] = math.Sin(4*u+float64(j)) + v
		}
	}
	o := &Options{Width: 64, MaxSteps: 1, NoPieces: true, KeepScale: true}
	var drawn *config
	for o.MemoryLimit = 1 << 29; drawn == nil || drawn.leftOut == 0; o.MemoryLimit -= o.MemoryLimit / 100 {
		all, err := newConfig(x, y, d, o)
		if err != nil {
			t.Fatal(err)
		}
		if drawn, err = all.sampled(o); err != nil {
			t.Fatal(err)
		}
		if o.MemoryLimit < 1<<20 {
			t.Fatal("no limit leaves rows out")
		}
	}
	o.MemoryLimit = drawn.limit
	m, r, err := Fit(t.Context(), x, y, d, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.LeftOut != n-1<<15 || r.N+r.NValid+r.LeftOut != n {
		t.Fatalf("%d rows trained on, %d held out, %d left out of %d", r.N, r.NValid, r.LeftOut, n)
	}
	at, _, err := o.weighted(n)
	if err != nil {
		t.Fatal(err)
	}
	at, _ = drawn.drawn(at, nil, y, nil)
	var xs, ys []float64
	for _, i := range at {
		xs, ys = append(xs, x[i*d:(i+1)*d]...), append(ys, y[i*k:(i+1)*k]...)
	}
	part, rp, err := Fit(t.Context(), xs, ys, d, o)
	if err != nil || rp.LeftOut != 0 {
		t.Fatalf("%d of the rows that were drawn are left out, %v", rp.LeftOut, err)
	}
	got, want := make([]float64, 100*k), make([]float64, 100*k)
	if err := errors.Join(m.Predict(got, x[:100*d]), part.Predict(want, x[:100*d])); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Error("a fit of the rows that were drawn predicts otherwise")
	}
	if e := r.Estimate.RMSE; !(e < 0.3) {
		t.Errorf("the error told is %g", e)
	}
}

package jacobian

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
)

// problem is a seeded network with its samples.
type problem struct {
	n, m, d int
	net     *Network
	x       []float64
}

func newProblem(n, m, d int, seed uint64) problem {
	rng := rand.New(rand.NewPCG(seed, 99))
	net := &Network{M: m, D: d, W: make([]float64, m*d), A: make([]float64, m)}
	for i := range net.W {
		net.W[i] = rng.NormFloat64()
	}
	for r := range net.A {
		net.A[r] = float64(1 - 2*rng.IntN(2))
	}
	x := make([]float64, n*d)
	for i := 0; i < n; i++ {
		row := x[i*d : (i+1)*d]
		for k := range row {
			row[k] = rng.NormFloat64()
		}
		asm.Scale(row, 1/asm.Nrm2(row), row)
	}
	return problem{n, m, d, net, x}
}

func normals(rng *rand.Rand, n int) []float64 {
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

// dense builds J row by row from its definition, gates included, with the
// products ⟨w_r, x_i⟩ summed as the operator sums them, so that a gate at
// rounding distance from zero cannot differ.
func (p problem) dense() (j, f []float64) {
	j = make([]float64, p.n*p.m*p.d)
	f = make([]float64, p.n)
	s := 1 / math.Sqrt(float64(p.m))
	for i := 0; i < p.n; i++ {
		for r := 0; r < p.m; r++ {
			var z float64
			for k := 0; k < p.d; k++ {
				z = math.FMA(p.net.W[r*p.d+k], p.x[i*p.d+k], z)
			}
			if z < 0 {
				continue
			}
			f[i] += s * p.net.A[r] * z
			for k := 0; k < p.d; k++ {
				j[(i*p.m+r)*p.d+k] = s * p.net.A[r] * p.x[i*p.d+k]
			}
		}
	}
	return j, f
}

func maxDiff(a, b []float64) float64 {
	var worst float64
	for i := range a {
		if e := math.Abs(a[i] - b[i]); e > worst || e != e {
			worst = e
		}
	}
	return worst
}

// shapes are odd on purpose: edges of tiles, words, panels and blocks.
var shapes = [][3]int{{1, 1, 1}, {1, 7, 3}, {2, 1, 5}, {5, 3, 1}, {3, 65, 2}, {63, 64, 7}, {64, 129, 8}, {65, 385, 9}, {67, 383, 6}, {130, 770, 13}, {9, 1000, 65}, {300, 50, 17}}

func eachShape(t *testing.T, test func(t *testing.T, p problem, op *Operator)) {
	for i, s := range shapes {
		t.Run(fmt.Sprintf("n=%d/m=%d/d=%d", s[0], s[1], s[2]), func(t *testing.T) {
			p := newProblem(s[0], s[1], s[2], uint64(i))
			op, err := New(p.net, p.x, &Options{Workers: 2})
			if err != nil {
				t.Fatal(err)
			}
			op.Linearize(make([]float64, p.n))
			test(t, p, op)
		})
	}
}

func TestProductsMatchTheDenseJacobian(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		rng := rand.New(rand.NewPCG(1, uint64(p.n)))
		j, want := p.dense()
		md := p.m * p.d
		f := make([]float64, p.n)
		op.Linearize(f)
		if e := maxDiff(f, want); e > 1e-13*math.Sqrt(float64(p.m)) {
			t.Errorf("predictions differ by %g", e)
		}
		v, u := normals(rng, md), normals(rng, p.n)
		jv, jtu, row := make([]float64, p.n), make([]float64, md), make([]float64, md)
		for i := 0; i < p.n; i++ {
			jv[i] = asm.Dot(j[i*md:(i+1)*md], v)
			asm.Axpy(jtu, u[i], j[i*md:(i+1)*md])
			if op.Row(row, i); maxDiff(row, j[i*md:(i+1)*md]) > 1e-15 {
				t.Fatalf("row %d differs from the definition", i)
			}
		}
		got, gotT := make([]float64, p.n), make([]float64, md)
		op.MulVec(got, v)
		op.MulTransVec(gotT, u)
		if e := maxDiff(got, jv); e > 1e-13*math.Sqrt(float64(p.m*p.d)) {
			t.Errorf("Jv differs by %g", e)
		}
		if e := maxDiff(gotT, jtu); e > 1e-13*float64(p.n) {
			t.Errorf("Jᵀu differs by %g", e)
		}
		// ⟨Jv, u⟩ = ⟨v, Jᵀu⟩, scaled by the norms.
		a, b := asm.Dot(got, u), asm.Dot(v, gotT)
		if e := math.Abs(a-b) / (asm.Nrm2(got)*asm.Nrm2(u) + 1e-300); e > 1e-13 {
			t.Errorf("adjoint: %g against %g", a, b)
		}
	})
}

// TestEulerIdentity: J·vec(W) = f, because the network is homogeneous in W.
func TestEulerIdentity(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		f, g := make([]float64, p.n), make([]float64, p.n)
		op.Linearize(f)
		op.MulVec(g, p.net.W)
		if e := maxDiff(f, g); e > 1e-13 {
			t.Errorf("JW differs from f by %g", e)
		}
	})
}

// TestFiniteDifferences: f is linear in W while no gate flips, so a central
// difference has no truncation error, only rounding over the step.
func TestFiniteDifferences(t *testing.T) {
	p := newProblem(40, 512, 16, 5)
	op, err := New(p.net, p.x, nil)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(2, 3))
	v := normals(rng, len(p.net.W))
	asm.Scale(v, 1/asm.Nrm2(v), v)
	f, jv := make([]float64, p.n), make([]float64, p.n)
	op.Linearize(f)
	op.MulVec(jv, v)
	const h = 1e-7
	w := append([]float64(nil), p.net.W...)
	up, down := make([]float64, p.n), make([]float64, p.n)
	asm.Axpy(p.net.W, h, v)
	op.Linearize(up)
	flips := op.Flips()
	copy(p.net.W, w)
	asm.Axpy(p.net.W, -h, v)
	op.Linearize(down)
	if flips+op.Flips() != 0 {
		t.Fatalf("%d gates flipped: the difference proves nothing", flips+op.Flips())
	}
	for i := range up {
		if e := math.Abs((up[i]-down[i])/(2*h) - jv[i]); e > 1e-7 {
			t.Errorf("sample %d: derivative off by %g", i, e)
		}
	}
}

// TestGram: entry by entry against its definition, against JJᵀ e_j, and
// symmetric to the bit.
func TestGram(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		g := make([]float64, p.n*p.n)
		op.Gram(g)
		e, col := make([]float64, p.n), make([]float64, p.n)
		for j := 0; j < p.n; j++ {
			clear(e)
			e[j] = 1
			op.MulGramVec(col, e)
			for i := 0; i < p.n; i++ {
				var dot float64
				for k := 0; k < p.d; k++ {
					dot = math.FMA(p.x[i*p.d+k], p.x[j*p.d+k], dot)
				}
				both := 0
				for r := 0; r < p.m; r++ {
					if op.Gate(r, i) && op.Gate(r, j) {
						both++
					}
				}
				if want := dot * float64(float64(both)*(1/float64(p.m))); g[i*p.n+j] != want {
					t.Fatalf("G[%d,%d] = %x, definition %x (%d common gates)", i, j, g[i*p.n+j], want, both)
				}
				if d := math.Abs(col[i] - g[i*p.n+j]); d > 1e-13 {
					t.Fatalf("JJᵀe_%d at %d is %g, G has %g", j, i, col[i], g[i*p.n+j])
				}
				if g[i*p.n+j] != g[j*p.n+i] {
					t.Fatalf("G is not symmetric at %d, %d", i, j)
				}
			}
		}
	})
}

// TestDrift: ‖J_t − J_0‖²_F = n·φ with φ the fraction of flipped gates, for
// unit samples; and Flips counts what the gates show.
func TestDrift(t *testing.T) {
	p := newProblem(70, 400, 11, 8)
	op, _ := New(p.net, p.x, nil)
	f := make([]float64, p.n)
	op.Linearize(f)
	if op.Flips() != 0 {
		t.Errorf("the first Linearize counts %d flips", op.Flips())
	}
	md := p.m * p.d
	old := make([]float64, p.n*md)
	for i := 0; i < p.n; i++ {
		op.Row(old[i*md:(i+1)*md], i)
	}
	rng := rand.New(rand.NewPCG(4, 4))
	asm.Axpy(p.net.W, 0.1, normals(rng, md))
	op.Linearize(f)
	var drift float64
	row := make([]float64, md)
	for i := 0; i < p.n; i++ {
		op.Row(row, i)
		asm.Axpy(row, -1, old[i*md:(i+1)*md])
		drift += asm.Dot(row, row)
	}
	phi := float64(op.Flips()) / float64(p.n*p.m)
	if phi == 0 {
		t.Fatal("nothing flipped")
	}
	if want := float64(p.n) * phi; math.Abs(drift/want-1) > 1e-12 {
		t.Errorf("‖J₁−J₀‖² = %.15g, n·φ = %.15g", drift, want)
	}
	op.Linearize(f)
	if op.Flips() != 0 {
		t.Errorf("%d flips without a change of weights", op.Flips())
	}
}

func TestPredictGivesTheBitsOfLinearize(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		f, g := make([]float64, p.n), make([]float64, p.n)
		op.Linearize(f)
		if err := p.net.Predict(t.Context(), g, p.x, 3); err != nil {
			t.Fatal(err)
		}
		for i := range f {
			if f[i] != g[i] {
				t.Fatalf("sample %d: %x and %x", i, g[i], f[i])
			}
		}
		// A sample's prediction does not depend on the batch it comes in.
		if err := p.net.Predict(t.Context(), g[:1], p.x[(p.n-1)*p.d:], 1); err != nil || g[0] != f[p.n-1] {
			t.Errorf("alone %x, in the batch %x (%v)", g[0], f[p.n-1], err)
		}
	})
}

func TestWorkersDoNotChangeBits(t *testing.T) {
	type result struct{ f, jv, jtu, ggu, gram []float64 }
	run := func(workers int) result {
		p := newProblem(201, 1000, 19, 21)
		op, err := New(p.net, p.x, &Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		rng := rand.New(rand.NewPCG(6, 6))
		v, u := normals(rng, p.m*p.d), normals(rng, p.n)
		r := result{make([]float64, p.n), make([]float64, p.n), make([]float64, p.m*p.d), make([]float64, p.n), make([]float64, p.n*p.n)}
		op.Linearize(r.f)
		op.MulVec(r.jv, v)
		op.MulTransVec(r.jtu, u)
		op.MulGramVec(r.ggu, u)
		op.Gram(r.gram)
		return r
	}
	want := run(1)
	for _, workers := range []int{2, 7} {
		got := run(workers)
		for name, pair := range map[string][2][]float64{"f": {got.f, want.f}, "Jv": {got.jv, want.jv}, "Jᵀu": {got.jtu, want.jtu}, "JJᵀu": {got.ggu, want.ggu}, "G": {got.gram, want.gram}} {
			for i := range pair[0] {
				if pair[0][i] != pair[1][i] {
					t.Fatalf("%s[%d] with %d workers is %x, with one %x", name, i, workers, pair[0][i], pair[1][i])
				}
			}
		}
	}
}

func TestProductsAllocateNothing(t *testing.T) {
	p := newProblem(100, 500, 9, 1)
	op, _ := New(p.net, p.x, &Options{Workers: 2})
	f, g, s := make([]float64, p.n), make([]float64, p.n*p.n), make([]float64, p.m*p.d)
	kron, _ := hadamard.NewKroneckerSRHT(p.m, p.d, 200, 1)
	sj := make([]float64, 200*p.n)
	for name, call := range map[string]func(){
		"Linearize":   func() { op.Linearize(f) },
		"MulVec":      func() { op.MulVec(f, p.net.W) },
		"MulTransVec": func() { op.MulTransVec(s, f) },
		"MulGramVec":  func() { op.MulGramVec(f, f) },
		"Gram":        func() { op.Gram(g) },
		"Sketch":      func() { op.Sketch(sj, kron) },
	} {
		if n := testing.AllocsPerRun(20, call); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

// TestPaddingStaysClosed: gates past the last sample and the last neuron, which
// fill up words and cache lines, are closed, so that whole tiles may be counted;
// and the two layouts hold the same gates.
func TestPaddingStaysClosed(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		for v := range ceil(p.m, 64) {
			for i := range op.sampleStride {
				g := op.samples[v*op.sampleStride+i]
				open := g
				if i < p.n {
					open = g &^ (1<<min(64, p.m-64*v) - 1)
				}
				if open != 0 {
					t.Fatalf("sample %d, word %d of its gates: %x is open past the end", i, v, open)
				}
			}
		}
		for w := range op.words {
			for r := range op.neuronStride {
				for i := range 64 {
					bit := op.gates[w*op.neuronStride+r] >> i & 1
					var want uint64
					if r < p.m {
						want = op.samples[r/64*op.sampleStride+64*w+i] >> (r % 64) & 1
					}
					if bit != want {
						t.Fatalf("neuron %d, sample %d: %d by neurons, %d by samples", r, 64*w+i, bit, want)
					}
				}
			}
		}
	})
}

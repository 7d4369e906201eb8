package jacobian

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

// counts are the numbers of vectors of the tests: those of a group, more than one
// group, and a group of one that is left over.
var counts = []int{1, 2, 3, 5, 26}

// severalShapes add to shapes what the packing distinguishes: single features, whole
// lines, vectors wider than a panel, several sections of neurons.
var severalShapes = [][3]int{{1, 1, 1}, {1, 7, 3}, {70, 129, 1}, {5, 3, 2}, {65, 385, 8}, {67, 383, 17}, {130, 70, 13}, {9, 200, 33}, {20, 90, 65}, {40, 64, 24}, {70, 2*1536 + 77, 5}, {2100, 66, 4}}

// checkSeveral compares the products of k vectors with those of each alone, bit by bit.
func checkSeveral(t *testing.T, p problem, op *Operator, v, u []float64, k int) {
	t.Helper()
	md := p.m * p.d
	jv, jtu, g := normals(rand.New(rand.NewPCG(1, 2)), k*p.n), make([]float64, k*md), make([]float64, k*p.n)
	op.MulVecs(jv, v, k)
	op.MulTransVecs(jtu, u, k)
	op.MulGramVecs(g, u, k)
	a, b := make([]float64, p.n), make([]float64, md)
	for q := range k {
		what := fmt.Sprintf("n=%d m=%d d=%d k=%d workers=%d: vector %d of ", p.n, p.m, p.d, k, len(op.work), q)
		op.MulVec(a, v[q*md:(q+1)*md])
		sameBits(t, what+"JV", jv[q*p.n:(q+1)*p.n], a)
		op.MulTransVec(b, u[q*p.n:(q+1)*p.n])
		sameBits(t, what+"JᵀU", jtu[q*md:(q+1)*md], b)
		op.MulGramVec(a, u[q*p.n:(q+1)*p.n])
		sameBits(t, what+"GU", g[q*p.n:(q+1)*p.n], a)
	}
}

// sameBits compares bits, of numbers: one NaN is as good as another.
func sameBits(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i, w := range want {
		if g := got[i]; math.Float64bits(g) != math.Float64bits(w) && (g == g || w == w) {
			t.Fatalf("%s: element %d is %x, want %x (path %s)", what, i, g, w, asm.Info())
		}
	}
}

// TestSeveralVectorsHaveTheBitsOfEach for any number of vectors and workers.
func TestSeveralVectorsHaveTheBitsOfEach(t *testing.T) {
	numbers := []int{1, 2, 7}
	if testing.Short() {
		numbers = numbers[2:]
	}
	for i, s := range severalShapes {
		p := newProblem(s[0], s[1], s[2], uint64(i))
		rng := rand.New(rand.NewPCG(7, uint64(i)))
		v, u := normals(rng, 26*p.m*p.d), normals(rng, 26*p.n)
		for _, workers := range numbers {
			op, err := New(p.net, p.x, &Options{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			op.Linearize(make([]float64, p.n))
			for _, k := range counts {
				checkSeveral(t, p, op, v[:k*p.m*p.d], u[:k*p.n], k)
			}
		}
	}
}

// TestSeveralVectorsAreAdjoint: ⟨JV, U⟩ = ⟨V, JᵀU⟩, and JJᵀU is J times JᵀU to the bit,
// in place as well.
func TestSeveralVectorsAreAdjoint(t *testing.T) {
	eachShape(t, func(t *testing.T, p problem, op *Operator) {
		for _, k := range counts {
			rng := rand.New(rand.NewPCG(8, uint64(k)))
			v, u := normals(rng, k*p.m*p.d), normals(rng, k*p.n)
			jv, jtu := make([]float64, len(u)), make([]float64, len(v))
			op.MulVecs(jv, v, k)
			op.MulTransVecs(jtu, u, k)
			a, b := asm.Dot(jv, u), asm.Dot(v, jtu)
			if e := math.Abs(a-b) / (asm.Nrm2(jv)*asm.Nrm2(u) + 1e-300); e > 1e-13 {
				t.Fatalf("k=%d: ⟨JV, U⟩ is %g, ⟨V, JᵀU⟩ %g", k, a, b)
			}
			op.MulVecs(jv, jtu, k)
			op.MulGramVecs(u, u, k)
			sameBits(t, fmt.Sprintf("k=%d: GU in place", k), u, jv)
		}
	})
}

// TestSeveralVectorsKeepApart: what is not finite in one vector, or in a sample,
// does not reach others.
func TestSeveralVectorsKeepApart(t *testing.T) {
	p := newProblem(66, 130, 5, 3)
	op, _ := New(p.net, p.x, nil)
	op.Linearize(make([]float64, p.n))
	const k = 7
	rng := rand.New(rand.NewPCG(9, 9))
	v, u := normals(rng, k*p.m*p.d), normals(rng, k*p.n)
	for q, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), math.Copysign(0, -1), 5e-324, 1e308} {
		for i := range 40 {
			v[q*p.m*p.d+3*i], u[q*p.n+i] = bad, bad
		}
	}
	checkSeveral(t, p, op, v, u, k)
}

func TestSeveralVectorsAllocateOnce(t *testing.T) {
	p := newProblem(200, 500, 9, 1)
	const k = 5
	op, _ := New(p.net, p.x, &Options{Workers: 2})
	u, v := make([]float64, k*p.n), make([]float64, k*p.m*p.d)
	for name, call := range map[string]func(){
		"MulVecs":      func() { op.MulVecs(u, v, k); op.MulVecs(u[:2*p.n], v[:2*p.m*p.d], 2) },
		"MulTransVecs": func() { op.MulTransVecs(v, u, k) },
		"MulGramVecs":  func() { op.MulGramVecs(u, u, k) },
	} {
		call()
		if n := testing.AllocsPerRun(20, call); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
	floats := cap(op.packed)
	for i := range op.work {
		ws := &op.work[i]
		floats += cap(ws.wide) + cap(ws.terms) + cap(ws.dots)
	}
	if got, want := uint64(8*floats), VecsBytes(p.m, p.d, k, 2); got > want || got < want-want/8 {
		t.Errorf("%d bytes of scratch, VecsBytes says %d", got, want)
	}
}

// TestPackingHasEveryColumnOnce, in panels of whole lines that differ by one line at
// most, and tells how much scratch there is.
func TestPackingHasEveryColumnOnce(t *testing.T) {
	for d := 1; d <= 140; d++ {
		for k := 1; k <= 40; k++ {
			side := together(d, k)
			if side < 1 || side > k || side > 1 && side*d > packedLanes {
				t.Fatalf("d=%d k=%d: %d vectors side by side", d, k, side)
			}
			p := pack(d, side, 8)
			next, end := 0, 0
			var list [segmentsMost]segment
			for i := range p.panels {
				first, columns, stride := p.panel(i)
				if first != end || stride%8 != 0 || columns > stride || stride > asm.BitsWidth || stride < 8*p.lines || columns <= stride-8 {
					t.Fatalf("d=%d, %d vectors: panel %d of %d begins at %d with %d columns of %d", d, side, i, p.panels, first, columns, stride)
				}
				end = first + stride
				for _, s := range p.segments(&list, i) {
					if first+s.at != next || s.q*d+s.j != next || s.columns < 1 || s.j+s.columns > d {
						t.Fatalf("d=%d, %d vectors: panel %d has %+v for column %d", d, side, i, s, next)
					}
					next += s.columns
				}
			}
			if next != d*side || end != p.padded() {
				t.Fatalf("d=%d, %d vectors: %d columns, %d with padding", d, side, next, end)
			}
		}
	}
}

// TestSeveralVectorsEndWithTheContext, and the operator serves on.
func TestSeveralVectorsEndWithTheContext(t *testing.T) {
	p := newProblem(130, 300, 5, 4)
	op, _ := New(p.net, p.x, &Options{Workers: 2})
	op.Linearize(make([]float64, p.n))
	const k = 6
	rng := rand.New(rand.NewPCG(10, 11))
	v, u := normals(rng, k*p.m*p.d), normals(rng, k*p.n)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	op.Bind(ctx)
	op.MulVecs(make([]float64, k*p.n), v, k)
	op.MulTransVecs(make([]float64, len(v)), u, k)
	op.MulGramVecs(make([]float64, k*p.n), u, k)
	op.Bind(nil)
	checkSeveral(t, p, op, v, u, k)
}

// FuzzSeveralVectors compares products of any shape and values with those of each
// vector alone.
func FuzzSeveralVectors(f *testing.F) {
	f.Add(uint8(0), uint8(0), uint8(0), uint8(0), uint8(0), uint64(1))
	f.Add(uint8(65), uint8(129), uint8(16), uint8(25), uint8(1), uint64(2))
	f.Add(uint8(130), uint8(64), uint8(8), uint8(13), uint8(2), uint64(3))
	f.Add(uint8(7), uint8(200), uint8(32), uint8(2), uint8(1), uint64(4))
	f.Add(uint8(63), uint8(63), uint8(0), uint8(33), uint8(6), uint64(5))
	f.Fuzz(func(t *testing.T, samples, neurons, features, vectors, workers uint8, seed uint64) {
		p := newProblem(1+int(samples), 1+int(neurons), 1+int(features)%70, seed)
		k := 1 + int(vectors)%40
		op, err := New(p.net, p.x, &Options{Workers: 1 + int(workers)%7})
		if err != nil {
			t.Fatal(err)
		}
		op.Linearize(make([]float64, p.n))
		rng := rand.New(rand.NewPCG(seed, 12))
		v, u := normals(rng, k*p.m*p.d), normals(rng, k*p.n)
		for _, x := range [][]float64{v, u} {
			for range rng.IntN(20) {
				x[rng.IntN(len(x))] = math.Float64frombits(rng.Uint64())
			}
		}
		checkSeveral(t, p, op, v, u, k)
	})
}

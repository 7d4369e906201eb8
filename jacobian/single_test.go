package jacobian

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

// singleShapes add several parts of samples, sections of neurons and panels of features.
var singleShapes = append([][3]int{{2*foldSamples + 77, 70, 5}, {70, 3*1536 + 5, 3}, {65, 66, 300}, {9, 30, 1}}, severalShapes...)

// TestProductsInFloat32AreThoseInFloat64, up to what float32 loses: the norm of the difference is below
// 10⁻⁶·‖J‖·‖Jᵀu‖, and the bits depend neither on the other vectors nor on the workers.
func TestProductsInFloat32AreThoseInFloat64(t *testing.T) {
	counts := counts
	if testing.Short() { // an emulated processor takes a minute for all
		counts = counts[:4]
	}
	most := counts[len(counts)-1]
	for i, s := range singleShapes {
		p := newProblem(s[0], s[1], s[2], uint64(i))
		u := normals(rand.New(rand.NewPCG(7, uint64(i))), most*p.n)
		var alone []float64
		for _, workers := range []int{1, 3} {
			op, err := New(p.net, p.x, &Options{Workers: workers})
			if err != nil {
				t.Fatal(err)
			}
			op.Linearize(make([]float64, p.n))
			if alone == nil {
				alone = make([]float64, len(u))
				for q := range most {
					op.MulGramVecs32(alone[q*p.n:(q+1)*p.n], u[q*p.n:(q+1)*p.n], 1)
				}
				checkSingle(t, p, op, alone, u, 1e-6)
			}
			for _, k := range counts {
				got := make([]float64, k*p.n)
				op.MulGramVecs32(got, u[:k*p.n], k)
				sameBits(t, fmt.Sprintf("n=%d m=%d d=%d k=%d workers=%d", p.n, p.m, p.d, k, workers), got, alone[:k*p.n])
			}
		}
	}
}

// TestProductsInFloat32KeepTheirDigits however many samples are summed: the error is below 10⁻⁷·‖J‖·‖Jᵀu‖, which a sum
// of 400 000 samples in float32 alone is not.
func TestProductsInFloat32KeepTheirDigits(t *testing.T) {
	if testing.Short() {
		t.Skip("many samples")
	}
	p := newProblem(400_000, 64, 4, 1)
	op, err := New(p.net, p.x, nil)
	if err != nil {
		t.Fatal(err)
	}
	op.Linearize(make([]float64, p.n))
	u := normals(rand.New(rand.NewPCG(1, 1)), p.n)
	got := make([]float64, p.n)
	op.MulGramVecs32(got, u, 1)
	checkSingle(t, p, op, got, u, 1e-7)
}

func checkSingle(t *testing.T, p problem, op *Operator, got, u []float64, bound float64) {
	t.Helper()
	diag := make([]float64, p.n)
	op.GramMatrix().Diag(diag)
	norm := 0.0 // ‖J‖ in the Frobenius norm
	for _, v := range diag {
		norm += v
	}
	norm = math.Sqrt(norm)
	want, back := make([]float64, p.n), make([]float64, p.m*p.d)
	for q := range len(u) / p.n {
		op.MulTransVec(back, u[q*p.n:(q+1)*p.n])
		op.MulVec(want, back)
		asm.Axpy(want, -1, got[q*p.n:(q+1)*p.n])
		if e := asm.Nrm2(want); !(e <= bound*norm*asm.Nrm2(back)) {
			t.Errorf("n=%d m=%d d=%d, vector %d: %.3g off, ‖J‖ is %.3g, ‖Jᵀu‖ %.3g", p.n, p.m, p.d, q, e, norm, asm.Nrm2(back))
		}
	}
}

// TestProductsInFloat32HaveNoRange: powers of two change the result by powers of two, in every
// vector by itself, and what is not finite reaches no other vector.
func TestProductsInFloat32HaveNoRange(t *testing.T) {
	p := newProblem(200, 130, 9, 5)
	op, _ := New(p.net, p.x, &Options{Workers: 2})
	f := make([]float64, p.n)
	op.Linearize(f)
	u := normals(rand.New(rand.NewPCG(3, 3)), p.n)
	want := make([]float64, p.n)
	op.MulGramVecs32(want, u, 1)
	powers := []float64{1, 0x1p-900, 0x1p900, math.NaN(), math.Inf(1)}
	all := make([]float64, len(powers)*p.n)
	for q, f := range powers {
		asm.Scale(all[q*p.n:(q+1)*p.n], f, u)
	}
	op.MulGramVecs32(all, all, len(powers))
	for q, f := range powers {
		row := all[q*p.n : (q+1)*p.n]
		if f-f != 0 {
			if v := asm.Nrm2(row); v-v == 0 {
				t.Errorf("times %g: finite", f)
			}
			continue
		}
		scaled := make([]float64, p.n)
		asm.Scale(scaled, f, want)
		sameBits(t, fmt.Sprintf("times %g", f), row, scaled)
	}
	for _, power := range []float64{0x1p-300, 0x1p300} {
		x := make([]float64, len(p.x))
		asm.Scale(x, power, p.x)
		scaled, err := New(p.net, x, nil)
		if err != nil {
			t.Fatal(err)
		}
		scaled.Linearize(f)
		got := make([]float64, p.n)
		scaled.MulGramVecs32(got, u, 1)
		asm.Scale(got, 1/power/power, got)
		sameBits(t, fmt.Sprintf("samples times %g", power), got, want)
	}
}

func TestProductsInFloat32AllocateOnce(t *testing.T) {
	p := newProblem(200, 500, 9, 1)
	const k = 5
	op, _ := New(p.net, p.x, &Options{Workers: 2})
	op.Linearize(make([]float64, p.n))
	u := make([]float64, k*p.n)
	call := func() { op.MulGramVecs32(u, u, k) }
	call()
	if n := testing.AllocsPerRun(20, call); n != 0 {
		t.Errorf("%v allocations", n)
	}
	s := op.single
	bytes := 4*(cap(s.x)+cap(s.packed)+cap(s.u)) + 8*cap(s.powers)
	for i := range s.work {
		w := &s.work[i]
		bytes += 4*(cap(w.rows)+cap(w.terms)+cap(w.row)+cap(w.table)) + 8*(cap(w.sums)+cap(w.dots))
	}
	if got, want := uint64(bytes), SingleBytes(p.n, p.m, p.d, k, 2); got > want+want/50 || got < want-want/8 {
		t.Errorf("%d bytes of scratch, SingleBytes says %d", got, want)
	}
}

// TestProductsInFloat32EndWithTheContext, and the operator serves on.
func TestProductsInFloat32EndWithTheContext(t *testing.T) {
	p := newProblem(130, 300, 5, 4)
	op, _ := New(p.net, p.x, &Options{Workers: 2})
	op.Linearize(make([]float64, p.n))
	u := normals(rand.New(rand.NewPCG(10, 11)), p.n)
	got, want := make([]float64, p.n), make([]float64, p.n)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	op.Bind(ctx)
	op.MulGramVecs32(got, u, 1)
	op.Bind(nil)
	op.MulGramVecs32(got, u, 1)
	fresh, _ := New(p.net, p.x, nil)
	fresh.Linearize(make([]float64, p.n))
	fresh.MulGramVecs32(want, u, 1)
	sameBits(t, "after a context that had ended", got, want)
}

func BenchmarkMulGramVecs32(b *testing.B) {
	for _, s := range [][4]int{{16000, 4096, 17, 1}, {16000, 4096, 17, 26}, {20000, 2048, 188, 1}, {20000, 4096, 56, 1}} {
		n, m, d, k := s[0], s[1], s[2], s[3]
		p := newProblem(n, m, d, 1)
		op, _ := New(p.net, p.x, nil)
		op.Linearize(make([]float64, n))
		u := normals(rand.New(rand.NewPCG(1, 1)), k*n)
		dst := make([]float64, k*n)
		for name, product := range map[string]func(){
			"float64": func() { op.MulGramVecs(dst, u, k) },
			"float32": func() { op.MulGramVecs32(dst, u, k) },
		} {
			b.Run(fmt.Sprintf("n=%d/m=%d/d=%d/k=%d/%s", n, m, d, k, name), func(b *testing.B) {
				product()
				for b.Loop() {
					product()
				}
				b.ReportMetric(4*float64(n*m*d*k)*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
			})
		}
	}
}

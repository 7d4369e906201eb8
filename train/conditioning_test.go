package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/hadamard"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// sketchedFactor returns R of the QR factorisation of S·Jᵀ.
func sketchedFactor(t *testing.T, op jacobian.Linearization, full bool, s int, seed uint64) *solver.SketchQR {
	t.Helper()
	n := op.Samples()
	var sk jacobian.Sketch
	var err error
	if full {
		layout := op.Layout()
		sk, err = hadamard.NewSRHT(layout.All(), s, seed)
	} else {
		sk, err = op.NewKroneckerSketch(s, seed)
	}
	if err != nil {
		t.Fatal(err)
	}
	sj := make([]float64, s*n)
	if err := op.Sketch(sj, sk); err != nil {
		t.Fatal(err)
	}
	qr, err := solver.NewSketchQR(t.Context(), sj, s, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	return qr
}

// conditionOf returns κ(JᵀR⁻¹) from the extreme eigenvalues of R⁻ᵀ JJᵀ R⁻¹.
// Products go through J and Jᵀ, not through a formed Gram matrix, so that the
// figure stands at κ(G) = 10⁹ and beyond.
func conditionOf(op jacobian.Linearization, qr *solver.SketchQR) float64 {
	n := op.Samples()
	tmp := make([]float64, n)
	low, high := extremes(func(dst, x []float64) {
		qr.SolveR(tmp, x)
		op.MulGramVec(tmp, tmp)
		qr.SolveRTrans(dst, tmp)
	}, n, 60)
	return math.Sqrt(high / low)
}

// cgIterations counts the iterations to 10⁻⁶ on a random right-hand side.
func cgIterations(t *testing.T, op jacobian.Linearization, pre solver.Preconditioner) int {
	t.Helper()
	n := op.Samples()
	rng := rand.New(rand.NewPCG(8, 8))
	b, x := make([]float64, n), make([]float64, n)
	for i := range b {
		b[i] = rng.NormFloat64()
	}
	res, err := solver.CG(t.Context(), x, solver.OperatorFunc(op.MulGramVec), b, &solver.Options{RelTol: 1e-6, MaxIter: 2000, Preconditioner: pre})
	if err != nil {
		t.Fatal(err)
	}
	return res.Iterations
}

// sketchSeeds is the number of sketches a median is taken over: five, and one
// in a short run, which is for the slow paths.
func sketchSeeds() uint64 {
	if testing.Short() {
		return 1
	}
	return 5
}

// TestSketchConditioning: R of the sketch makes JᵀR⁻¹ nearly orthonormal, for
// the full SRHT at s = 4n and the Kronecker SRHT at s = 6n alike, on real data,
// on near-duplicates and on low-dimensional samples; and conjugate gradients
// then need at most 30 iterations to 10⁻⁶. Data on the sphere alone could not
// tell a broken sketch from a good one.
func TestSketchConditioning(t *testing.T) {
	problems := []struct {
		name  string
		data  *dataset
		m     int
		seeds uint64
	}{
		{"dup(1e-2)", dup(128, 32, 1e-2, 1).dataset(), 2048, sketchSeeds()},
		{"dup(1e-4)", dup(128, 32, 1e-4, 1).dataset(), 2048, sketchSeeds()},
		{"lowdim", lowdim(128, 32, 1).dataset(), 2048, sketchSeeds()},
	}
	if !testing.Short() {
		digits := trainingRows(t, readTable(t, digitsFile, "digit"), 1437, 1)
		problems = append(problems, problems[0])
		problems[3].name, problems[3].data, problems[3].m, problems[3].seeds = "digits", digits, 4096, 3
	}
	for _, p := range problems {
		for _, full := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s/full=%v", p.name, full), func(t *testing.T) {
				tr := newTestTrainer(t, p.data, Options{Width: p.m, Seed: 1, Method: MatrixFree, Rule: GaussNewton})
				n := len(p.data.y)
				s := 6 * n
				if full {
					s = 4 * n
				}
				var kappas, iters []float64
				for seed := uint64(1); seed <= p.seeds; seed++ {
					qr := sketchedFactor(t, tr.lin, full, s, seed)
					kappas = append(kappas, conditionOf(tr.lin, qr))
					iters = append(iters, float64(cgIterations(t, tr.lin, qr)))
				}
				k, it := specimen.Median(kappas), specimen.Median(iters)
				t.Logf("s=%d: κ(JᵀR⁻¹) median %.2f of %.2f, CG iterations to 1e-6 median %.0f", s, k, kappas, it)
				if !(k <= 4) {
					t.Errorf("median κ(JᵀR⁻¹) = %g, want at most 4", k)
				}
				if it > 30 && !testing.Short() {
					t.Errorf("median of %g iterations, want at most 30", it)
				}
			})
		}
	}
}

// TestConditioningDoesNotFollowTheData: κ(JᵀR⁻¹) stays within 15 % as κ(G) goes
// from 20 to 10⁹.
func TestConditioningDoesNotFollowTheData(t *testing.T) {
	for _, full := range []bool{true, false} {
		var first float64
		for _, eps := range []float64{1, 1e-2, 1e-4} {
			p := dup(128, 32, eps, 2)
			if eps == 1 {
				p = sphere(128, 32, 2)
			}
			tr := newTestTrainer(t, p.dataset(), Options{Width: 2048, Seed: 1, Method: MatrixFree, Rule: GaussNewton})
			n := len(p.y)
			s := 6 * n
			if full {
				s = 4 * n
			}
			low, high := extremes(tr.lin.MulGramVec, n, n)
			var kappas []float64
			for seed := uint64(1); seed <= sketchSeeds(); seed++ {
				kappas = append(kappas, conditionOf(tr.lin, sketchedFactor(t, tr.lin, full, s, seed)))
			}
			k := specimen.Median(kappas)
			t.Logf("full=%v eps=%g: κ(G) = %.2g, κ(JᵀR⁻¹) = %.3f", full, eps, high/low, k)
			if eps == 1 {
				first = k
				continue
			}
			if math.Abs(k/first-1) > 0.15 {
				t.Errorf("full=%v eps=%g: κ(JᵀR⁻¹) = %g, at κ(G) ≈ 20 it was %g", full, eps, k, first)
			}
		}
	}
}

// TestRowSamplingFails is the control: sampling rows of Jᵀ without mixing them
// first is no sketch, and the near-duplicates show it.
func TestRowSamplingFails(t *testing.T) {
	tr := newTestTrainer(t, dup(128, 32, 1e-2, 1).dataset(), Options{Width: 2048, Seed: 1, Method: MatrixFree, Rule: GaussNewton})
	n, m, d := len(tr.r), tr.net.M, tr.net.D
	s := 4 * n
	var kappas []float64
	row := make([]float64, m*d)
	for seed := uint64(1); seed <= sketchSeeds(); seed++ {
		rows := portable.Permutation(m*d, seed, streamSplit)[:s]
		sj := make([]float64, s*n)
		for i := 0; i < n; i++ {
			tr.lin.(*jacobian.Operator).Row(row, i)
			for j, k := range rows {
				sj[j*n+i] = row[k]
			}
		}
		qr, err := solver.NewSketchQR(t.Context(), sj, s, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		kappas = append(kappas, conditionOf(tr.lin, qr))
	}
	if k := specimen.Median(kappas); !(k > 10) {
		t.Errorf("κ(JᵀR⁻¹) = %g for plain row sampling: the data cannot tell a sketch from none", k)
	} else {
		t.Logf("row sampling: κ(JᵀR⁻¹) = %.1f", k)
	}
}

// TestTrueResidualOfNearDuplicates: at distance 10⁻⁶ conjugate gradients on G
// report convergence that the step does not have; refining the step itself, or
// LSQR on R⁻ᵀJ, reaches 10⁻⁹.
func TestTrueResidualOfNearDuplicates(t *testing.T) {
	p := dup(96, 16, 1e-6, 1)
	tr := newTestTrainer(t, p.dataset(), Options{Width: 1024, Seed: 1, Method: MatrixFree})
	n, m, d := len(tr.r), tr.net.M, tr.net.D
	qr := sketchedFactor(t, tr.lin, true, 4*n, 1)
	b := tr.r
	g, step := make([]float64, n), make([]float64, m*d)
	truth := func() float64 {
		r := make([]float64, n)
		tr.lin.MulVec(r, step)
		asm.Axpy(r, -1, b)
		return asm.Nrm2(r) / asm.Nrm2(b)
	}
	res, err := solver.CG(t.Context(), g, solver.OperatorFunc(tr.lin.MulGramVec), b, &solver.Options{RelTol: 1e-13, MaxIter: 200, Preconditioner: qr, NoRestart: true})
	if err != nil {
		t.Fatal(err)
	}
	tr.lin.MulTransVec(step, g)
	e := truth()
	t.Logf("CG: recurrence %.2g, reported true residual %.2g, of the step %.2g (%v)", res.Residual, res.TrueResidual, e, res.Reason)
	if !(e > 1e-6) || !(res.Residual < 1e-12*asm.Nrm2(b)) {
		t.Errorf("recurrence %g, true residual %g: the case shows nothing", res.Residual, e)
	}
	if res.Reason == solver.Converged {
		t.Error("CG claims convergence")
	}
	min, err := solver.MinNorm(t.Context(), step, tr.lin, b, &solver.Options{RelTol: 1e-9, Preconditioner: qr})
	if err != nil {
		t.Fatal(err)
	}
	if e := truth(); !(e <= 1e-9) {
		t.Errorf("refined in parameter space: true residual %g (%v)", e, min.Reason)
	}
	lsrn, err := solver.NewLeftPreconditioned(tr.lin, qr, n)
	if err != nil {
		t.Fatal(err)
	}
	rhs := make([]float64, n)
	qr.SolveRTrans(rhs, b)
	if _, err := solver.LSQR(t.Context(), step, lsrn, rhs, &solver.Options{RelTol: -1, MaxIter: 100}); err != nil {
		t.Fatal(err)
	}
	if e := truth(); !(e <= 1e-9) {
		t.Errorf("LSQR on R⁻ᵀJ: true residual %g", e)
	}
}

// TestSolversAgree: on well separated samples, Cholesky on G, conjugate
// gradients refined in parameter space, and LSQR on R⁻ᵀJ find the same step.
func TestSolversAgree(t *testing.T) {
	p := sphere(150, 24, 6)
	tr := newTestTrainer(t, p.dataset(), Options{Width: 1500, Seed: 1, Method: MatrixFree})
	n, m, d := len(tr.r), tr.net.M, tr.net.D
	chol, err := solver.NewCholesky(t.Context(), gram(tr.lin), n, nil)
	if err != nil {
		t.Fatal(err)
	}
	u, want := make([]float64, n), make([]float64, m*d)
	chol.SolveVec(u, tr.r)
	tr.lin.MulTransVec(want, u)

	qr := sketchedFactor(t, tr.lin, false, 6*n, 1)
	got := make([]float64, m*d)
	differs := func(name string) {
		asm.Axpy(got, -1, want)
		if e := asm.Nrm2(got) / asm.Nrm2(want); !(e <= 1e-9) {
			t.Errorf("%s: the step differs by %g of its length", name, e)
		}
	}
	if _, err := solver.MinNorm(t.Context(), got, tr.lin, tr.r, &solver.Options{RelTol: 1e-12, Preconditioner: qr}); err != nil {
		t.Fatal(err)
	}
	differs("MinNorm")
	lsrn, err := solver.NewLeftPreconditioned(tr.lin, qr, n)
	if err != nil {
		t.Fatal(err)
	}
	qr.SolveRTrans(u, tr.r)
	if _, err := solver.LSQR(t.Context(), got, lsrn, u, &solver.Options{RelTol: 1e-13}); err != nil {
		t.Fatal(err)
	}
	differs("LSQR")
}

// TestUndampedSketchOfNearDuplicates: with no damping to lift it, a preconditioner
// of condition 7·10⁴ still factors, which it would not in float32.
func TestUndampedSketchOfNearDuplicates(t *testing.T) {
	data := dup(128, 32, 1e-4, 1).dataset()
	tr := newTestTrainer(t, data, Options{Width: 2048, Seed: 1, Method: Sketched, Rule: GaussNewton, InnerTol: 1e-6})
	var in newton.Trace
	if err := tr.sys.Refresh(t.Context(), &in); err != nil {
		t.Fatal(err)
	}
	err := tr.sys.MinNorm(t.Context(), tr.vec.step, tr.r, &in)
	if err != nil || !(in.Residual <= 1e-6) || in.Iterations > 60 {
		t.Errorf("true residual %g after %d iterations; %v", in.Residual, in.Iterations, err)
	}
}

package train

import (
	"fmt"
	"math"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/solver"
	"github.com/nearlinear/nearlinear/train/internal/newton"
	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/table"
)

// smallest returns λ_min of a positive definite matrix, as 1/λ_max of its
// inverse.
func smallest(t *testing.T, g []float64, n int) float64 {
	t.Helper()
	chol, err := solver.NewCholesky(t.Context(), g, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, high := extremes(chol.SolveVec, n, 40)
	return 1 / high
}

// TestPaperOnDigits runs the paper's iteration on the digits: the residual
// contracts by at least three at each step until rounding, λ_min of the Gram
// matrix stays above half its start (the stability its proof rests on), and the
// error falls to 10⁻¹⁰ within eight steps.
func TestPaperOnDigits(t *testing.T) {
	widths := []int{4096, 16384}
	if testing.Short() {
		t.Skip("λ_min of a 1437 × 1437 matrix at every step: minutes on the generic path")
	}
	table := readTable(t, digitsFile, "digit")
	for _, m := range widths {
		t.Run(fmt.Sprintf("m=%d", m), func(t *testing.T) {
			tr := newTestTrainer(t, trainingRows(t, table, 1437, 1), Options{Width: m, Seed: 1, Rule: GaussNewton, Method: Exact})
			n := tr.lin.Samples()
			first := smallest(t, gram(tr.lin), n)
			last := rmse(tr.r)
			t.Logf("step 0: RMSE %.3g, λ_min %.4g", last, first)
			for step := 1; ; step++ {
				if step > 8 {
					t.Fatalf("RMSE %g after 8 steps", last)
				}
				var s Step
				if err := tr.try(t.Context(), &s); err != nil {
					t.Fatal(err)
				}
				low := smallest(t, gram(tr.lin), n)
				t.Logf("step %d: RMSE %.3g, λ_min %.4g, gates flipped %.4f", step, s.TrainRMSE, low, s.FlipShare)
				if low < first/2 {
					t.Errorf("step %d: λ_min %g, below half of %g", step, low, first)
				}
				if s.TrainRMSE > last/3 {
					t.Errorf("step %d: RMSE %g after %g, contracted by less than 3", step, s.TrainRMSE, last)
				}
				if last = s.TrainRMSE; last <= 1e-10 {
					return
				}
			}
		})
	}
}

// TestMethodsAgreeOnDigits: one step solved to 10⁻¹⁰ gives the same weights to
// 10⁻⁸ of the step, exactly or by either sketch.
func TestMethodsAgreeOnDigits(t *testing.T) {
	if testing.Short() {
		t.Skip("QR of 8622 × 1437 matrices: minutes on the generic path")
	}
	data := trainingRows(t, readTable(t, digitsFile, "digit"), 1437, 1)
	step := func(o Options) ([]float64, Step) {
		o.Width, o.Seed, o.Rule, o.InnerTol = 4096, 1, GaussNewton, 1e-10
		tr := newTestTrainer(t, data, o)
		var s Step
		if err := tr.try(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
		return tr.vec.step, s
	}
	want, _ := step(Options{Method: Exact})
	for _, o := range []Options{{Method: Sketched, Sketch: KroneckerSRHT}, {Method: Sketched, Sketch: FullSRHT}, {Method: MatrixFree}, {Method: MatrixFree, Rank: 300}, {Method: GramCG, Rank: 300}} {
		got, s := step(o)
		asm.Axpy(got, -1, want)
		e := asm.Nrm2(got) / asm.Nrm2(want)
		t.Logf("%v, sketch %v: %d inner iterations, true residual %.2g, weights differ by %.2g", o.Method, o.Sketch, s.InnerIters, s.InnerTrue, e)
		if !(e <= 1e-8) {
			t.Errorf("%v, sketch %v: the step differs by %g of its length", o.Method, o.Sketch, e)
		}
		if !(s.InnerTrue <= 1e-10) {
			t.Errorf("%v, sketch %v: true residual %g", o.Method, o.Sketch, s.InnerTrue)
		}
	}
}

// TestConcrete: duplicate rows with different targets make the Gram matrix
// singular; damped steps must stay finite, decrease the objective, and predict.
func TestConcrete(t *testing.T) {
	table := readTable(t, concreteFile, "compressive_strength")
	d := len(table.Features)
	seeds := 5
	if testing.Short() {
		seeds = 1
	}
	var errs []float64
	for seed := uint64(1); seed <= uint64(seeds); seed++ {
		order := portable.Permutation(len(table.Y), 1000+seed, streamSplit)
		k := len(order) * 8 / 10
		x, y := rowsOf(table, order[:k])
		xt, yt := rowsOf(table, order[k:])
		o := &Options{Seed: seed}
		if testing.Short() {
			o.Ridge = 0.03 // the choice takes long on the generic path
		}
		model, report, err := Fit(t.Context(), x, y, d, o)
		if err != nil {
			t.Fatal(err)
		}
		last := math.Inf(1)
		for _, s := range report.Steps {
			if !s.Accepted {
				continue
			}
			if !(s.Loss < last) || s.Loss-s.Loss != 0 {
				t.Errorf("seed %d, step %d: objective %g after %g", seed, s.Index, s.Loss, last)
			}
			last = s.Loss
		}
		pred := make([]float64, len(yt))
		if err := model.Predict(pred, xt); err != nil {
			t.Fatal(err)
		}
		asm.Axpy(pred, -1, yt)
		e := rmse(pred) / model.Scaler.YStd[0]
		t.Logf("seed %d: test RMSE %.4f of a standard deviation, %d steps, %v", seed, e, len(report.Steps)-1, report.Stop)
		errs = append(errs, e)
	}
	if testing.Short() {
		return // one split is no median
	}
	if m := specimen.Median(errs); !(m <= 0.27) {
		t.Errorf("median test RMSE %.4f of a standard deviation, want at most 0.27", m)
	} else {
		t.Logf("median test RMSE %.4f", m)
	}
}

func rowsOf(table *table.Table, rows []int) (x, y []float64) {
	d := len(table.Features)
	for _, i := range rows {
		x = append(x, table.X[i*d:(i+1)*d]...)
		y = append(y, table.Y[i])
	}
	return x, y
}

// kernelLimit returns the Gram matrix of infinite width,
// K_ij = ⟨x_i, x_j⟩(π − arccos⟨x_i, x_j⟩)/2π for unit rows.
func kernelLimit(p synthetic) []float64 {
	n := len(p.y)
	k := make([]float64, n*n)
	for i := 0; i < n; i++ {
		for j := 0; j < n; j++ {
			c := asm.Dot(p.x[i*p.d:(i+1)*p.d], p.x[j*p.d:(j+1)*p.d])
			if i == j {
				c = 1
			}
			c = max(-1, min(1, c))
			k[i*n+j] = c * (math.Pi - math.Acos(c)) / (2 * math.Pi)
		}
	}
	return k
}

// TestKernelLimit: G₀ tends to the kernel as m^-½, and λ_min(G₀) ≥ ¾ λ_min(K).
func TestKernelLimit(t *testing.T) {
	p := sphere(100, 32, 5)
	n := len(p.y)
	k := kernelLimit(p)
	lambda := smallest(t, k, n)
	if lambda < 0.8*0.148 || lambda > 1.2*0.152 {
		t.Errorf("λ_min(K) = %g, expected near 0.15", lambda)
	}
	for _, c := range []struct {
		m    int
		want float64
	}{{256, 0.4}, {16384, 0.05}} {
		tr := newTestTrainer(t, p.dataset(), Options{Width: c.m, Seed: 3})
		g := gram(tr.lin)
		low := smallest(t, g, n)
		asm.Axpy(g, -1, k)
		lo, hi := extremes(mulMatrix(g, n), n, 60)
		norm := max(-lo, hi)
		t.Logf("m=%d: ‖G₀ − K‖ = %.4f, λ_min(G₀)/λ = %.3f", c.m, norm, low/lambda)
		if norm > c.want {
			t.Errorf("m=%d: ‖G₀ − K‖ = %g, want below %g", c.m, norm, c.want)
		}
		if low < 0.75*lambda {
			t.Errorf("m=%d: λ_min(G₀) = %g, below ¾ of %g", c.m, low, lambda)
		}
	}
}

// TestSphere runs the paper's iteration on well separated samples and checks
// what its proof uses: λ_min(G_t) ≥ λ₀/2, contraction by two at each step,
// at most six steps to 10⁻¹⁰, the movement of all weights
// ‖W₁−W₀‖² = rᵀG⁻¹r, and the bound on the movement of each neuron.
func TestSphere(t *testing.T) {
	widths := []int{256, 1024, 4096}
	for _, m := range widths {
		p := sphere(200, 32, 7)
		n := len(p.y)
		tr := newTestTrainer(t, p.dataset(), Options{Width: m, Seed: 4, Rule: GaussNewton, Method: Exact})
		w0 := append([]float64(nil), tr.net.W...)
		r0 := asm.Nrm2(tr.r)
		g := gram(tr.lin)
		lambda := smallest(t, g, n)
		chol, err := solver.NewCholesky(t.Context(), g, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		z := make([]float64, n)
		chol.SolveVec(z, tr.r)
		want := asm.Dot(tr.r, z)
		steps := 0
		for last := rmse(tr.r); last > 1e-10; steps++ {
			if steps == 6 {
				t.Fatalf("m=%d: RMSE %g after six steps", m, last)
			}
			var s Step
			if err := tr.try(t.Context(), &s); err != nil {
				t.Fatal(err)
			}
			if s.TrainRMSE > last/2 {
				t.Errorf("m=%d step %d: RMSE %g after %g", m, steps+1, s.TrainRMSE, last)
			}
			if steps == 0 {
				if s.TrainRMSE > 0.12*last {
					t.Errorf("m=%d: the first step contracts by %g only", m, s.TrainRMSE/last)
				}
				if got := s.StepNorm * s.StepNorm; math.Abs(got/want-1) > 1e-8 {
					t.Errorf("m=%d: ‖W₁−W₀‖² = %.12g, rᵀG⁻¹r = %.12g", m, got, want)
				}
			}
			if low := smallest(t, gram(tr.lin), n); low < lambda/2 {
				t.Errorf("m=%d step %d: λ_min %g, start %g", m, steps+1, low, lambda)
			}
			last = s.TrainRMSE
		}
		bound := 4 * math.Sqrt(float64(n)) * r0 / (lambda * math.Sqrt(float64(m)))
		diff := append([]float64(nil), tr.net.W...)
		asm.Axpy(diff, -1, w0)
		var worst float64
		for r := 0; r < m; r++ {
			worst = max(worst, asm.Nrm2(diff[r*p.d:(r+1)*p.d]))
		}
		t.Logf("m=%d: %d steps; largest movement of a neuron %.3g, bound %.3g", m, steps, worst, bound)
		if worst > bound/50 {
			t.Errorf("m=%d: a neuron moved by %g, more than a fiftieth of the bound %g", m, worst, bound)
		}
		if total, limit := asm.Nrm2(diff), 2*math.Sqrt2*r0/math.Sqrt(lambda); total > limit {
			t.Errorf("m=%d: ‖W−W₀‖ = %g, bound %g", m, total, limit)
		}
	}
}

// TestFirstContractionFallsWithWidth: the first ratio of residuals goes as
// m^-½.
func TestFirstContractionFallsWithWidth(t *testing.T) {
	var logM, logRatio []float64
	widths := []int{256, 1024, 4096, 16384}
	if testing.Short() {
		widths = widths[:3]
	}
	for _, m := range widths {
		var ratios []float64
		for seed := uint64(1); seed <= 5; seed++ {
			tr := newTestTrainer(t, sphere(100, 32, seed).dataset(), Options{Width: m, Seed: seed, Rule: GaussNewton, Method: Exact})
			before := rmse(tr.r)
			var s Step
			if err := tr.try(t.Context(), &s); err != nil {
				t.Fatal(err)
			}
			ratios = append(ratios, s.TrainRMSE/before)
		}
		r := specimen.Median(ratios)
		t.Logf("m=%d: median first ratio %.4f, times √m %.3f", m, r, r*math.Sqrt(float64(m)))
		logM, logRatio = append(logM, math.Log(float64(m))), append(logRatio, math.Log(r))
	}
	if slope := fitSlope(logM, logRatio); slope < -0.7 || slope > -0.4 {
		t.Errorf("slope of the first ratio against the width %.3f, want -0.5", slope)
	}
}

func fitSlope(x, y []float64) float64 {
	var mx, my, xy, xx float64
	for i := range x {
		mx += x[i] / float64(len(x))
		my += y[i] / float64(len(y))
	}
	for i := range x {
		xy += (x[i] - mx) * (y[i] - my)
		xx += (x[i] - mx) * (x[i] - mx)
	}
	return xy / xx
}

// TestRatioTracksTheForcingTerm: solving a step to ε₀ contracts the residual by
// about ε₀, as long as the width does not bind.
func TestRatioTracksTheForcingTerm(t *testing.T) {
	for _, eps := range []float64{0.5, 0.3, 0.1, 0.01} {
		tr := newTestTrainer(t, sphere(200, 32, 9).dataset(), Options{Width: 2048, Seed: 2, Rule: GaussNewton, Method: Sketched, InnerTol: eps})
		worst := 0.0
		for last := rmse(tr.r); last > 1e-8; {
			var s Step
			if err := tr.try(t.Context(), &s); err != nil {
				t.Fatal(err)
			}
			worst, last = max(worst, s.TrainRMSE/last), s.TrainRMSE
		}
		t.Logf("ε₀=%g: worst ratio %.3f", eps, worst)
		if worst > eps+1.3/math.Sqrt(2048)*3 {
			t.Errorf("ε₀=%g: a step contracted by %g only", eps, worst)
		}
	}
}

// TestDampedStepIdentity: (G + cI)u = r leaves the linearised residual c·u, the
// identity the predicted decrease rests on.
func TestDampedStepIdentity(t *testing.T) {
	p := dup(100, 16, 1e-3, 3)
	for _, o := range []Options{{Method: Exact}, {Method: Sketched, InnerTol: 1e-12}, {Method: MatrixFree, InnerTol: 1e-12}, {Method: MatrixFree, Rank: 20, InnerTol: 1e-12}, {Method: GramCG, InnerTol: 1e-12}, {Method: GramCG, Rank: 20, InnerTol: 1e-12}} {
		o.Width = 1000
		tr := newTestTrainer(t, p.dataset(), o)
		var s newton.Trace
		if err := tr.sys.Refresh(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
		const c = 1e-2
		u, gu := make([]float64, 100), make([]float64, 100)
		if err := tr.sys.Solve(t.Context(), u, tr.r, c, &s); err != nil {
			t.Fatal(err)
		}
		tr.lin.MulGramVec(gu, u)
		for i := range gu {
			gu[i] = tr.r[i] - gu[i] - c*u[i]
		}
		if e := asm.Nrm2(gu) / asm.Nrm2(tr.r); e > 1e-10 {
			t.Errorf("%v: ‖r − JJᵀu − cu‖ = %g‖r‖", o.Method, e)
		}
	}
}

// TestNonConvergenceIsReported: rough labels in three dimensions are beyond the
// undamped iteration at this width; it must say so rather than go on.
func TestNonConvergenceIsReported(t *testing.T) {
	p := lowdim(128, 32, 1)
	model, report, err := Fit(t.Context(), p.x, p.y, p.d, &Options{Width: 2048, Rule: GaussNewton, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if report.Stop != Diverged && report.Stop != ReachedMaxSteps {
		t.Errorf("stop: %v", report.Stop)
	}
	if report.TrainRMSE > report.Steps[0].TrainRMSE {
		t.Errorf("the model returned has RMSE %g, the start had %g", report.TrainRMSE, report.Steps[0].TrainRMSE)
	}
	if model == nil {
		t.Error("no model")
	}
}

// TestHeavilyDampedStepsDecreaseAsPredicted: small steps flip few gates, so the
// model of the objective, ridge and all, is nearly exact, and a wrong term in
// the step or in the prediction shows in the gain ratio.
func TestHeavilyDampedStepsDecreaseAsPredicted(t *testing.T) {
	p := dup(120, 8, 1e-2, 5)
	for _, method := range []Method{Exact, Sketched, MatrixFree, GramCG} {
		_, report, err := Fit(t.Context(), p.x, p.y, p.d, &Options{Width: 4000, Method: method, Ridge: 2, Damping: 20, InnerTol: 1e-10, MaxSteps: 3})
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range report.Steps[1:] {
			if !s.Accepted || math.Abs(s.GainRatio-1) > 0.1 {
				t.Errorf("%v, step %d: gain ratio %.4f at damping %g, %.4f of the gates flipped", method, s.Index, s.GainRatio, s.Damping, s.FlipShare)
			}
		}
	}
}

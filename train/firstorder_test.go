package train

import (
	"context"
	"errors"
	"math"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

// linearised returns a trainer of two samples whose targets lie so near the
// initial outputs, at a distance of e, that no gate opens or closes, and their G.
func linearised(t *testing.T, o Options, e [2]float64) (*trainer, []float64) {
	t.Helper()
	p := sphere(2, 5, 3)
	o.Width, o.Seed = 300, 3
	tr := newTestTrainer(t, p.dataset(), o)
	for i, f := range tr.f {
		tr.data.y[i] = f - e[i]
		tr.r[i] = f - tr.data.y[i]
	}
	tr.loss = tr.objective(0)
	return tr, gram(tr.lin)
}

func (t *trainer) gradientSteps(tb testing.TB, k int) {
	tb.Helper()
	for range k {
		s := Step{}
		if err := t.try(tb.Context(), &s); err != nil {
			tb.Fatal(err)
		}
		if s.Flips != 0 {
			tb.Fatal("a gate moved")
		}
	}
}

// TestGradientDescentContractsEigenvectors: without momentum, k steps multiply the
// residual along an eigenvector of G with eigenvalue λ by (1 − ηλ)ᵏ.
func TestGradientDescentContractsEigenvectors(t *testing.T) {
	const size, k = 1e-5, 12
	_, g := linearised(t, Options{Rule: GradientDescent}, [2]float64{})
	half, diff := (g[0]+g[3])/2, (g[0]-g[3])/2
	root := math.Hypot(diff, g[1])
	for _, lambda := range []float64{half + root, half - root} {
		v := [2]float64{g[1], lambda - g[0]}
		norm := math.Hypot(v[0], v[1])
		v[0], v[1] = size*v[0]/norm, size*v[1]/norm
		for _, rate := range []float64{0.3 / half, 1.7 / half} {
			tr, _ := linearised(t, Options{Rule: GradientDescent, Ridge: NoRidge, LearningRate: rate, Momentum: NoMomentum}, v)
			tr.gradientSteps(t, k)
			factor := 1.0
			for range k {
				factor *= 1 - rate*lambda
			}
			for i, r := range tr.r {
				if math.Abs(r-factor*v[i]) > 1e-12 {
					t.Errorf("λ = %g, η = %g: residual %d is %g, want %g", lambda, rate, i, r, factor*v[i])
				}
			}
		}
	}
}

// TestMomentumFollowsItsRecurrence: where nothing but the residual moves, heavy
// ball steps obey r⁺ = ((1+β)I − ηG)r − βr⁻, from r⁻ = r.
func TestMomentumFollowsItsRecurrence(t *testing.T) {
	const rate, beta = 0.4, 0.7
	r := [2]float64{1e-5, -2e-5}
	tr, g := linearised(t, Options{Rule: GradientDescent, Ridge: NoRidge, LearningRate: rate, Momentum: beta}, r)
	last := r
	for range 25 {
		next := [2]float64{}
		for i := range next {
			next[i] = (1+beta)*r[i] - rate*(g[2*i]*r[0]+g[2*i+1]*r[1]) - beta*last[i]
		}
		last, r = r, next
		tr.gradientSteps(t, 1)
		for i := range r {
			if math.Abs(tr.r[i]-r[i]) > 1e-12 {
				t.Fatalf("residual %d is %g, want %g", i, tr.r[i], r[i])
			}
		}
	}
}

// TestDefaultRateIsStable: the rate is one over an estimate of the largest
// eigenvalue of G + μI from below, by less than a fifth.
func TestDefaultRateIsStable(t *testing.T) {
	for _, p := range []synthetic{sphere(60, 7, 1), lowdim(60, 7, 2), dup(60, 7, 1e-3, 3)} {
		const mu = 0.5
		tr := newTestTrainer(t, p.dataset(), Options{Width: 200, Rule: GradientDescent, Ridge: mu})
		_, high := extremes(mulMatrix(gram(tr.lin), 60), 60, 60)
		var s Step
		if err := tr.try(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
		if got := tr.rule.(*firstOrder).rate * (high + mu); got < 1-1e-9 || got > 1.2 {
			t.Errorf("%s: rate times largest eigenvalue is %g", p.name, got)
		}
	}
}

// TestAdamMatchesReference compares with loops over all neurons and features that
// share nothing with the trainer, ridge included.
func TestAdamMatchesReference(t *testing.T) {
	const n, d, m, mu, rate, beta1, steps = 9, 4, 40, 0.3, 0.05, 0.8, 30
	p := sphere(n, d, 5)
	tr := newTestTrainer(t, p.dataset(), Options{Width: m, Rule: Adam, Ridge: mu, LearningRate: rate, Momentum: beta1})
	w := append([]float64(nil), tr.net.W...)
	start := append([]float64(nil), w...)
	mean, square := make([]float64, m*d), make([]float64, m*d)
	for k := 1; k <= steps; k++ {
		grad := make([]float64, m*d)
		loss := 0.0
		for i := range n {
			f := 0.0
			for r := range m {
				z := 0.0
				for j := range d {
					z += w[r*d+j] * p.x[i*d+j]
				}
				f += tr.net.A[r] * max(z, 0) / math.Sqrt(m)
			}
			e := f - p.y[i]
			loss += e * e / 2
			for r := range m {
				z := 0.0
				for j := range d {
					z += w[r*d+j] * p.x[i*d+j]
				}
				if z >= 0 {
					for j := range d {
						grad[r*d+j] += e * tr.net.A[r] * p.x[i*d+j] / math.Sqrt(m)
					}
				}
			}
		}
		moved := 0.0
		for q := range w {
			loss += mu / 2 * (w[q] - start[q]) * (w[q] - start[q])
			g := grad[q] + mu*(w[q]-start[q])
			mean[q] = beta1*mean[q] + (1-beta1)*g
			square[q] = 0.999*square[q] + 0.001*g*g
			delta := rate * mean[q] / (1 - math.Pow(beta1, float64(k))) / (math.Sqrt(square[q]/(1-math.Pow(0.999, float64(k)))) + 1e-8)
			w[q] -= delta
			moved += delta * delta
		}
		if k > 1 && math.Abs(tr.loss-loss) > 1e-9*loss {
			t.Fatalf("before step %d: objective %.15g, want %.15g", k, tr.loss, loss)
		}
		var s Step
		if err := tr.try(t.Context(), &s); err != nil {
			t.Fatal(err)
		}
		tr.loss = s.Loss
		if math.Abs(s.StepNorm-math.Sqrt(moved)) > 1e-9*s.StepNorm {
			t.Fatalf("step %d has length %.15g, want %.15g", k, s.StepNorm, math.Sqrt(moved))
		}
	}
	for q := range w {
		if math.Abs(w[q]-tr.net.W[q]) > 1e-8 {
			t.Fatalf("weight %d is %.15g, want %.15g", q, tr.net.W[q], w[q])
		}
	}
}

// TestFirstOrderFits: both rules come, without any option, to the objective that
// damped steps find on a problem that is nearly quadratic.
func TestFirstOrderFits(t *testing.T) {
	p := sphere(40, 6, 2)
	o := Options{Width: 512, Seed: 2, Ridge: 0.1}
	_, best, err := Fit(t.Context(), p.x, p.y, p.d, &o)
	if err != nil {
		t.Fatal(err)
	}
	want := best.Steps[best.Best].Loss
	for _, rule := range []StepRule{GradientDescent, Adam} {
		o.Rule = rule
		model, r, err := Fit(t.Context(), p.x, p.y, p.d, &o)
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Steps[r.Best].Loss; r.Stop != Stagnated || math.Abs(got-want) > 0.01*want {
			t.Errorf("%v: objective %g after %d steps, want %g; %v", rule, got, len(r.Steps)-1, want, r.Stop)
		}
		if r.LearningRate <= 0 || r.Momentum != 0.9 || r.Method != MatrixFree || model == nil {
			t.Errorf("%v: rate %g, momentum %g, method %v", rule, r.LearningRate, r.Momentum, r.Method)
		}
	}
}

// TestFirstOrderDiverges: a rate beyond the stable ones ends soon, and the model
// is the best on the way.
func TestFirstOrderDiverges(t *testing.T) {
	p := sphere(40, 6, 2)
	_, r, err := Fit(t.Context(), p.x, p.y, p.d, &Options{Width: 64, Rule: GradientDescent, LearningRate: 1e6})
	if err != nil || r.Stop != Diverged || r.TrainRMSE > r.Steps[0].TrainRMSE {
		t.Errorf("%v: %v after %d steps, error %g", err, r.Stop, len(r.Steps)-1, r.TrainRMSE)
	}
}

func TestFirstOrderOptionsAreChecked(t *testing.T) {
	p := sphere(10, 3, 1)
	for _, o := range []Options{
		{Rule: Adam + 1},
		{Rule: Adam, Method: Exact},
		{Rule: GradientDescent, Method: GramCG},
		{Rule: GradientDescent, Damping: 1},
		{Rule: GradientDescent, LearningRate: -1},
		{Rule: GradientDescent, LearningRate: math.NaN()},
		{Rule: GradientDescent, Momentum: 1},
		{Rule: Adam, Momentum: -0.5},
		{LearningRate: 1},
		{Momentum: 0.9},
		{Rule: GaussNewton, Momentum: NoMomentum},
	} {
		if _, _, err := Fit(t.Context(), p.x, p.y, p.d, &o); !errors.Is(err, ErrOption) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestFirstOrderCancels(t *testing.T) {
	p := sphere(40, 6, 2)
	for _, rule := range []StepRule{GradientDescent, Adam} {
		ctx, cancel := context.WithCancel(t.Context())
		model, r, err := Fit(ctx, p.x, p.y, p.d, &Options{Width: 64, Rule: rule, Progress: func(s Step) bool {
			if s.Index == 3 {
				cancel()
			}
			return true
		}})
		if !errors.Is(err, context.Canceled) || model == nil || len(r.Steps) != 4 || asm.Nrm2(model.Nets[0].W) == 0 {
			t.Errorf("%v: %v", rule, err)
		}
	}
}

// TestFirstOrderStepsAllocateNothing, the history aside.
func TestFirstOrderStepsAllocateNothing(t *testing.T) {
	p := sphere(40, 6, 2)
	for _, rule := range []StepRule{GradientDescent, Adam} {
		tr := newTestTrainer(t, p.dataset(), Options{Width: 64, Workers: 1, Rule: rule})
		var s Step
		step := func() {
			if err := tr.try(t.Context(), &s); err != nil {
				t.Fatal(err)
			}
		}
		step()
		if n := testing.AllocsPerRun(20, step); n > 0 {
			t.Errorf("%v: %g allocations a step", rule, n)
		}
	}
}

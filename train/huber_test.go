package train

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/model"
)

// TestHuberHeedsWeights: of weight 0 a row is as if it were not there, bit for bit, be it off or not;
// equal weights are none.
func TestHuberHeedsWeights(t *testing.T) {
	x, _, y := curved(150, 0.5, 7)
	y[40] = 1e9
	weights := make([]float64, 150)
	var xs, ys []float64
	for i := range y {
		if weights[i] = 2; i%5 == 0 {
			weights[i] = 0
			continue
		}
		xs, ys = append(xs, x[5*i:5*i+5]...), append(ys, y[i])
	}
	o := &Options{Width: 256, Loss: Huber}
	without, r1, err := Fit(t.Context(), xs, ys, 5, o)
	if err != nil {
		t.Fatal(err)
	}
	weighed := *o
	weighed.Weights = weights
	with, r2, err := Fit(t.Context(), x, y, 5, &weighed)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(with.Nets[0].W, without.Nets[0].W) || r1.TrainRMSE != r2.TrainRMSE || r2.Outliers != nil {
		t.Errorf("other weights: error %g and %g, %v", r1.TrainRMSE, r2.TrainRMSE, r2.Outliers)
	}
}

// TestHuberOfWeightTwoIsARowTwice, up to how the copies are dealt to folds: copies are predicted by
// other rows only, so the weights of the loss are about the same.
func TestHuberOfWeightTwoIsARowTwice(t *testing.T) {
	notUnderRace(t)
	const n, share = 120, 1 / 1.5
	x, _, y := curved(n, 0.5, 8)
	y[30], y[31] = 1e9, -1e6
	weights := make([]float64, n)
	var x2, y2 []float64
	for i := range y {
		weights[i] = float64(1 + i%2)
		for range 1 + i%2 {
			x2, y2 = append(x2, x[5*i:5*i+5]...), append(y2, y[i])
		}
	}
	twice, _, err := Fit(t.Context(), x2, y2, 5, &Options{Width: 400, Loss: Huber, Method: Exact, Ridge: 0.1, MaxSteps: 8})
	if err != nil {
		t.Fatal(err)
	}
	once, _, err := Fit(t.Context(), x, y, 5, &Options{Width: 400, Loss: Huber, Method: Exact, Ridge: 0.1 * share, MaxSteps: 8, Weights: weights})
	if err != nil {
		t.Fatal(err)
	}
	plain, _, err := Fit(t.Context(), x, y, 5, &Options{Width: 400, Loss: Huber, Method: Exact, Ridge: 0.1 * share, MaxSteps: 8})
	if err != nil {
		t.Fatal(err)
	}
	xNew, _, _ := curved(500, 0, 108)
	want := predictions(t, twice, xNew)
	if got, other := errorOn(t, once, xNew, want), errorOn(t, plain, xNew, want); got > 0.15 || got > other/2 {
		t.Errorf("predictions differ by %.3g from those of copies, without weights by %.3g", got, other)
	}
}

// TestHuberIsTheSameForAllWorkers, in more than one block.
func TestHuberIsTheSameForAllWorkers(t *testing.T) {
	x, _, y := curved(1100, 0.5, 9)
	y[700] = -1e9
	for _, l := range []Loss{Squared, Huber} {
		var first *model.Model
		var told string
		for _, workers := range []int{1, 3} {
			o := &Options{Width: 64, Loss: l, Workers: workers, MaxSteps: 1, Bias: 2, KeepScale: true}
			if l == Huber {
				o.Folds = NoFolds
			}
			m, r, err := Fit(t.Context(), x, y, 5, o)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first, told = m, r.Outliers.String()
			}
			if !slices.Equal(m.Nets[0].W, first.Nets[0].W) || r.Outliers.String() != told {
				t.Errorf("%v with %d workers: other bits; %v", l, workers, r.Outliers)
			}
			if !strings.Contains(told, " row 700 ") {
				t.Errorf("%v: told of %s", l, told)
			}
		}
	}
}

// TestHuberOfHostileTargets: extreme, equal, equal but for one, and few rows give finite models
// or an error.
func TestHuberOfHostileTargets(t *testing.T) {
	x, _, y := curved(50, 0.5, 12)
	same := slices.Repeat([]float64{5}, 50)
	one := slices.Clone(same)
	one[20] = 1e9
	zeros := slices.Clone(y)
	for i := range 35 {
		zeros[i] = 0
	}
	huge := slices.Clone(y)
	huge[3], huge[4], huge[5] = math.MaxFloat64, -math.MaxFloat64, math.MaxFloat64
	all := make([]float64, 50)
	for i, v := range y {
		all[i] = 1e307 * v
	}
	equal := slices.Repeat(x[:5], 50)
	for name, c := range map[string]struct {
		x, y []float64
		near float64 // the predictions are no larger
	}{
		"equal targets": {x, same, 6}, "equal but for one": {x, one, 1e8}, "mostly zero": {x, zeros, 100}, "huge": {x, huge, 100},
		"all huge": {x, all, math.MaxFloat64}, "equal rows": {equal, huge, 20}, "three rows": {x[:15], y[:3], 100}, "one row": {x[:5], y[:1], 100},
	} {
		for _, l := range []Loss{Squared, Huber} {
			m, _, err := Fit(t.Context(), c.x, c.y, 5, &Options{Width: 64, Loss: l, MaxSteps: 2})
			if err != nil {
				t.Errorf("%s, %v: %v", name, l, err)
				continue
			}
			for _, p := range predictions(t, m, x) {
				if p-p != 0 && name != "huge" && name != "equal rows" || l == Huber && !(math.Abs(p) <= c.near) {
					t.Errorf("%s, %v: predicts %g", name, l, p)
					break
				}
			}
		}
	}
}

// TestHuberIsRefused where it would not do what it says, with what does.
func TestHuberIsRefused(t *testing.T) {
	x, _, y := curved(20, 0.5, 13)
	for name, c := range map[string]struct {
		y []float64
		o Options
		d int
	}{
		"two targets": {append(slices.Clone(y), y...), Options{}, 5}, "gauss-newton": {y, Options{Rule: GaussNewton}, 5}, "adam": {y, Options{Rule: Adam}, 5},
		"no ridge": {y, Options{Ridge: NoRidge}, 5}, "ranks": {y, Options{Reducer: refusing{}}, 5},
	} {
		c.o.Loss = Huber
		if _, _, err := Fit(t.Context(), x, c.y, c.d, &c.o); !errors.Is(err, ErrOption) || !strings.Contains(err.Error(), "Loss is huber") {
			t.Errorf("%s: %v", name, err)
		}
	}
	labels := slices.Repeat([]string{"a", "b"}, 10)
	if _, _, err := FitClasses(t.Context(), x, labels, 5, &Options{Loss: Huber}); !errors.Is(err, ErrOption) || !strings.Contains(err.Error(), "Loss is huber") {
		t.Error(err)
	}
	if _, _, err := Fit(t.Context(), x, y, 5, &Options{Loss: 2}); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := Fit(ctx, x, y, 5, &Options{Loss: Huber}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// refusing is a Reducer that nobody may call.
type refusing struct{}

func (refusing) Rank() int     { return 0 }
func (refusing) Size() int     { return 2 }
func (refusing) Sum([]float64) { panic("called") }

func TestParseLossIsTheInverseOfString(t *testing.T) {
	for _, l := range []Loss{Squared, Huber} {
		if got, err := ParseLoss(l.String()); err != nil || got != l {
			t.Errorf("%v: %v, %v", l, got, err)
		}
	}
	if _, err := ParseLoss("absolute"); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	if got := Loss(7).String(); got != "Loss(7)" {
		t.Error(got)
	}
}

package train

import (
	"errors"
	"math"
	"testing"
)

// TestEffortsHaveTheirNames, and no others.
func TestEffortsHaveTheirNames(t *testing.T) {
	for _, e := range []Effort{UsualEffort, Quick, Thorough} {
		if got, err := ParseEffort(e.String()); got != e || err != nil {
			t.Errorf("%v is read as %v, %v", e, got, err)
		}
	}
	if _, err := ParseEffort("fast"); !errors.Is(err, ErrOption) {
		t.Error(err)
	}
	for _, e := range []Effort{-1, Thorough + 1} {
		if _, err := (&Options{Effort: e}).resolve(100); !errors.Is(err, ErrOption) {
			t.Errorf("%v: %v", e, err)
		}
	}
}

// TestEffortLeavesWhatIsGiven: width and members that are given stay, others are those of the effort, which never takes
// fewer neurons than a smaller one.
func TestEffortLeavesWhatIsGiven(t *testing.T) {
	for _, e := range []Effort{UsualEffort, Quick, Thorough} {
		c, err := (&Options{Effort: e, Width: 100, Members: 3}).resolve(1000)
		if err != nil || c.Width != 100 || c.Members != 3 || c.widthChosen {
			t.Errorf("%v: width %d, %d members, %v", e, c.Width, c.Members, err)
		}
	}
	for _, n := range []int{100, 2000, 3000, 20000, 100000, 1000000} {
		for _, d := range []int{3, 60, 500} {
			before := 0
			for _, e := range []Effort{Quick, UsualEffort, Thorough} {
				c, err := (&Options{Effort: e, MemoryLimit: 1 << 40}).resolve(n)
				if err != nil {
					t.Fatal(err)
				}
				p, err := makePlan(c, c.inputs(d))
				if err != nil || c.Width < before {
					t.Errorf("%v, %d rows of %d: %d neurons, %d with less effort, %v", e, n, d, c.Width, before, err)
				}
				if bound := e.bounds(); c.Width > bound.widest || c.Width > fewestWidth && p.step > bound.longStep || (e == Quick) != (c.Members == 1) && n <= estimateMost {
					t.Errorf("%v, %d rows of %d: %d neurons, %d members, %g s", e, n, d, c.Width, c.Members, p.step)
				}
				if e == Thorough && (n == 20000 || n == 100000) && d == 60 && c.Width <= 4096 {
					t.Errorf("%d rows of %d: %d neurons at the greatest effort", n, d, c.Width)
				}
				before = c.Width
			}
		}
	}
}

// TestThoroughHasTimeForPieces that the usual effort has not.
func TestThoroughHasTimeForPieces(t *testing.T) {
	for _, c := range []struct {
		e             Effort
		with, without float64 // seconds of a step
		dear          bool
	}{{UsualEffort, 100, 1, true}, {UsualEffort, 1.1, 1, false}, {Thorough, 100, 1, false}, {Thorough, 3000, 1, true}} {
		cfg, err := (&Options{Effort: c.e}).resolve(10000)
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.dear(plan{step: c.with}, plan{step: c.without}); got != c.dear {
			t.Errorf("%v: %g s in place of %g is dear: %v", c.e, c.with, c.without, got)
		}
	}
}

// TestQuickTellsItsError by a few fits on rows that they have not seen.
func TestQuickTellsItsError(t *testing.T) {
	notUnderRace(t)
	x, y := growth(300, 3, 0.05, 1)
	xNew, yNew := growth(4000, 3, 0.05, 2)
	m, r, err := Fit(t.Context(), x, y, 3, &Options{Effort: Quick, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	if r.Width != 2048 || len(r.Choice.Members) != 1 || r.Estimate.Folds != 4 || r.Estimate.Rows > 4*31 {
		t.Errorf("width %d, %d members, %d fits on %d rows", r.Width, len(r.Choice.Members), r.Estimate.Folds, r.Estimate.Rows)
	}
	got, unit := errorOn(t, m, xNew, yNew), m.Scaler.YStd[0]
	if told, noise := r.Estimate.RMSE*unit, r.Estimate.RMSEError*unit; math.Abs(told-got) > 4*noise+0.1*got {
		t.Errorf("error %.3g, told %.3g ± %.2g", got, told, noise)
	}
}

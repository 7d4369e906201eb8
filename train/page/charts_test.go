package page

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train"
)

// TestHistogramCountsEveryValueOnce: bins are as wide as each other, do not
// overlap, and hold every value between their edges.
func TestHistogramCountsEveryValueOnce(t *testing.T) {
	for _, n := range []int{2, 7, 100, 5000} {
		x := make([]float64, n)
		for i := range x {
			x[i] = math.Sin(float64(i)) * 40 / float64(1+i%3)
		}
		h, ok := histogram(x)
		if !ok || len(h.X) > 45 {
			t.Fatalf("n=%d: %v, %d bins", n, ok, len(h.X))
		}
		for k, centre := range h.X {
			want := 0.0
			for _, v := range x {
				if v >= centre-h.Bar/2 && v < centre+h.Bar/2 {
					want++
				}
			}
			if h.Y[k] != want || h.Base[k] != 0 {
				t.Errorf("n=%d: bin %d has %g values, want %g", n, k, h.Y[k], want)
			}
		}
	}
	for _, x := range [][]float64{{3, 3}, {0}, {-math.MaxFloat64, math.MaxFloat64}, {1e300, 1e300 * (1 + 1e-12)}, {0, 5e-324}} {
		if _, ok := histogram(x); ok {
			t.Errorf("%v has a histogram", x)
		}
	}
}

// TestTimelineStacksPhases: the bars of a step end at the sum of its phases, and
// each begins where the last one ends.
func TestTimelineStacksPhases(t *testing.T) {
	for _, steps := range []int{9, 500} {
		r := history(steps)
		c := timeline(r)
		var total float64
		for _, s := range r.Steps {
			for _, d := range s.Phases.Durations() {
				total += d.Seconds() * 1e3
			}
		}
		last := c.Series[len(c.Series)-1]
		every := 1
		if steps > 60 {
			every = 9
		}
		sum := 0.0
		for g, y := range last.Y {
			in := min(every, len(r.Steps)-g*every)
			sum += y * float64(in)
			for k := range c.Series[1:] {
				if c.Series[k+1].Base[g] != c.Series[k].Y[g] {
					t.Fatalf("bar %d of phase %d hangs in the air", g, k+1)
				}
			}
		}
		if math.Abs(sum-total) > 1e-9*total || len(c.Series) != 6 {
			t.Errorf("%d steps: %d phases, %g ms, want %g", steps, len(c.Series), sum, total)
		}
	}
}

// TestLongHistoriesMakeShortPages of few rows, which hold the returned models.
func TestLongHistoriesMakeShortPages(t *testing.T) {
	r := history(3000)
	r.Best = 1234
	page := render(t, r, nil)
	if rows := strings.Count(page, "<tr"); rows > 310 || rows < 250 {
		t.Errorf("%d rows", rows)
	}
	if !regexp.MustCompile(`<tr class="best"><td>1234</td>`).MatchString(page) || !strings.Contains(page, "One step in 11 is listed") || strings.Count(page, "a3 3 0") > 2000 {
		t.Error("the step of the model is not in the table, or lines of many steps have marks")
	}
}

// TestTargetsAreToldApart: a line and a returned step each.
func TestTargetsAreToldApart(t *testing.T) {
	r := history(4)
	one := append([]train.Step(nil), r.Steps...)
	for k := range 2 {
		for _, s := range one {
			s.Target = k + 1
			s.Elapsed = time.Second
			r.Steps = append(r.Steps, s)
		}
	}
	r.Targets = []train.TargetReport{{Steps: r.Steps[:5], Best: 4}, {Steps: r.Steps[5:10], Best: 2}, {Steps: r.Steps[10:], Best: 1}}
	r.Best = 11
	page := render(t, r, nil)
	wellFormed(t, page)
	if n := strings.Count(page, `class="best"`); n != 3 || !strings.Contains(page, "One line for each of 3 targets") || !strings.Contains(page, "<th>target</th>") {
		t.Errorf("%d returned steps", n)
	}
	p := charts(r, &Options{})[0].svg()
	if n := strings.Count(p.Shapes[0].Line, "M"); n != 3 {
		t.Errorf("%d lines: %s", n, p.Shapes[0].Line)
	}
}

package page

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// history returns a report of the given number of steps after the start.
func history(steps int) *train.Report {
	nan := math.NaN()
	r := &train.Report{N: 824, NValid: 82, D: 9, Width: 4096, Method: train.Sketched, Why: "asked for", Seed: 7, Sketch: train.FullSRHT, SketchRows: 4096, StepTime: 40 * time.Millisecond, Ridge: 0.01, Kernels: "avx2", Bytes: 123e6, Stop: train.EarlyStopped, ValidRMSE: nan, Elapsed: 3210 * time.Millisecond}
	for k := range steps + 1 {
		s := train.Step{Index: k, Accepted: k%4 != 3, Loss: 400 * math.Exp(-float64(k)), TrainRMSE: math.Exp(-float64(k) / 2), ValidRMSE: 0.25 + math.Exp(-float64(k)/2), Damping: math.Pow(0.3, float64(k)), GainRatio: 0.8, StepNorm: 3, Flips: int64(1000 / (k + 1)), FlipShare: 0.01 / float64(k+1), InnerIters: 10 + k, InnerTrue: 1e-4, InnerStop: "tolerance", Elapsed: time.Duration(k) * 120 * time.Millisecond,
			Phases: train.Phases{Forward: 20 * time.Millisecond, Gram: 30 * time.Millisecond, Factor: 50 * time.Millisecond, Solve: 7 * time.Millisecond, Update: 9 * time.Millisecond, Validate: 2 * time.Millisecond}}
		if k == 0 {
			s = train.Step{Accepted: true, Loss: 400, TrainRMSE: 1, ValidRMSE: 1.25, GainRatio: nan, InnerTrue: nan, Phases: train.Phases{Forward: 20 * time.Millisecond}}
		} else if !s.Accepted {
			s.Loss, s.ValidRMSE, s.GainRatio = 500, nan, -0.4
		} else {
			r.Best, r.TrainRMSE, r.ValidRMSE = k, s.TrainRMSE, s.ValidRMSE
		}
		r.Steps = append(r.Steps, s)
	}
	return r
}

func render(t *testing.T, r *train.Report, p *Options) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, r, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// wellFormed checks nesting, with the few void elements of HTML allowed for.
func wellFormed(t *testing.T, page string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = true, []string{"meta", "br"}, xml.HTMLEntity
	d.Strict = false
	for {
		if _, err := d.Token(); err == io.EOF {
			return
		} else if err != nil {
			t.Fatalf("page is not well formed: %v", err)
		}
	}
}

func TestReportPageHoldsWhatTheReportSays(t *testing.T) {
	page := render(t, history(9), &Options{Title: "Concrete <1>", Target: "strength", Facts: []Fact{{"Data", "concrete & co.csv"}}, True: []float64{1, 2, 3}, Predicted: []float64{1.1, 2.2, 2.9}})
	wellFormed(t, page)
	for _, want := range []string{"Concrete &lt;1&gt;", "concrete &amp; co.csv", "824 trained on, 82 held out", "4096 neurons × 9 inputs = 36864 weights", "sketched: asked for", "Levenberg–Marquardt", "validation error no longer improves", "full, 4096 rows", "40 ms a step", "avx2", "123.0 MB", "3.21 s",
		"RMSE (standard deviations)", ">validation<", "tried and taken back", "Gate flips", "Inner iterations", "Damping", "true strength", "predicted strength", "prefers-color-scheme: dark", "returned", "taken back", "Cholesky"} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	if rows := strings.Count(page, "<tr"); rows != 11 {
		t.Errorf("%d table rows for 10 steps", rows)
	}
	if n := strings.Count(page, "<svg"); n != 10 {
		t.Errorf("%d pictures", n)
	}
	if name := os.Getenv("REPORT_PAGE"); name != "" { // for a look at it
		os.WriteFile(name, []byte(page), 0o644)
	}
}

func TestReportPageRefersToNothingOutside(t *testing.T) {
	page := render(t, history(5), &Options{Title: "https://example.com"})
	body := strings.ReplaceAll(page, "https://example.com", "")
	for _, bad := range []string{"http:", "https:", "src=", "href=", "@import", "url(", "<script", "<link", "ZgotmplZ"} {
		if strings.Contains(body, bad) {
			t.Errorf("page has %q", bad)
		}
	}
}

func TestReportPageIsDeterministic(t *testing.T) {
	if render(t, history(6), nil) != render(t, history(6), nil) {
		t.Error("equal reports give different pages")
	}
}

var numbers = regexp.MustCompile(` (?:d|x|y|dx|dy|viewBox)="([^"]*)"`)

func TestReportPageSurvivesOddHistories(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	odd := history(3)
	for i := range odd.Steps {
		odd.Steps[i].Loss, odd.Steps[i].TrainRMSE, odd.Steps[i].Damping = nan, nan, inf
	}
	mixed := history(4)
	mixed.Steps[2].Loss, mixed.Steps[4].Loss, mixed.Steps[1].TrainRMSE, mixed.Steps[2].TrainRMSE = inf, 0, 1e-300, 1e300
	flat := history(3)
	for i := range flat.Steps {
		flat.Steps[i].Loss, flat.Steps[i].TrainRMSE, flat.Steps[i].ValidRMSE = 2.5, 1, nan
	}
	tiny := history(2)
	for i := range tiny.Steps {
		tiny.Steps[i].Loss = 5e-324
	}
	exact := history(3)
	for i := range exact.Steps {
		exact.Steps[i].InnerIters, exact.Steps[i].Flips, exact.Steps[i].FlipShare, exact.Steps[i].Phases = 0, 0, 0, train.Phases{}
	}
	rejected := history(2)
	rejected.Steps[1].Accepted, rejected.Steps[2].Accepted, rejected.Best = false, false, 0
	const big = math.MaxFloat64
	for name, c := range map[string]struct {
		r *train.Report
		p *Options
	}{
		"zero": {&train.Report{}, nil}, "start only": {history(0), nil}, "one step": {history(1), nil}, "NaN": {odd, nil}, "mixed": {mixed, nil}, "flat": {flat, nil}, "tiny": {tiny, nil}, "exact": {exact, nil}, "all rejected": {rejected, nil},
		"one point":      {history(1), &Options{True: []float64{3}, Predicted: []float64{3}}},
		"zero point":     {history(1), &Options{True: []float64{0}, Predicted: []float64{0}}},
		"NaN points":     {history(1), &Options{True: []float64{nan, 1}, Predicted: []float64{2, inf}}},
		"huge points":    {history(1), &Options{True: []float64{-big, big}, Predicted: []float64{big, -big}}},
		"close points":   {history(1), &Options{True: []float64{1e15, 1e15 + 1}, Predicted: []float64{1e15 + 1, 1e15}}},
		"tiny points":    {history(1), &Options{True: []float64{5e-324, 0}, Predicted: []float64{0, 5e-324}}},
		"markup in name": {history(1), &Options{Target: `"><script>`, True: []float64{1}, Predicted: []float64{2}}},
	} {
		page := render(t, c.r, c.p)
		wellFormed(t, page)
		for _, m := range numbers.FindAllStringSubmatch(page, -1) {
			if strings.Contains(m[1], "N") || strings.Contains(m[1], "Inf") || strings.Contains(m[1], "e") {
				t.Errorf("%s: coordinates %q", name, m[0])
				break
			}
		}
		if strings.Contains(page, "<script>") {
			t.Errorf("%s: markup is not escaped", name)
		}
	}
}

func TestScatterIsThinned(t *testing.T) {
	x := make([]float64, 50001)
	for i := range x {
		x[i] = float64(i)
	}
	page := render(t, history(1), &Options{True: x, Predicted: x})
	if len(page) > 400<<10 || !strings.Contains(page, "50001 rows") || !strings.Contains(page, "One in 26 is drawn") {
		t.Errorf("page of %d bytes", len(page))
	}
}

func TestWriteReturnsErrors(t *testing.T) {
	if err := Write(io.Discard, history(1), &Options{True: []float64{1}}); !errors.Is(err, fault.ErrShape) {
		t.Error(err)
	}
	broken := errors.New("full")
	if err := Write(&specimen.Failing{Left: 100, Err: broken}, history(1), nil); !errors.Is(err, broken) {
		t.Error(err)
	}
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		a    axis
		want string
	}{
		{axis{lo: 0, hi: 10}, "0 2 4 6 8 10"},
		{axis{lo: -3, hi: 47}, "0 10 20 30 40"},
		{axis{lo: 0, hi: 1, Whole: true}, "0 1"},
		{axis{lo: 0, hi: 60, Whole: true}, "0 20 40 60"},
		{axis{lo: 1e-10, hi: 10, Log: true}, "10⁻¹⁰ 10⁻⁸ 10⁻⁶ 10⁻⁴ 0.01 1"},
		{axis{lo: 0.15, hi: 3, Log: true}, "0.2 0.5 1 2"},
		{axis{lo: 0.21, hi: 0.29, Log: true}, "0.22 0.24 0.26 0.28"},
	} {
		var got []string
		for _, k := range c.a.ticks(0, 100) {
			got = append(got, k.Text)
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("%g to %g: %s, want %s", c.a.lo, c.a.hi, s, c.want)
		}
	}
}

// TestPageOfSeveralTargets marks one returned step a target.
func TestPageOfSeveralTargets(t *testing.T) {
	x, one := specimen.Tabular(60, 4, 1)
	y := make([]float64, 0, 3*len(one))
	for i, v := range one {
		y = append(y, v, 1-v, x[4*i])
	}
	_, report, err := train.Fit(t.Context(), x, y, 4, &train.Options{Width: 64, MaxSteps: 3})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	if err := Write(&text, report, nil); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(text.String(), `<tr class="best">`); n != 3 {
		t.Errorf("%d steps are marked as returned", n)
	}
}

package page

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train"
)

// judged is a report of k classes with confusions, reliability, and three columns, of names with markup.
func judged(k int) *train.Report {
	r := history(3)
	e := &train.Estimate{Rows: 900, Folds: 2, Accuracy: 0.8, ECE: 0.0421, ECEByChance: 0.0312, Coverage: math.NaN()}
	for c := range k {
		r.Classes = append(r.Classes, fmt.Sprintf("<b>%d", c))
		row := make([]float64, k)
		row[c], row[(c+1)%k] = float64(700+c), float64(30+c)
		e.Confusion = append(e.Confusion, row)
	}
	for b := range 15 {
		p := 0.5 + float64(b)/30
		e.Reliability = append(e.Reliability, train.ReliabilityBin{Rows: 60, Probability: p, Right: p - 0.01, Chance: 0.05})
	}
	mean := func(v float64) []float64 {
		out := make([]float64, k)
		out[1], out[0] = v, 1-v
		return out
	}
	nan := math.NaN()
	e.Importance = &train.Importance{Rows: 800, Permutations: 4, Tried: 3, Columns: []train.ColumnImportance{
		{Column: 1, Name: "<i>size", Rise: 0.4321, RiseError: 0.021, WrongRise: 0.123, WrongRiseError: 0.01, Significant: true,
			Dependence: []train.DependencePoint{{Value: 1, Share: nan, Mean: mean(0.2)}, {Value: 2, Share: nan, Mean: mean(0.6)}}},
		{Column: 2, Name: "kind", Rise: 0.1, RiseError: 0.01, Significant: true,
			Dependence: []train.DependencePoint{{Text: "<u>low", Share: 0.625, Mean: mean(0.1234)}, {Text: "high", Share: 0.375, Mean: mean(0.3)}}},
		{Column: 0, Rise: -0.00001, RiseError: 0.02, WrongRise: -0.002},
	}}
	r.Estimate = e
	return r
}

// TestPageTellsClassesAndColumns: the figures are there, and names cannot be markup.
func TestPageTellsClassesAndColumns(t *testing.T) {
	page := render(t, judged(3), nil)
	wellFormed(t, page)
	for _, want := range []string{"Reliability", "Expected calibration error 0.0421, by chance 0.0312", `<td class="g5">701</td>`, `<td class="w2">31</td>`, `<td class="w0">0</td>`, "95.8 %", "95.9 %",
		"&lt;i&gt;size", "0.4321 <small>± 0.0210; wrong &#43;12.3 %", "mean of 4 permutations", "800 rows out of fold", "feature 0", ">0.0000 <small>", "wrong −0.2 %",
		"mean probability of &lt;b&gt;", "&lt;u&gt;low", "62.5 %", "log-loss"} {
		if !strings.Contains(page, want) {
			t.Errorf("page lacks %q", want)
		}
	}
	for _, bad := range []string{"<b>", "<i>", "<u>", "ZgotmplZ", "−0.0000"} {
		if strings.Contains(page, bad) {
			t.Errorf("page has %q", bad)
		}
	}
	if n := strings.Count(page, `<div class="bar none"`); n != 1 {
		t.Errorf("%d columns are told to be chance", n)
	}
}

// TestManyClassesAreNoMatrix: of each its recall, and the largest confusions in order.
func TestManyClassesAreNoMatrix(t *testing.T) {
	page := render(t, judged(26), nil)
	wellFormed(t, page)
	if n := strings.Count(page, `<td class="name">&lt;b&gt;`); n != 26+2*mostConfused || strings.Contains(page, `<td class="g5">`) {
		t.Errorf("%d names of classes", n)
	}
	if strings.Contains(page, "by their weights") {
		t.Error("whole numbers are told to be weights")
	}
	first, second := strings.Index(page, "<td>55</td>"), strings.Index(page, "<td>54</td>")
	if first < 0 || second < first || !strings.Contains(page, "Largest confusions") || strings.Contains(page, "<td>35</td>") {
		t.Errorf("the largest confusion stands at %d, the next at %d", first, second)
	}
}

// TestWeightedClassesAreSaidToBe, since their rows are no numbers of rows.
func TestWeightedClassesAreSaidToBe(t *testing.T) {
	r := judged(3)
	r.Estimate.Confusion[0][0] = 300.25
	if page := render(t, r, nil); !strings.Contains(page, "They count by their weights.") || !strings.Contains(page, ">300.2<") {
		t.Error("the page does not say that rows count by weight")
	}
}

// TestTwoClassesAreOneLine: that of the second.
func TestTwoClassesAreOneLine(t *testing.T) {
	r := judged(2)
	v := newColumnsView(r)
	if p := v.Pictures[0]; len(p.Shapes) != 1 || p.Legend[0].Name != "<b>1" || !strings.Contains(p.Alt, "0.2 to 0.6") {
		t.Errorf("%+v", p)
	}
	if l := v.Lists[0]; l.Values[0].Mean != 0.1234 || l.Values[0].At != "0.0%" || l.Values[1].At != "100.0%" {
		t.Errorf("%+v", l)
	}
}

// TestColumnsOfChanceAreCounted where there are many.
func TestColumnsOfChanceAreCounted(t *testing.T) {
	r := judged(2)
	i := r.Estimate.Importance
	for len(i.Columns) < 40 {
		i.Columns = append(i.Columns, train.ColumnImportance{Column: len(i.Columns)})
	}
	v := newColumnsView(r)
	if len(v.Bars) != 2+mostChance || !strings.Contains(v.Note, fmt.Sprintf("%d more of those", 38-mostChance)) {
		t.Errorf("%d bars: %s", len(v.Bars), v.Note)
	}
}

func TestShortHasNoExponentBelowAMillion(t *testing.T) {
	for v, want := range map[float64]string{208812: "208800", 12345: "12350", -99995: "−100000", 1234: "1234", 0.00012: "0.00012", 2e6: "2e+06", 999999: "1000000"} {
		if got := short(v); got != want {
			t.Errorf("%v is written %s, want %s", v, got, want)
		}
	}
}

func TestPageTellsIntervals(t *testing.T) {
	r := history(2)
	r.Estimate = &train.Estimate{Rows: 300, Folds: 10, RMSE: 0.25, R2: 0.93, Accuracy: math.NaN(), Coverage: 0.905, CoverageError: 0.017, IntervalWidth: 0.87}
	if page := render(t, r, nil); !strings.Contains(page, "intervals of level 0.9 cover 90.5 ± 1.7 %, 0.87 standard deviations wide") {
		t.Error("the page does not tell coverage and width")
	}
}

package train

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Metric is what Options.Decide makes large: how well classes are told.
type Metric int

const (
	MostProbable     Metric = iota // none: the most probable class is told
	Accuracy                       // share of the rows that are told right
	BalancedAccuracy               // mean over classes of the share of their rows that are told right (recall)
	F1                             // 2·right/(told + there) of the second of two classes, of more the mean over all (macro)
)

var metricNames = [...]string{"probable", "accuracy", "balanced", "f1"}

// String returns the name that ParseMetric takes.
func (m Metric) String() string {
	if m >= 0 && int(m) < len(metricNames) {
		return metricNames[m]
	}
	return fmt.Sprintf("Metric(%d)", int(m))
}

// ParseMetric returns the metric of a name, probable, accuracy, balanced or f1, or ErrOption.
func ParseMetric(name string) (Metric, error) {
	if k := slices.Index(metricNames[:], name); k >= 0 {
		return Metric(k), nil
	}
	return MostProbable, fmt.Errorf("train: a metric %s; there are %s: %w", fault.Clip(name), strings.Join(metricNames[:], ", "), ErrOption)
}

// Words names the metric in a report.
func (m Metric) Words() string {
	return [...]string{"accuracy", "accuracy", "balanced accuracy", "F1"}[m]
}

// Score returns the metric, of MostProbable the accuracy, of rows that are of class, and of which told is said, both
// indexes into so many classes, by weight; weights may be nil. A class beyond them is one that cannot be told.
// Classes without rows do not count in means. NaN without rows. It panics if the lengths differ.
func (m Metric) Score(class, told []int, weights []float64, classes int) float64 {
	if len(told) != len(class) || weights != nil && len(weights) != len(class) {
		panic(fmt.Sprintf("train: Score of %d classes, %d told and %d weights", len(class), len(told), len(weights)))
	}
	t := newTally(classes)
	for i, c := range class {
		w := 1.0
		if weights != nil {
			w = weights[i]
		}
		t.add(c, told[i], w)
	}
	return m.of(t)
}

// tally has the weight of the rows of each class: that are told right, for which it is told, and that there are.
type tally struct {
	right, told, there []float64
	all                float64
}

func newTally(classes int) *tally {
	return &tally{right: make([]float64, classes), told: make([]float64, classes), there: make([]float64, classes)}
}

// add counts a row of a class for which another, or the same, is told.
func (t *tally) add(class, told int, w float64) {
	t.all += w
	if class < len(t.there) {
		t.there[class] += w
	}
	t.move(class, told, w)
}

// move counts, by a weight that may be negative, what is told of a row that is there.
func (t *tally) move(class, told int, w float64) {
	t.told[told] += w
	if class == told {
		t.right[told] += w
	}
}

// has tells whether there are rows of a class, whatever rounding leaves where some were taken away.
func (t *tally) has(class int) bool { return t.there[class] > 1e-12*t.all }

// part is what a class adds to the metric, before it is divided by whole.
func (m Metric) part(t *tally, class int) float64 {
	switch {
	case m == BalancedAccuracy && t.has(class):
		return t.right[class] / t.there[class]
	case m == F1 && t.has(class) && (len(t.there) > 2 || class == 1):
		return 2 * t.right[class] / (t.told[class] + t.there[class])
	case m == BalancedAccuracy || m == F1:
		return 0
	}
	return t.right[class]
}

// whole is what the parts are divided by.
func (m Metric) whole(t *tally) float64 {
	switch {
	case m == F1 && len(t.there) == 2:
		return 1
	case m == F1 || m == BalancedAccuracy:
		n := 0.0
		for c := range t.there {
			if t.has(c) {
				n++
			}
		}
		return n
	}
	return t.all
}

func (m Metric) of(t *tally) float64 {
	if t.all == 0 {
		return math.NaN()
	}
	sum := 0.0
	for c := range t.there {
		sum += m.part(t, c)
	}
	return sum / m.whole(t)
}

package features

import (
	"math"
	"slices"
)

// TargetMean puts in place of a feature that is the index of a category what a target is in the rows of the
// category on average, in standard deviations from the mean of all, and shrunk to it:
//
//	x_k ← Values[1 + x_k] = ȳ_c · n_c/(n_c + σ²/τ²),
//
// where σ² is the variance of the target within categories and τ² that of their means, as far as chance does not
// make it (James and Stein 1961; Efron and Morris 1973). −1 and what is beyond Categories are the rows of no category that is
// known, one more category together.
//
// What a row says of its own target must not come back to it: rows to train on are dealt to parts, and the index of a
// row of part p is (Categories+1)·(1+p) larger, where Values has the means without that part.
type TargetMean struct {
	Feature    int
	Categories int
	Values     []float64 // Categories+1, and as many of each part
}

// meanParts is the number of parts.
const meanParts = 20

// DealtIndex returns the index of a row to train on. part may be any number from 0 on, the same for equal rows.
func DealtIndex(index float64, categories, part int) float64 {
	return index + float64((categories+1)*(1+part%meanParts))
}

// PlainIndex is the inverse of DealtIndex.
func PlainIndex(index float64, categories int) float64 {
	return math.Mod(1+index, float64(categories+1)) - 1
}

// value returns what stands for an index.
func (m *TargetMean) value(index float64) float64 {
	n := float64(len(m.Values))
	at := 1 + index
	if at >= n {
		at = math.Mod(at, float64(m.Categories+1)) // of a row to train on, whose parts are gone
	}
	if !(at >= 0 && at < n) {
		return m.Values[0]
	}
	return m.Values[int(at)]
}

// categoryTarget sums the targets of a category in a part: weights, those times targets, and squares.
type categoryTarget struct{ weight, sum, squares float64 }

func (a *categoryTarget) add(w, y float64) {
	a.weight += w
	a.sum += float64(w * y)
	a.squares += float64(w * float64(y*y))
}

// FitTargetMean learns the means of a target y from x (rows × d, row-major), whose feature has indices as
// DealtIndex makes them, with the weights of the rows, nil for ones: of its logarithms with logs. Rows that are
// omitted, nil for none, have no part in it. Two passes.
func FitTargetMean(x []float64, d, feature, categories int, y, weights []float64, logs bool, omitted func(i int) bool) TargetMean {
	values := slices.Clone(y)
	if logs {
		for i, v := range y {
			values[i] = logOf(v)
		}
	}
	mean, std := moments(slices.Clone(values), weights)
	stride := categories + 1
	m := TargetMean{Feature: feature, Categories: categories, Values: make([]float64, stride*(1+meanParts))}
	if std == 0 {
		return m
	}
	of := make([]categoryTarget, len(m.Values)) // by part and category, all parts first
	total, rows := categoryTarget{}, 0.0
	for i := range values {
		at := 1 + int(x[i*d+feature])
		if omitted != nil && omitted(i) || at < stride || at >= len(of) {
			continue
		}
		w, v := 1.0, standard(values[i], mean, std)
		if weights != nil {
			w = weights[i]
		}
		of[at].add(w, v)
		of[at%stride].add(w, v)
		total.add(w, v)
		rows++
	}
	shrink := shrinkage(of[:stride], total, rows)
	if shrink == math.Inf(1) {
		return m
	}
	center := total.sum / total.weight
	for at := range m.Values {
		a := of[at%stride]
		if at >= stride { // without this part
			a.weight -= of[at].weight
			a.sum -= of[at].sum
		}
		if a.weight > 0 {
			m.Values[at] = (a.sum - float64(a.weight*center)) / (a.weight + shrink)
		}
	}
	return m
}

// shrinkage returns σ²/τ² in units of the weights, infinite where the means of categories vary less than one standard
// error above what chance makes of rows that differ by nothing.
func shrinkage(of []categoryTarget, total categoryTarget, rows float64) float64 {
	within, between, squares, count := 0.0, 0.0, 0.0, 0.0
	unit, center := rows/total.weight, total.sum/total.weight
	for _, a := range of {
		if a.weight > 0 {
			n, mean := unit*a.weight, a.sum/a.weight
			within += unit * max(0, a.squares-float64(a.sum*mean))
			between += float64(n * float64((mean-center)*(mean-center)))
			squares += float64(n * n)
			count++
		}
	}
	if count < 2 || rows <= count {
		return math.Inf(1)
	}
	variance := within / (rows - count)
	more := between - float64((count-1)*variance)
	if !(more > float64(variance*math.Sqrt(2*(count-1)))) {
		return math.Inf(1)
	}
	return variance / (more / (rows - squares/rows)) / unit
}

// WithTargetMeans returns s with means for indices, as it was fitted to what they make of these (Replace).
func (s *Scaler) WithTargetMeans(means []TargetMean) *Scaler {
	out := *s
	out.TargetMeans = means
	return &out
}

// Settled returns s as a model has it, whose means need no parts.
func (s *Scaler) Settled() *Scaler {
	out := *s
	out.TargetMeans = nil
	for _, m := range s.TargetMeans {
		m.Values = m.Values[: m.Categories+1 : m.Categories+1]
		out.TargetMeans = append(out.TargetMeans, m)
	}
	return &out
}

// Replace returns x (rows × d, row-major) with what stands for indices.
func Replace(means []TargetMean, x []float64, d int) []float64 {
	out := append([]float64(nil), x...)
	for q := range means {
		for i := means[q].Feature; i < len(out); i += d {
			out[i] = means[q].value(out[i])
		}
	}
	return out
}

// meanOf returns the mean that stands for feature k, nil if none does.
func (s *Scaler) meanOf(k int) *TargetMean {
	for q := range s.TargetMeans {
		if s.TargetMeans[q].Feature == k {
			return &s.TargetMeans[q]
		}
	}
	return nil
}

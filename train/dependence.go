package train

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// What the dependence on columns is told by.
const (
	dependenceColumns = 4
	dependenceRows    = 200 // over which predictions are means, at most
	dependenceLeast   = 16  // of them, where networks are large
	dependencePoints  = 12  // values of a column at most
)

// DependencePoint is the mean prediction over a sample of the rows, at most 200, if what the column says were the
// same in all of them (partial dependence; Friedman 2001), by the model that Fit returns. That takes no heed of
// which values occur together.
type DependencePoint struct {
	Value float64   // of the first feature that the column makes, in the table's units, of a time the days since 1970
	Text  string    // the value as Encoder tells it, empty without one
	Share float64   // of the rows that have it, where points are the most frequent values: of categories; else NaN
	Mean  []float64 // of each target in its units, or with classes the probability of each
}

// depend tells the dependence on the first few columns: at most so many values each, of categories the most
// frequent, of numbers quantiles.
func (i *Importance) depend(ctx context.Context, m *model.Model, r *rawRows, cfg *config) error {
	if m.Classes != nil && m.Calibration == nil {
		return nil
	}
	p, err := model.NewPredictor(m, &model.PredictorOptions{Workers: cfg.Workers})
	if err != nil {
		return err
	}
	each := affordable(weightsOf(m), len(m.Nets)) / (2 * dependenceColumns * dependencePoints)
	n := min(r.n(), dependenceRows, max(dependenceLeast, each))
	sample := r.subset(portable.Permutation(r.n(), cfg.Seed, streamImportance)[:n])
	columns := spans(cfg.Encoder, r.d)
	for c := range min(len(i.Significant()), dependenceColumns) {
		of := &i.Columns[c]
		var encoded *table.EncodedColumn
		if cfg.Encoder != nil {
			encoded = &cfg.Encoder.Columns[of.Column]
		}
		v := newValues(r, columns[of.Column], encoded)
		for q, at := range v.at {
			point := v.point(q)
			if point.Mean, err = sample.meanWith(ctx, p, m, columns[of.Column], v.of(at)); err != nil {
				of.Dependence = nil
				return stopped(ctx, err)
			}
			of.Dependence = append(of.Dependence, point)
		}
	}
	return nil
}

// meanWith returns the mean predictions of the rows with the given features of a column, by weight.
func (r *rawRows) meanWith(ctx context.Context, p *model.Predictor, m *model.Model, c span, features []float64) ([]float64, error) {
	x, n, k := slices.Clone(r.x), r.n(), max(len(m.Nets), len(m.Classes))
	for i := range n {
		copy(x[i*r.d+c.from:], features)
	}
	predict := p.Predict
	if m.Classes != nil {
		predict = p.Probabilities
	}
	out, y, total := make([]float64, k), make([]float64, n*k), 0.0
	if err := predict(ctx, y, x); err != nil {
		return nil, err
	}
	for i := range n {
		w := 1.0
		if r.weights != nil {
			w = r.weights[i]
		}
		total += w
		for j := range out {
			out[j] += float64(w * y[i*k+j])
		}
	}
	for j := range out {
		out[j] /= total
	}
	return out, nil
}

// values are those of a column at which the dependence on it is told.
type values struct {
	r       *rawRows
	c       span
	encoded *table.EncodedColumn // nil without an encoder
	at      []int                // a row that has the value
	shares  []float64            // of the rows that have it; nil if values are quantiles
}

// of returns the features of the column in a row.
func (v *values) of(i int) []float64 { return v.r.x[i*v.r.d+v.c.from : i*v.r.d+v.c.to] }

func newValues(r *rawRows, c span, encoded *table.EncodedColumn) *values {
	v := &values{r: r, c: c, encoded: encoded}
	if encoded != nil && encoded.Type != table.Number && encoded.Type != table.Time {
		v.frequent()
	} else {
		v.quantiles()
	}
	return v
}

// frequent takes the most frequent values.
func (v *values) frequent() {
	n, known := v.r.n(), map[string]int{}
	for i := range n {
		key := fmt.Sprint(v.of(i))
		k, ok := known[key]
		if !ok {
			k = len(v.at)
			known[key] = k
			v.at, v.shares = append(v.at, i), append(v.shares, 0)
		}
		v.shares[k] += 1 / float64(n)
	}
	order := make([]int, len(v.at))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v.shares[b], v.shares[a]) })
	at, shares := v.at, v.shares
	v.at, v.shares = nil, nil
	for _, k := range order[:min(len(order), dependencePoints)] {
		v.at, v.shares = append(v.at, at[k]), append(v.shares, shares[k])
	}
}

// quantiles takes, of the rows in the order of the first feature, those in the middles of as many equal parts as
// there are points, each value once. Missing values are left out.
func (v *values) quantiles() {
	var order []int
	for i := range v.r.n() {
		if v.encoded == nil || !v.encoded.Missing(v.of(i)) {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v.of(a)[0], v.of(b)[0]) })
	for q := range dependencePoints {
		if len(order) == 0 {
			return
		}
		i := order[(2*q+1)*len(order)/(2*dependencePoints)]
		if k := len(v.at); k == 0 || v.of(v.at[k-1])[0] != v.of(i)[0] {
			v.at = append(v.at, i)
		}
	}
}

// point tells a value.
func (v *values) point(q int) DependencePoint {
	p := DependencePoint{Value: v.of(v.at[q])[0], Share: math.NaN()}
	if v.shares != nil {
		p.Share = v.shares[q]
	}
	if v.encoded != nil {
		p.Text = v.encoded.Text(v.of(v.at[q]))
	}
	return p
}

// tellDependence adds the dependence on columns to their importance. When ctx ends it is left out: there is a model.
func (t *trainer) tellDependence(ctx context.Context, m *model.Model, r *rawRows) error {
	if t.report.Estimate == nil || t.report.Estimate.Importance == nil {
		return nil
	}
	if err := t.report.Estimate.Importance.depend(ctx, m, r, t.cfg); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

package train

import (
	"context"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/calibration"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/portable"
	"github.com/nearlinear/nearlinear/train/model"
)

// keptMember is the networks of a member of a fold's fit: by target, after each step from the first on.
type keptMember struct {
	scaler *features.Scaler
	weight float64
	nets   [][]jacobian.Network
}

// complete fills in the networks of targets that took no step.
func (k *keptMember) complete(nets []jacobian.Network) {
	for j, kept := range k.nets {
		if len(kept) == 0 {
			k.nets[j] = nets[j : j+1]
		}
	}
}

// after returns the networks after so many steps, or the last that were kept.
func (k *keptMember) after(steps int) []jacobian.Network {
	var out []jacobian.Network
	for _, nets := range k.nets {
		out = append(out, nets[min(max(steps-1, 0), len(nets)-1)])
	}
	return out
}

// keepsNets tells of how many fits and after how many steps networks are kept, of k targets of so many
// weights.
func keepsNets(weights, k int) (fits, steps int) {
	each := 8 * weights * k
	fits = min(estimateFolds, max(2, importanceBytes/each))
	return fits, max(1, importanceBytes/(each*fits))
}

// after returns the model of a fold after so many steps.
func (f *foldResult) after(steps int) *model.Model {
	first := &f.kept[0]
	m := &model.Model{Nets: first.after(steps), Scaler: *first.scaler}
	for q := range f.kept[1:] {
		k := &f.kept[q+1]
		m.Further = append(m.Further, model.Member{Nets: k.after(steps), Scaler: *k.scaler, Weight: k.weight})
	}
	return m
}

// weightsOf returns how many weights the networks of a target have.
func weightsOf(m *model.Model) int {
	n := len(m.Nets[0].W)
	for q := range m.Further {
		n += len(m.Further[q].Nets[0].W)
	}
	return n
}

// judge is the fit of a fold with the rows that it has not seen.
type judge struct {
	e         *estimator
	model     *model.Model
	predictor *model.Predictor
	half      func(i int) *model.Calibration // of row i, with classes
	rows      []int
	weights   []float64
	x         []float64 // of the rows
	loss      []float64 // of them as they are
	wrong     []float64 // as loss: 1 where the class told is wrong

	moved, predicted, p []float64 // scratch
}

// newJudge returns one for at most so many rows of a fold.
func (e *estimator) newJudge(ctx context.Context, f *foldResult, steps, most int) (*judge, error) {
	m := f.after(steps)
	p, err := model.NewPredictor(m, &model.PredictorOptions{Workers: e.cfg.Workers})
	if err != nil {
		return nil, err
	}
	j := &judge{e: e, model: m, predictor: p, half: func(i int) *model.Calibration { return e.by[e.halfOf(f, i)] }}
	for _, q := range portable.Permutation(len(f.rows), e.cfg.Seed, streamImportance)[:min(most, len(f.rows))] {
		w := 1.0
		if f.root != nil {
			w = float64(f.root[q] * f.root[q])
		}
		j.rows, j.weights = append(j.rows, f.rows[q]), append(j.weights, w)
	}
	n, k := len(j.rows), e.r.targets
	j.x = e.r.subset(j.rows).x
	j.moved, j.predicted = make([]float64, len(j.x)), make([]float64, n*k)
	if e.r.class != nil {
		j.p = make([]float64, e.by[0].Classes())
	}
	j.loss, j.wrong = make([]float64, n), make([]float64, n)
	return j, j.judge(ctx, j.x, j.loss, j.wrong)
}

// judge adds to loss and wrong what the predictions for x have of the targets of the rows.
func (j *judge) judge(ctx context.Context, x, loss, wrong []float64) error {
	if err := j.predictor.Predict(ctx, j.predicted, x); err != nil {
		return stopped(ctx, err)
	}
	k, r, s := j.e.r.targets, j.e.r, &j.model.Scaler
	for q, i := range j.rows {
		y := j.predicted[q*k : (q+1)*k]
		if r.class != nil {
			by := j.half(i)
			by.Probabilities(j.p, y)
			loss[q] -= calibration.Log(j.p[r.class[i]])
			if by.Class(y) != r.class[i] {
				wrong[q]++
			}
			continue
		}
		for t, v := range y {
			d := (v - r.y[t*r.n()+i]) / s.YStd[t]
			loss[q] += float64(d*d) / float64(k)
		}
	}
	return nil
}

// permute sets moved to the rows with the features of a column from others: the rows stand in the order
// that a permutation drew, and each takes them from the one so many places behind, never from itself.
func (j *judge) permute(c span, turn int) {
	n, d := len(j.rows), j.e.r.d
	copy(j.moved, j.x)
	for q := range n {
		from := (q + 1 + turn) % n
		copy(j.moved[q*d+c.from:q*d+c.to], j.x[from*d+c.from:from*d+c.to])
	}
}

// rise adds the mean over turns of what permuting a column adds to the losses of the rows.
func (j *judge) rise(ctx context.Context, c span, turns int, loss, wrong []float64) error {
	after, missed := make([]float64, len(j.rows)), make([]float64, len(j.rows))
	for t := range turns {
		j.permute(c, t)
		if err := j.judge(ctx, j.moved, after, missed); err != nil {
			return err
		}
	}
	for q, i := range j.rows {
		g, w := j.e.group[i], j.weights[q]
		loss[g] += float64(w * (after[q]/float64(turns) - j.loss[q]))
		wrong[g] += float64(w * (missed[q]/float64(turns) - j.wrong[q]))
	}
	return nil
}

// slope returns the sum over rows of the squared change of predictions of the first member by a permutation of the column, to
// first order in the rows of the network: g are the gradients of one target there, unit these rows.
func (j *judge) slope(c span, g, unit []float64) float64 {
	j.permute(c, 0)
	s, w, d := &j.model.Scaler, j.model.Scaler.Width(), j.e.r.d
	row, total := make([]float64, w), 0.0
	for q := range j.rows {
		s.Apply(row, j.moved[q*d:(q+1)*d])
		v := asm.Dot(g[q*w:(q+1)*w], row) - asm.Dot(g[q*w:(q+1)*w], unit[q*w:(q+1)*w])
		total += float64(v * v)
	}
	return total
}

// slopes adds those of all columns and targets.
func (j *judge) slopes(ctx context.Context, columns []span, out []float64) error {
	w := j.model.Scaler.Width()
	unit, g := make([]float64, len(j.rows)*w), make([]float64, len(j.rows)*w)
	j.model.Scaler.Apply(unit, j.x)
	for t := range j.model.Nets {
		net := &j.model.Nets[t]
		lin, err := jacobian.New(net, unit, &jacobian.Options{Workers: j.e.cfg.Workers})
		if err != nil {
			return err
		}
		lin.Bind(ctx)
		f := make([]float64, len(j.rows))
		lin.Linearize(f)
		lin.Gradients(g, net.W)
		for c, of := range columns {
			if ctx.Err() != nil {
				return fault.ErrStopped
			}
			out[c] += j.slope(of, g, unit)
		}
	}
	return nil
}

package train

import (
	"context"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/model"
)

// tellHeld returns the errors of the best networks on the rows held out of training, of which outliers
// were left out where the loss is Huber.
func (t *trainer) tellHeld(ctx context.Context, held *rawRows) (*Estimate, error) {
	e := newEstimator(held, t.cfg)
	f := &foldResult{units: held.units(t.data.scaler), model: &model.Model{Scaler: *t.data.scaler}, steps: make([][][]float64, 1)}
	n, nv := t.data.rows()
	f.rows, f.dropped = t.cfg.kept(held, held.all())
	if t.data.root != nil {
		f.root = t.data.root[n:]
	}
	for j := range t.cfg.targets {
		_, y := t.data.target(j)
		f.truth = append(f.truth, f.inDeviations(y, j))
		f.steps[0] = append(f.steps[0], f.inDeviations(t.outputs[j*(n+nv)+n:(j+1)*(n+nv)], j))
	}
	e.results = []*foldResult{f}
	whole := context.WithoutCancel(ctx) // it is little, and there is a model
	out := e.tell([2]int{})
	out.Folds = 1
	if err := e.tellIntervals(whole, out, t.data.scaler, 0); err != nil {
		return nil, err
	}
	if err := e.tellClasses(whole, out, [2]int{}, 0); err != nil {
		return nil, err
	}
	if !t.cfg.Importance {
		return out, nil
	}
	kept := keptMember{scaler: t.data.scaler, weight: 1, nets: make([][]jacobian.Network, len(t.nets))}
	kept.complete(t.nets)
	f.kept = []keptMember{kept}
	if err := e.tellImportance(ctx, out, [2]int{}); err != nil && ctx.Err() == nil {
		return nil, err
	}
	return out, nil
}

package train

import (
	"fmt"

	"github.com/nearlinear/nearlinear/hadamard"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/newton"
)

// newSystem returns the system that the plan has chosen.
func newSystem(lin jacobian.Linearization, p plan, cfg *config) (newton.System, error) {
	seed := cfg.Seed ^ streamSketch
	c := newton.Config{Tolerance: cfg.InnerTol, Forcing: cfg.forcing, Workers: cfg.Workers, MakingCost: p.makingCost, AtOnce: p.atOnce}
	low := newton.LowRank{Rank: p.rank, Seed: seed, Again: cfg.targets > 1}
	switch p.method {
	case Exact:
		return newton.NewExact(lin, cfg.Workers), nil
	case MatrixFree:
		return newton.NewMatrixFree(lin, c, low), nil
	case GramCG:
		return newton.NewGramCG(lin, c, low)
	}
	var s jacobian.Sketch
	var err error
	if p.sketch == FullSRHT {
		layout := lin.Layout()
		s, err = hadamard.NewSRHT(layout.All(), p.rows, seed)
	} else {
		s, err = lin.NewKroneckerSketch(p.rows, seed)
	}
	if err != nil {
		return nil, fmt.Errorf("train: sketch of %d rows for %d samples: %w: %w", p.rows, lin.Samples(), ErrOption, err)
	}
	return newton.NewSketched(lin, c, s, cfg.Rule != GaussNewton), nil
}

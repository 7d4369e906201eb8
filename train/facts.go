package train

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"strconv"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/statefile"
)

// identity returns the facts that tell a fit from others: data, options, and what the
// plan chose. An option that takes part in the bits of a step belongs here; one that
// only says where training ends, or what it takes, does not. Options at their zero are
// left out, so that a new one refuses no checkpoint from before it.
func identity(ctx context.Context, x, y []float64, d int, cfg *config, p *plan) (statefile.Facts, error) {
	var f statefile.Facts
	f.Add("rows", len(x)/d)
	f.Add("features", d)
	number := func(name string, v float64) {
		if v != 0 {
			f.Add(name, strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	switched := func(name string, v bool) {
		if v {
			f.Add(name, v)
		}
	}
	number("rows left out", float64(cfg.leftOut))
	f.Add("Width", cfg.Width)
	if cfg.Effort != UsualEffort {
		f.Add("Effort", cfg.Effort)
	}
	f.Add("Seed", cfg.Seed)
	f.Add("Method", cfg.Method)
	f.Add("Rule", cfg.Rule)
	switched("Balanced", cfg.Balanced)
	if cfg.Loss != Squared {
		f.Add("Loss", cfg.Loss)
	}
	f.Add("Sketch", cfg.Sketch)
	number("SketchRatio", cfg.SketchRatio)
	number("Rank", float64(cfg.Rank))
	number("Ridge", cfg.Ridge)
	number("Damping", cfg.Damping)
	number("InnerTol", cfg.InnerTol)
	number("forcing term", cfg.forcing)
	number("LearningRate", cfg.LearningRate)
	number("Momentum", cfg.Momentum)
	number("Validation", cfg.Validation)
	number("Bias", cfg.Bias)
	switched("chosen Ridge", cfg.choose)
	switched("chosen Bias", cfg.chooseBias)
	switched("KeepSkew", cfg.KeepSkew)
	switched("KeepScale", cfg.KeepScale)
	if cfg.Members > 1 {
		f.Add("Members", cfg.Members)
	}
	switched("NoPieces", cfg.NoPieces)
	number("indices of categories", float64(len(cfg.indices())))
	switched("FastReduce", cfg.FastReduce)
	f.Add("targets", cfg.targets)
	if cfg.choice != nil && cfg.choice.LogTarget != nil {
		f.Add("targets in logarithms", cfg.choice.LogTarget)
	}
	f.Add("chosen method", p.method)
	f.Add("chosen sketch", p.sketch)
	f.Add("rows of the sketch", p.rows)
	f.Add("rank of the preconditioner", p.rank)
	f.Add("cost of the preconditioner", p.makingCost)
	f.Add("early preconditioner", p.atOnce)
	for _, v := range []struct {
		name string
		x    []float64
	}{{"hash of the weights of the rows", cfg.Weights}, {"hash of the features", x}, {"hash of the targets", y}} {
		if len(v.x) == 0 {
			continue
		}
		sum, err := hashFloats(ctx, v.x)
		if err != nil {
			return nil, err
		}
		f.Add(v.name, sum)
	}
	return f, nil
}

// hashFloats asks ctx every few milliseconds.
func hashFloats(ctx context.Context, x []float64) (string, error) {
	sum := sha256.New()
	var chunk [1 << 15]byte
	for len(x) > 0 {
		if ctx.Err() != nil {
			return "", fault.ErrStopped
		}
		n := min(len(x), len(chunk)/8)
		for i, v := range x[:n] {
			binary.LittleEndian.PutUint64(chunk[8*i:], math.Float64bits(v))
		}
		sum.Write(chunk[:8*n])
		x = x[n:]
	}
	return fmt.Sprintf("%x", sum.Sum(nil)[:8]), nil
}

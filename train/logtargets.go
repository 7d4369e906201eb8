package train

import (
	"context"

	"github.com/nearlinear/nearlinear/train/internal/newton"
)

// logTargets returns a shape with skewed targets in logarithms, of several targets those that gain from it by
// themselves; nil if there are none.
func (c *chooser) logTargets(ctx context.Context, plain *trial) (*trial, error) {
	if c.skewed == nil {
		return nil, nil
	}
	t := &trial{shape: plain.shape, best: plain.best}
	t.logTargets = c.skewed
	if len(c.skewed) > 1 {
		var err error
		if t.logTargets, err = c.gainers(ctx, plain); err != nil || t.logTargets == nil {
			return nil, err
		}
	}
	return t, c.judge(ctx, t, false)
}

// gainers returns the skewed targets whose error falls in logarithms by more than the noise,
// each by itself, at the same ridge; nil if there are none.
func (c *chooser) gainers(ctx context.Context, plain *trial) ([]bool, error) {
	s := plain.shape
	s.logTargets = c.skewed
	designs, err := c.designs(ctx, s)
	if err != nil {
		return nil, err
	}
	var squares [2][]float64 // target after target
	for i, t := range []*trial{{shape: s, designs: designs}, plain} {
		left, _, err := c.residuals(ctx, t, ridges[plain.best])
		if newton.BrokeDown(err) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		squares[i] = c.deviations(t, left)
		for at, e := range squares[i] {
			squares[i][at] = float64(e * e)
		}
	}
	out := make([]bool, len(c.skewed))
	for j, may := range c.skewed {
		gain, err := c.paired(squares[0][j*c.n:(j+1)*c.n], squares[1][j*c.n:(j+1)*c.n])
		out[j] = may && gain > err
	}
	if count(out) == 0 {
		return nil, nil
	}
	return out, nil
}

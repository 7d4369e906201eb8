package train

import "context"

// rule takes the steps of one StepRule on a state.
type rule interface {
	// begin forgets what was learnt from a target, for the next one.
	begin()
	// step takes, or tries and takes back, one step.
	step(ctx context.Context, s *state, step *Step) error
	// damping returns λ.
	damping() float64
	// describe tells in the report what the rule has chosen.
	describe(*Report)
	// save and restore write to and read from a checkpoint what is remembered from step
	// to step.
	save(*savedState)
	restore(*savedState)
}

// newRule returns the rule that the options ask for.
func newRule(s *state, cfg *config) rule {
	switch {
	case cfg.Rule == GaussNewton:
		return undamped{}
	case cfg.Rule.FirstOrder():
		return newFirstOrder(s, cfg)
	}
	return newDamped(cfg)
}

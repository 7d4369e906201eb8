package train

import (
	"fmt"
	"time"
)

// savedState is all that a trainer knows between two steps and cannot make anew
// from data, options and seed. What is added to the trainer and outlives a step
// belongs here, into save and into resume. These structs are the format of the file, see
// statefile: a field more or less raises its version, so they are copies of those that
// callers see, to which figures may be added.
//
// Not here, because they follow: the initial weights and signs (from the seed),
// outputs, residual and gates (a forward pass at W), the Gram matrix, and a
// preconditioner (made anew at the weights at which it was made).
type savedState struct {
	Elapsed time.Duration // since the start, in all runs

	// The targets that are done, and the weights of their networks.
	Done    []savedTarget
	Nets    [][]float64
	Outputs []float64 // of the best networks, for classes and averages

	// The target under way.
	History savedTarget
	W       []float64
	Best    []float64 // empty if the last step is the best
	Loss    float64
	Moved   bool
	Factor  float64 // of the initial weights

	Lambda, Growth float64       // of a damped rule
	Gradient       savedGradient // of a first-order rule
	Solver         savedSolver   // of an iterative system
}

// savedSolver is newton.State.
type savedSolver struct {
	Made, Current bool
	Initial       bool
	Excess, First float64
	Refreshed     int
	Ridge         float64
	At            []float64
}

// savedGradient is what a first-order rule remembers.
type savedGradient struct {
	Rate, Left1, Left2 float64
	Velocity, Square   []float64
}

// savedTarget is a TargetReport.
type savedTarget struct {
	Steps                       []savedStep
	Best, Stop                  int
	Ridge, TrainRMSE, ValidRMSE float64
}

// savedStep is a Step.
type savedStep struct {
	Target, Index              int
	Accepted                   bool
	Loss, TrainRMSE, ValidRMSE float64
	Ridge, Damping, GainRatio  float64
	StepNorm                   float64
	Flips                      int64
	FlipShare                  float64
	InnerIters, Rank           int
	Renewed                    bool
	InnerTrue                  float64
	InnerStop                  string
	Elapsed                    time.Duration
	Phases                     []time.Duration // in the order of Phases.Durations
}

func saveTarget(h *TargetReport) savedTarget {
	s := savedTarget{Best: h.Best, Stop: int(h.Stop), Ridge: h.Ridge, TrainRMSE: h.TrainRMSE, ValidRMSE: h.ValidRMSE}
	for i := range h.Steps {
		p := &h.Steps[i]
		phases := p.Phases.Durations()
		s.Steps = append(s.Steps, savedStep{
			p.Target, p.Index, p.Accepted, p.Loss, p.TrainRMSE, p.ValidRMSE, p.Ridge, p.Damping, p.GainRatio, p.StepNorm,
			p.Flips, p.FlipShare, p.InnerIters, p.Rank, p.Renewed, p.InnerTrue, p.InnerStop, p.Elapsed, phases[:],
		})
	}
	return s
}

func (s *savedTarget) report() TargetReport {
	h := TargetReport{Best: s.Best, Stop: StopReason(s.Stop), Ridge: s.Ridge, TrainRMSE: s.TrainRMSE, ValidRMSE: s.ValidRMSE}
	for i := range s.Steps {
		p := &s.Steps[i]
		h.Steps = append(h.Steps, Step{
			Target: p.Target, Index: p.Index, Accepted: p.Accepted, Loss: p.Loss, TrainRMSE: p.TrainRMSE, ValidRMSE: p.ValidRMSE,
			Ridge: p.Ridge, Damping: p.Damping, GainRatio: p.GainRatio, StepNorm: p.StepNorm, Flips: p.Flips, FlipShare: p.FlipShare,
			InnerIters: p.InnerIters, Rank: p.Rank, Renewed: p.Renewed, InnerTrue: p.InnerTrue, InnerStop: p.InnerStop,
			Elapsed: p.Elapsed, Phases: phasesOf(p.Phases),
		})
	}
	return h
}

// check returns an error unless the sizes in the state are those of the fit, and
// weights that may be returned are numbers: a right checksum does not make a right
// state.
func (s *savedState) check(cfg *config, weights int) error {
	wrong := func(name string, have int) error {
		return fmt.Errorf("its %s has %d values, not those of %d weights", name, have, weights)
	}
	if s.Elapsed < 0 || len(s.Done) != len(s.Nets) || len(s.Done) >= cfg.targets {
		return fmt.Errorf("it has %d of %d targets done, %d networks, after %v", len(s.Done), cfg.targets, len(s.Nets), s.Elapsed)
	}
	for j, net := range s.Nets {
		if len(net) != weights {
			return wrong("network", len(net))
		}
		if stop := StopReason(s.Done[j].Stop); stop <= 0 || int(stop) >= len(stopNames) || stop == Cancelled || stop == StoppedByCaller {
			return fmt.Errorf("its target %d is done, and ended as %v", j, stop)
		}
	}
	for _, v := range []struct {
		name     string
		x        []float64
		optional bool
	}{
		{"weights", s.W, false}, {"best weights", s.Best, true}, {"preconditioner", s.Solver.At, !s.Solver.Made},
		{"velocity", s.Gradient.Velocity, !cfg.Rule.FirstOrder()}, {"mean of squares", s.Gradient.Square, cfg.Rule != Adam},
	} {
		if len(v.x) != weights && !(v.optional && len(v.x) == 0) {
			return wrong(v.name, len(v.x))
		}
	}
	for _, h := range append(s.Done[:len(s.Done):len(s.Done)], s.History) {
		if h.Best < 0 || h.Best >= len(h.Steps) || !h.Steps[0].Accepted || !h.Steps[h.Best].Accepted {
			return fmt.Errorf("it has %d steps and the best one is %d", len(h.Steps), h.Best)
		}
	}
	return s.checkNumbers()
}

// checkNumbers returns an error for weights that may be returned and are no numbers.
func (s *savedState) checkNumbers() error {
	best := s.Best
	if len(best) == 0 {
		best = s.W
	}
	for _, w := range append(s.Nets[:len(s.Nets):len(s.Nets)], best, s.Solver.At) {
		for i, v := range w {
			if v-v != 0 {
				return fmt.Errorf("weight %d of %d is %v", i, len(w), v)
			}
		}
	}
	return nil
}

// vectors returns what the state has by weights.
func (s *savedState) vectors() []*[]float64 {
	all := []*[]float64{&s.W, &s.Best, &s.Solver.At, &s.Gradient.Velocity, &s.Gradient.Square}
	for j := range s.Nets {
		all = append(all, &s.Nets[j])
	}
	return all
}

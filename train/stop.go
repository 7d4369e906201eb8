package train

import "math"

// When a target's training ends: pure functions of the rule, the options that bound it,
// and the history.

// Rules of stopping.
const (
	// Below roundingRMSE, an undamped step that no longer halves the error, or a rejected one
	// without ridge, has met rounding.
	roundingRMSE   = 1e-10
	flatDecrease   = 1e-4 // relative decrease of the objective that counts as flat
	flatSteps      = 3    // flat accepted steps in a row that end training
	maxRejections  = 12   // rejections in a row that end training
	divergedSteps  = 10   // undamped steps without a new best error
	divergedGrowth = 1e8  // growth of the error over its start

	// firstOrderWindow is the number of steps in which GradientDescent and Adam must
	// lower the smallest objective so far by flatDecrease of it: single steps decrease
	// it by less, or raise it.
	firstOrderWindow = 100
)

// stopReason applies the rules to a history after its last step. It returns 0 where
// training goes on.
func stopReason(o *Options, h *TargetReport) StopReason {
	steps := h.Steps
	s := &steps[len(steps)-1]
	if !s.Accepted {
		return stopRejected(steps)
	}
	switch {
	case s.TrainRMSE == 0:
		return ReachedRounding
	case s.TrainRMSE <= o.TargetRMSE:
		return ReachedTarget
	case len(steps) == 1:
		return 0
	case o.Rule != LevenbergMarquardt && !(s.TrainRMSE < divergedGrowth*(1+steps[0].TrainRMSE)):
		return Diverged
	}
	if o.Rule == GaussNewton {
		if stop := stopUndamped(steps); stop != 0 {
			return stop
		}
	}
	if o.Validation > 0 && acceptedSince(steps, h.Best) >= o.Patience {
		return EarlyStopped
	}
	if o.Rule == LevenbergMarquardt && flat(steps) || o.Rule.FirstOrder() && slow(steps) {
		return Stagnated
	}
	return 0
}

// stopRejected is stopReason after a step that was taken back.
func stopRejected(steps []Step) StopReason {
	last := len(steps) - 1
	rejected := last - lastAccepted(steps)
	switch {
	case steps[last].Ridge == 0 && steps[last-rejected].TrainRMSE < roundingRMSE:
		return ReachedRounding
	case rejected >= maxRejections || steps[last].GainRatio == 0:
		return Stagnated
	}
	return 0
}

// stopUndamped is what stopReason adds for undamped steps.
func stopUndamped(steps []Step) StopReason {
	k := len(steps) - 1
	if steps[k].TrainRMSE < roundingRMSE && steps[k].TrainRMSE > 0.5*steps[k-1].TrainRMSE {
		return ReachedRounding
	}
	smallest := 0
	for i, e := range steps {
		if e.TrainRMSE < steps[smallest].TrainRMSE {
			smallest = i
		}
	}
	if k-smallest >= divergedSteps {
		return Diverged
	}
	return 0
}

// better reports whether the last step is the best so far: by validation error where
// there is one, else by training error (GaussNewton) or objective.
func better(o *Options, h *TargetReport) bool {
	s, b := &h.Steps[len(h.Steps)-1], &h.Steps[h.Best]
	switch {
	case !s.Accepted:
		return false
	case len(h.Steps) == 1:
		return true
	case o.Validation > 0:
		return s.ValidRMSE < b.ValidRMSE
	case o.Rule == GaussNewton:
		return s.TrainRMSE < b.TrainRMSE
	}
	return s.Loss < b.Loss
}

// lastAccepted returns the index of the last accepted step; the first is always.
func lastAccepted(steps []Step) int {
	i := len(steps) - 1
	for i > 0 && !steps[i].Accepted {
		i--
	}
	return i
}

func acceptedSince(steps []Step, best int) int {
	n := 0
	for _, s := range steps[best+1:] {
		if s.Accepted {
			n++
		}
	}
	return n
}

// flat reports whether the last accepted steps each decreased the objective by
// less than flatDecrease of it.
func flat(steps []Step) bool {
	count, last := 0, math.NaN()
	for i := len(steps) - 1; i >= 0 && count < flatSteps; i-- {
		if !steps[i].Accepted {
			continue
		}
		if last == last {
			if steps[i].Loss-last > flatDecrease*steps[i].Loss {
				return false
			}
			count++
		}
		last = steps[i].Loss
	}
	return count == flatSteps
}

// slow reports whether the last firstOrderWindow steps have lowered the smallest
// objective by less than flatDecrease of it.
func slow(steps []Step) bool {
	k := len(steps) - firstOrderWindow
	if k < 1 {
		return false
	}
	before, after := math.Inf(1), math.Inf(1)
	for i := range steps {
		if i < k {
			before = min(before, steps[i].Loss)
		} else {
			after = min(after, steps[i].Loss)
		}
	}
	return !(before-after > flatDecrease*before)
}

package train

import (
	"math"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
)

// chunk is the length of the pieces in which the vectors by weights are
// worked on, cut anew at each section of them. It fixes the order of their
// sums: chunk by chunk.
const chunk = 1 << 15

// vectors are the weights and what a step does to them, as many values each. The
// work is cut in chunks over the team, which asks the context between them.
type vectors struct {
	team          *asm.Team
	w, w0         []float64 // weights, initial weights (nil if nobody asks for them)
	ridge         bool      // drifts are asked for
	prev, step    []float64 // weights before the step, δ
	best          []float64 // weights of the best step
	pull          float64
	factor        float64   // of the initial weights, see widen
	cuts          []int     // where chunks begin, and the end of the last
	steps, drifts []float64 // ‖δ‖² and ‖W − W₀‖² by chunk
	doMove        func(worker, task int)

	shard  *jacobian.Shard // nil, or of whose weights w has the rank's own
	before int             // chunks of the ranks before
	joint  []float64       // steps and drifts of all ranks
}

// newVectors keeps the initial weights if there is a ridge, or a restart is to
// come. layout is that of the weights w.
func newVectors(team *asm.Team, w []float64, layout jacobian.Layout, shard *jacobian.Shard, ridge, again bool) *vectors {
	v := &vectors{team: team, w: w, ridge: ridge, prev: make([]float64, len(w)), step: make([]float64, len(w)), best: make([]float64, len(w)), factor: 1, shard: shard}
	all := 0
	v.cuts, v.before, all = chunks(&layout)
	if shard != nil {
		if shard.Fast { // one sum for each rank, whose sections begin with its own weights
			own := layout.Own()
			v.cuts, _, _ = chunks(&own)
			v.before, all = shard.Reducer.Rank(), shard.Reducer.Size()
		}
		v.joint = make([]float64, 2*all)
	}
	v.steps, v.drifts = make([]float64, len(v.cuts)-1), make([]float64, len(v.cuts)-1)
	if ridge || again {
		v.w0 = append([]float64(nil), w...)
	}
	v.doMove = v.moveTask
	v.keep()
	return v
}

// chunks cuts each section of the weights into chunks. It returns where those of this
// rank's weights begin and their end, counted from the first of these weights, how many
// chunks the ranks before it have, and how many there are.
func chunks(l *jacobian.Layout) (own []int, before, all int) {
	for i, first := range l.Sections[:len(l.Sections)-1] {
		for at := first; at < l.Sections[i+1]; at += chunk {
			switch {
			case at < l.Lo:
				before++
			case at < l.Hi:
				own = append(own, at-l.Lo)
			}
			all++
		}
	}
	return append(own, l.Hi-l.Lo), before, all
}

// sums returns ‖δ‖² and ‖W − W₀‖², of all ranks.
func (v *vectors) sums() (step, drift float64) {
	if v.shard == nil {
		return sum(v.steps), sum(v.drifts)
	}
	clear(v.joint)
	steps, drifts := v.joint[:len(v.joint)/2], v.joint[len(v.joint)/2:]
	if v.shard.Fast {
		steps[v.before], drifts[v.before] = sum(v.steps), sum(v.drifts)
	} else {
		copy(steps[v.before:], v.steps)
		copy(drifts[v.before:], v.drifts)
	}
	v.shard.Reducer.Sum(v.joint)
	return sum(steps), sum(drifts)
}

// span returns chunk number task of x.
func (v *vectors) span(x []float64, task int) []float64 {
	return x[v.cuts[task]:v.cuts[task+1]]
}

// move turns step from Jᵀu into δ = −Jᵀu − pull·(W − W₀), keeps W in prev, adds
// δ to it, and returns ‖δ‖ and the new ‖W − W₀‖² (0 without ridge). It reports
// false if the context ended; the weights are then of no use.
func (v *vectors) move(pull float64) (norm, drift float64, ok bool) {
	v.pull = pull
	ok = v.team.Do(len(v.steps), v.doMove)
	norm, drift = v.sums()
	return math.Sqrt(norm), drift, ok
}

func (v *vectors) moveTask(_, task int) {
	w, step := v.span(v.w, task), v.span(v.step, task)
	copy(v.span(v.prev, task), w)
	asm.Scale(step, -1, step)
	if v.pull != 0 {
		asm.Axpy(step, -v.pull, w)
		asm.Axpy(step, v.pull, v.span(v.w0, task))
	}
	v.steps[task] = asm.Dot(step, step)
	asm.Axpy(w, 1, step)
	v.measure(task)
}

// widen multiplies the weights before the last move, and the initial ones, by a power of two, and
// moves from there by the same step: it returns the new ‖W − W₀‖² (0 without ridge).
func (v *vectors) widen(factor float64) (drift float64, ok bool) {
	v.factor *= factor
	ok = v.team.Do(len(v.steps), func(_, task int) {
		w, prev := v.span(v.w, task), v.span(v.prev, task)
		asm.Scale(prev, factor, prev)
		if v.w0 != nil {
			w0 := v.span(v.w0, task)
			asm.Scale(w0, factor, w0)
		}
		copy(w, prev)
		asm.Axpy(w, 1, v.span(v.step, task))
		v.measure(task)
	})
	_, drift = v.sums()
	return drift, ok
}

// widenStart makes the initial weights as wide as they were.
func (v *vectors) widenStart(factor float64) {
	if v.w0 != nil {
		asm.Scale(v.w0, factor/v.factor, v.w0)
	}
	v.factor = factor
}

// measure sets the chunk's part of ‖W − W₀‖².
func (v *vectors) measure(task int) {
	if !v.ridge {
		return
	}
	w, w0 := v.span(v.w, task), v.span(v.w0, task)
	var buf [512]float64
	v.drifts[task] = 0
	for i := 0; i < len(w); i += len(buf) {
		c := copy(buf[:], w[i:])
		asm.Axpy(buf[:c], -1, w0[i:i+c])
		v.drifts[task] += asm.Dot(buf[:c], buf[:c])
	}
}

// undo takes the last move back.
func (v *vectors) undo() { copy(v.w, v.prev) }

// restart goes back to the initial weights and leaves the best ones to others.
func (v *vectors) restart() {
	asm.Scale(v.w0, 1/v.factor, v.w0)
	v.factor = 1
	copy(v.w, v.w0)
	v.best = make([]float64, len(v.w))
}

// keep makes the weights the best ones.
func (v *vectors) keep() { copy(v.best, v.w) }

func sum(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s
}

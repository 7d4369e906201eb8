package train

import (
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// chunk is the length of the pieces in which the vectors of length m·d are
// worked on. It fixes the order of their sums: chunk by chunk.
const chunk = 1 << 15

// vectors are the weights and what a step does to them, md values each. The
// work is cut in chunks over the team, which asks the context between them.
type vectors struct {
	team          *asm.Team
	w, w0         []float64 // weights, initial weights (nil if nobody asks for them)
	ridge         bool      // drifts are asked for
	prev, step    []float64 // weights before the step, δ
	best          []float64 // weights of the best step
	pull          float64
	steps, drifts []float64 // ‖δ‖² and ‖W − W₀‖² by chunk
	doMove        func(worker, task int)
}

// newVectors keeps the initial weights if there is a ridge, or a restart is to
// come.
func newVectors(team *asm.Team, w []float64, ridge, again bool) *vectors {
	chunks := (len(w) + chunk - 1) / chunk
	v := &vectors{team: team, w: w, ridge: ridge, prev: make([]float64, len(w)), step: make([]float64, len(w)), best: make([]float64, len(w)), steps: make([]float64, chunks), drifts: make([]float64, chunks)}
	if ridge || again {
		v.w0 = append([]float64(nil), w...)
	}
	v.doMove = v.moveTask
	v.keep()
	return v
}

// span returns chunk number task of x.
func span(x []float64, task int) []float64 {
	return x[task*chunk : min((task+1)*chunk, len(x))]
}

// move turns step from Jᵀu into δ = −Jᵀu − pull·(W − W₀), keeps W in prev, adds
// δ to it, and returns ‖δ‖ and the new ‖W − W₀‖² (0 without ridge). It reports
// false if the context ended; the weights are then of no use.
func (v *vectors) move(pull float64) (norm, drift float64, ok bool) {
	v.pull = pull
	ok = v.team.Do(len(v.steps), v.doMove)
	return math.Sqrt(sum(v.steps)), sum(v.drifts), ok
}

func (v *vectors) moveTask(_, task int) {
	w, step := span(v.w, task), span(v.step, task)
	copy(span(v.prev, task), w)
	asm.Scale(step, -1, step)
	if v.pull != 0 {
		asm.Axpy(step, -v.pull, w)
		asm.Axpy(step, v.pull, span(v.w0, task))
	}
	v.steps[task] = asm.Dot(step, step)
	asm.Axpy(w, 1, step)
	v.measure(task)
}

// measure sets the chunk's part of ‖W − W₀‖².
func (v *vectors) measure(task int) {
	if !v.ridge {
		return
	}
	w, w0 := span(v.w, task), span(v.w0, task)
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

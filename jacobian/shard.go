package jacobian

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// The sums over neurons are made in sections: whole blocks of neurons, summed
// each by itself and joined in index order. Where they are cut depends on the
// network's width alone, so that several processes which hold some sections
// each come to the bits of one that holds all.
const (
	sectionBlocks = 4  // the least blocks of a section: below, joining it would cost too much
	maxSections   = 16 // of a network, and so the most processes that keep the order
)

// Section returns the number of neurons of a section of a network of m: sums
// over neurons are made section by section.
func Section(m int) int {
	return blockNeurons * max(sectionBlocks, ceil(ceil(m, blockNeurons), maxSections))
}

// Reducer joins processes that hold a part of a network's neurons each, its
// ranks: J = [J_0 … J_p-1], JJᵀ = Σ J_k J_kᵀ. MPI's Allreduce is one.
type Reducer interface {
	// Rank is this process's number, from 0, and Size how many there are.
	Rank() int
	Size() int
	// Sum replaces x by the elementwise sum over all ranks, the same bits on
	// each. All ranks call it in the same order with the same lengths. Of an
	// element that is not zero on one rank only, the sum must be exact.
	Sum(x []float64)
}

// Shard says that an operator's network is a part of a wider one, whose other
// neurons are on other ranks. What has n values, or n² entries, is then that of
// the whole network, the same on every rank; what has rows by neurons is the
// rank's own. Calls that make the former are collective: all ranks make them in
// the same order.
//
//	Linearize, MulVec, MulGramVec      collective, one Sum of n values and a few more a section
//	MulVecs, MulGramVecs               the same for each vector; several may share a Sum
//	Gradients                          collective, one Sum of n·d values and a few more a section
//	MulTransVec(s)                     local
//	Gram, and of GramMatrix all        collective, Sums of half as many values as there are different entries
//	Sketch                             collective, a Sum of n·m/48 values and one of s·n; KroneckerSRHT alone
//
// The default, ordered mode gives the bits of a single process that has all
// neurons, for as many ranks as there are sections, 16 at most. Fast sends less,
// n values a product instead of n a section, and rounds otherwise for each
// number of ranks. The collective calls for G and for sketches allocate what they send.
type Shard struct {
	Reducer Reducer
	Neurons int // of the whole network
	Fast    bool
}

// Share returns which neurons of the whole network belong to this rank, [lo,
// hi). It returns ErrShape if that leaves a rank without any.
func (s *Shard) Share() (lo, hi int, err error) {
	rank, size := s.Reducer.Rank(), s.Reducer.Size()
	if size < 1 || rank < 0 || rank >= size || s.Neurons < 1 {
		return 0, 0, fmt.Errorf("jacobian: rank %d of %d, %d neurons: %w", rank, size, s.Neurons, ErrShape)
	}
	unit := Section(s.Neurons)
	if s.Fast {
		unit = blockNeurons
	}
	units := ceil(s.Neurons, unit)
	if size > units {
		return 0, 0, fmt.Errorf("jacobian: %d neurons make %d parts of %d, too few for %d ranks; use more neurons, fewer ranks%s: %w", s.Neurons, units, unit, size, map[bool]string{false: " or Fast"}[s.Fast], ErrShape)
	}
	// Every rank gets the same number of sections, or one more; the last section
	// may be short, so that the first ranks get the extra ones.
	per, extra := units/size, units%size
	lo = rank*per + min(rank, extra)
	hi = lo + per
	if rank < extra {
		hi++
	}
	return lo * unit, min(hi*unit, s.Neurons), nil
}

// join makes op a part of the shard's network.
func (op *Operator) join(s *Shard) error {
	lo, err := s.first(op.m)
	op.shard, op.first, op.width = s, lo, s.Neurons
	return err
}

// first returns the first neuron of this rank, which must have m of them.
func (s *Shard) first(m int) (int, error) {
	if s.Reducer == nil {
		return 0, fmt.Errorf("jacobian: a Shard without Reducer: %w", ErrShape)
	}
	lo, hi, err := s.Share()
	if err == nil && hi-lo != m {
		err = fmt.Errorf("jacobian: rank %d has %d neurons, its share of %d are [%d, %d): %w", s.Reducer.Rank(), m, s.Neurons, lo, hi, ErrShape)
	}
	return lo, err
}

// begin prepares a sum of len(dst) values over the neurons, to which the tasks
// add section by section. A task that has added all of a run of values settles
// it; finish joins what the ranks have.
func (op *Operator) begin(dst []float64) {
	op.dst = dst
	if op.shard == nil {
		return
	}
	size := len(dst)
	if !op.shard.Fast {
		size *= ceil(op.width, op.section)
	}
	op.joint = grow(op.joint, size+1)[:size+1] // one for the flips
	clear(op.joint)
}

// add adds the sums of the section that begins at neuron r, for the elements of
// dst from lo on.
func (op *Operator) add(sums []float64, lo, r int) {
	to := op.dst[lo:][:len(sums)]
	if op.shard != nil {
		at := lo
		if !op.shard.Fast {
			at += (op.first + r) / op.section * len(op.dst)
		}
		to = op.joint[at:][:len(sums)]
	}
	if r == 0 {
		copy(to, sums)
		return
	}
	for i, v := range sums {
		to[i] += v
	}
}

// settle scales the elements [lo, hi) of dst, unless other ranks add to them.
func (op *Operator) settle(lo, hi int) {
	if op.shard == nil {
		asm.Scale(op.dst[lo:hi], op.scale, op.dst[lo:hi])
	}
}

// joinRows is the number of elements of a task of finish.
const joinRows = 4096

func (op *Operator) finish() {
	if op.shard != nil {
		op.shard.Reducer.Sum(op.joint)
		op.team.Do(ceil(len(op.dst), joinRows), op.doJoin)
	}
	op.dst = nil
}

// joinTask joins the sections in index order, and scales.
func (op *Operator) joinTask(_, task int) {
	lo := task * joinRows
	out := op.dst[lo:min(lo+joinRows, len(op.dst))]
	clear(out)
	for at := 0; at < len(op.joint)-1; at += len(op.dst) {
		for i, v := range op.joint[at+lo:][:len(out)] {
			out[i] += v
		}
	}
	asm.Scale(out, op.scale, out)
}

// Predict is [Network.Predict] for a network whose neurons are spread over the
// ranks, of which net has this one's share: a collective call, one Sum. All
// ranks must bring the same x. When ctx ends, on any rank, dst is incomplete on
// all, which must be told by other means.
func (s *Shard) Predict(ctx context.Context, net *Network, dst, x []float64, workers int) error {
	n, err := net.checkPredict(dst, x)
	if err != nil {
		return err
	}
	lo, err := s.first(net.M)
	if err != nil {
		return err
	}
	section := Section(s.Neurons)
	size := n
	if !s.Fast {
		size *= ceil(s.Neurons, section)
	}
	joint := make([]float64, size)
	done := net.sections(ctx, x, n, section, workers, func(w, first int, sums []float64) {
		at := w * wordSamples
		if !s.Fast {
			at += (lo + first) / section * n
		}
		for i, v := range sums {
			joint[at+i] += v
		}
	})
	s.Reducer.Sum(joint)
	clear(dst)
	for at := 0; at < len(joint); at += n {
		for i, v := range joint[at : at+n] {
			dst[i] += v
		}
	}
	asm.Scale(dst, 1/math.Sqrt(float64(s.Neurons)), dst)
	if !done {
		return fmt.Errorf("jacobian: Predict: %w", context.Cause(ctx))
	}
	return nil
}

// phase is what a task that makes entries of the Gram matrix does.
type phase int

const (
	whole    phase = iota // the entries, from gates to scaling
	counting              // the rank's own counts, exact in float64
	scaling               // the entries, from the counts of all ranks
)

// entries runs the tasks that make the entries of dst, rows of n: once, or for
// several ranks twice, with a sum in between. Of the Gram matrix itself, square
// with equal samples both ways, the tasks look at tiles on and below the diagonal.
func (op *Operator) entries(dst []float64, n int, gram bool, tasks int, body func(worker, task int)) {
	if op.shard == nil {
		op.team.Do(tasks, body)
		return
	}
	op.phase = counting
	op.team.Do(tasks, body)
	op.sumCounts(dst, n, gram)
	op.phase = scaling
	op.team.Do(tasks, body)
	op.phase = whole
}

// Counts of up to pairNeurons neurons travel in pairs, c + 2²⁶·c', which a float64
// holds exactly, and sums of them too.
const (
	pairNeurons = 1<<26 - 1
	countPiece  = 1 << 15 // values of a Sum
)

// sumCounts sums the counts in rows of n over the ranks, or of a Gram matrix as
// much of them as the tiles on and below the diagonal cover.
func (op *Operator) sumCounts(dst []float64, n int, gram bool) {
	const pair = pairNeurons + 1
	piece := make([]float64, 0, countPiece)
	var from [][]float64 // what piece is made of
	flush := func() {
		op.shard.Reducer.Sum(piece)
		i := 0
		for _, row := range from {
			for len(row) > 1 && op.width <= pairNeurons {
				high := math.Floor(piece[i] / pair)
				row[0], row[1] = piece[i]-high*pair, high
				row, i = row[2:], i+1
			}
			i += copy(row, piece[i:])
		}
		piece, from = piece[:0], from[:0]
	}
	for r := 0; r*n < len(dst); r++ {
		row := dst[r*n : (r+1)*n]
		if gram {
			row = row[:min((r/gramTile+1)*gramTile, n)]
		}
		for len(row) > 0 {
			part := row[:min(len(row), countPiece/2)]
			row = row[len(part):]
			if len(piece)+len(part) > countPiece {
				flush()
			}
			from = append(from, part)
			for len(part) > 1 && op.width <= pairNeurons {
				piece = append(piece, part[0]+part[1]*pair)
				part = part[2:]
			}
			piece = append(piece, part...)
		}
	}
	flush()
}

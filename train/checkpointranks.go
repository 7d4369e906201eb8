package train

import (
	"context"
	"errors"
	"fmt"
)

// A checkpoint of several ranks is that of one process which has all neurons:
// rank 0 gathers the weights of all and writes it, every rank reads it and keeps
// its own share. So a job may go on with another number of ranks.

// vectors returns what the state has by weights.
func (s *savedState) vectors() []*[]float64 {
	all := []*[]float64{&s.W, &s.Best, &s.Solver.At, &s.Gradient.Velocity, &s.Gradient.Square}
	for j := range s.Nets {
		all = append(all, &s.Nets[j])
	}
	return all
}

// writeTogether writes the state of all ranks.
func (t *trainer) writeTogether(ctx context.Context, s *savedState) error {
	a, d := t.o.accord, t.net.D
	first, _, _ := t.o.shard.Share()
	for _, v := range s.vectors() {
		if len(*v) > 0 { // the same ones on all ranks
			*v = a.gather(*v, first*d, t.o.Width*d)
		}
	}
	var err error
	if a.Rank() == 0 {
		err = writeCheckpoint(ctx, t.points.path, t.points.facts, s)
	}
	if a.any(err != nil) && err == nil {
		err = errors.New("rank 0 could not write it")
	}
	return err
}

// readTogether makes the ranks agree on what they have read, of which each then
// keeps its share.
func (o *Options) readTogether(found bool, err error, s *savedState, width int) error {
	a := o.accord
	if failed := a.any(err != nil); err != nil || failed {
		if err == nil {
			err = fmt.Errorf("train: another rank could not read the checkpoint %s: %w", o.Checkpoint, ErrCheckpoint)
		}
		return err
	}
	tag := float64(0)
	if found {
		tag = 1 + float64(len(s.History.Steps)) + float64(s.Elapsed)
	}
	if a.any(a.first(tag) != tag) {
		return fmt.Errorf("train: not all ranks find the same checkpoint %s: it must be in a folder that all of them see: %w", o.Checkpoint, ErrCheckpoint)
	}
	first, last, _ := o.shard.Share()
	for _, v := range s.vectors() {
		if len(*v) > 0 {
			*v = append([]float64(nil), (*v)[first*width:last*width]...)
		}
	}
	return nil
}

// gatherPiece is the number of values that gather sums at a time.
const gatherPiece = 1 << 15

// gather returns on rank 0 all of a vector of which each rank has the part from
// at on, and nil on the others.
func (a *accord) gather(part []float64, at, length int) []float64 {
	var all []float64
	if a.Rank() == 0 {
		all = make([]float64, length)
	}
	piece := make([]float64, gatherPiece)
	for lo := 0; lo < length; lo += gatherPiece {
		hi := min(lo+gatherPiece, length)
		clear(piece)
		if from, to := max(lo, at), min(hi, at+len(part)); from < to {
			copy(piece[from-lo:], part[from-at:to-at])
		}
		a.Sum(piece[:hi-lo])
		if all != nil {
			copy(all[lo:], piece[:hi-lo])
		}
	}
	return all
}

// first returns rank 0's v on all ranks.
func (a *accord) first(v float64) float64 {
	x := []float64{0}
	if a.Rank() == 0 {
		x[0] = v
	}
	a.Sum(x)
	return x[0]
}

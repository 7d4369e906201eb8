package jacobian

import "context"

// Linearization is a network on a fixed set of samples and its derivative by the
// weights, as all that trains it sees it: flat weights, sums over sections of them,
// and products. [Operator] is the one of two layers; how many layers there are, and
// how the weights are made of them, is for this package alone to know.
//
// With n samples and N weights, J is n × N as of the last Linearize and G = JJᵀ. With
// a [Shard] the weights are those of this rank. Methods allocate nothing unless they
// say so, and none may run at the same time as another.
type Linearization interface {
	// Samples returns n.
	Samples() int
	// Layout tells how the flat weights are cut for sums.
	Layout() Layout
	// Gates returns the number of gates on all samples, of the whole network.
	Gates() int64
	// Bind makes the products return early once ctx is done; nil unbinds.
	Bind(ctx context.Context)

	// Linearize evaluates the network at its weights: n outputs to f, and J.
	Linearize(f []float64)
	// Flips returns how many gates the last Linearize changed.
	Flips() int64
	// Mark keeps J, and Recall takes the one marked last back: what follows has the bits that it
	// has after a Linearize at the weights of then, for a small part of its time. The weights
	// are left alone. Mark allocates the first time; Recall panics before.
	Mark()
	Recall()
	// Predict writes the outputs of the network for other samples to dst. It allocates.
	Predict(ctx context.Context, dst, x []float64) error

	// MulVec sets dst = J·v, MulTransVec dst = Jᵀ·u and MulGramVec dst = G·u.
	MulVec(dst, v []float64)
	MulTransVec(dst, u []float64)
	MulGramVec(dst, u []float64)
	// MulGramVecs sets row q of dst to G times row q of u for k rows of length n, with the
	// bits of MulGramVec. It allocates when k is larger than ever before.
	MulGramVecs(dst, u []float64, k int)
	// MulGramVecs32 is MulGramVecs in float32 arithmetic: with an error of about 10⁻⁷·‖J‖·‖Jᵀu‖, in half to three quarters
	// of the time.
	MulGramVecs32(dst, u []float64, k int)
	// Gram writes G, n × n row-major; GramMatrix is G whose entries are made on demand.
	Gram(dst []float64)
	GramMatrix() GramMatrix
	// Gradients writes to row i of dst the gradient by sample i of the function that
	// the weights v have with the gates of the last Linearize.
	Gradients(dst, v []float64)

	// Sketch and Sketch32 write S·Jᵀ; NewKroneckerSketch makes an S of s rows with the
	// structure of the weights, which costs less than one without.
	NewKroneckerSketch(s int, seed uint64) (Sketch, error)
	Sketch(dst []float64, s Sketch) error
	Sketch32(dst []float32, s Sketch) error
}

var _ Linearization = (*Operator)(nil)

// GramMatrix is G = J·Jᵀ of a Linearization as a matrix whose products and entries are
// made on demand, as of its last Linearize: what preconditioners of package solver
// take that need a few columns. Its entries have the bits that Gram gives. It
// is bound to its Linearization: one call at a time, of either. Its methods panic
// on a wrong length or an index out of range.
type GramMatrix interface {
	// N returns the order n.
	N() int
	// MulVec sets dst = G·u.
	MulVec(dst, u []float64)
	// Diag sets dst to the n diagonal entries.
	Diag(dst []float64)
	// Columns sets row q of dst, len(cols) × n row-major, to column cols[q].
	Columns(dst []float64, cols []int)
	// Block sets dst, len(at) × len(at) row-major, to the entries (at[p], at[q]).
	Block(dst []float64, at []int)
}

// Layout says how flat weights are cut: sums over weights are made section by
// section and joined in their order, so that ranks which have some sections each
// come to the bits of one that has all.
type Layout struct {
	Sections []int // where the sections of the whole network's weights begin, and the end of the last
	Lo, Hi   int   // the weights of this rank are those from Lo to Hi
}

// All returns the number of weights of the whole network.
func (l *Layout) All() int { return l.Sections[len(l.Sections)-1] }

// Own returns the layout of this rank's weights taken by themselves, in sections of the
// same length.
func (l *Layout) Own() Layout {
	own := Layout{Hi: l.Hi - l.Lo}
	for at := 0; at < own.Hi; at += l.Sections[1] {
		own.Sections = append(own.Sections, at)
	}
	own.Sections = append(own.Sections, own.Hi)
	return own
}

// NewLayout returns the layout of a two-layer network of m neurons of d features,
// or of a shard's part of it; s may be nil. It returns ErrShape for a shard that
// leaves a rank without neurons.
func NewLayout(m, d int, s *Shard) (Layout, error) {
	l := Layout{Hi: m * d}
	for r := 0; r < m; r += Section(m) {
		l.Sections = append(l.Sections, r*d)
	}
	l.Sections = append(l.Sections, m*d)
	if s != nil {
		lo, hi, err := s.Share()
		if err != nil {
			return Layout{}, err
		}
		l.Lo, l.Hi = lo*d, hi*d
	}
	return l, nil
}

// Samples returns n.
func (op *Operator) Samples() int { return op.n }

// Layout tells how the weights are cut into sections of neurons, see [Section].
func (op *Operator) Layout() Layout {
	l, _ := NewLayout(op.width, op.d, op.shard) // New has seen to the shard
	return l
}

// Gates returns n·m, m the neurons of the whole network.
func (op *Operator) Gates() int64 { return int64(op.n) * int64(op.width) }

// Predict writes the outputs of the network at its present weights for the samples
// of x, row-major, to dst, one each: [Network.Predict], or [Shard.Predict] of a
// shard, which is collective.
func (op *Operator) Predict(ctx context.Context, dst, x []float64) error {
	if op.shard != nil {
		return op.shard.Predict(ctx, op.net, dst, x, op.team.Workers())
	}
	return op.net.Predict(ctx, dst, x, op.team.Workers())
}

// With returns the network with the weights w, of which it has as many, in place of
// its own.
func (net *Network) With(w []float64) Network {
	return Network{M: net.M, D: net.D, W: w, A: net.A}
}

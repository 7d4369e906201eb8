package jacobian

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"

	"github.com/nearlinear/nearlinear/asm"
)

// The cuts of the work, the same for every number of workers. They are part of
// the definition of every sum.
const (
	wordSamples  = asm.GateWidth // samples that share a word of gates
	blockNeurons = 384           // neurons whose contributions to f are summed in one run: whole words, whole tiles of six rows
	groupNeurons = 128           // neurons whose rows of Jᵀu are accumulated together
	gramTile     = 64            // rows and columns of a tile of the Gram matrix
)

// Options configures an Operator. The zero value is ready to use.
type Options struct {
	Workers int // goroutines of a product; 0 means GOMAXPROCS. No result depends on it.
}

// Operator is the Jacobian of a network on a fixed set of samples, as of its
// last Linearize. Its methods allocate nothing after New (Sketch grows its
// scratch once), and none of them may run at the same time as another on the
// same Operator.
type Operator struct {
	net     *Network
	n, m, d int
	scale   float64 // m^-½

	x  []float64 // n × d, the caller's
	xp []float64 // x in panels of 8 samples, feature by feature; zero past n

	words  int      // words of gates over the samples: ⌈n/64⌉
	gates  []uint64 // gates[w·m + r]: bit i is b_ri of sample 64w+i
	rows   []uint64 // rows[i·stride + w]: bit r is b_ri of neuron 64w+r
	stride int
	flips  atomic.Int64
	fresh  bool // no Linearize yet

	blocks int       // blocks of neurons: ⌈m/384⌉
	part   []float64 // part[b·64·words + i]: sum over block b for sample i
	step   []float64 // Jᵀu inside MulGramVec, m × d

	team *asm.Team
	work []workspace // one a worker

	// Arguments of the running call, read by the task bodies, which are bound
	// once so that a call allocates nothing.
	dst, vec                                              []float64
	sketch                                                columnSketch
	doForward, doVec, doReduce, doTrans, doGram, doSketch func(worker, task int)
}

// workspace is what one worker needs.
type workspace struct {
	z     []float64            // a tile of W·Xᵀ: 6 × 64, or 64 × 64 for Gram
	acc   [wordSamples]float64 // sums of one block for 64 samples
	words [blockNeurons]uint64 // gates of one block for 64 samples
	bits  [64]uint64           // one 64 × 64 block to transpose
	count [gramTile * gramTile]int64
	mask  []float64 // gates·u for 8 neurons and a run of samples
	sums  []float64 // rows of Jᵀu of one group, feature by feature
	cols  []float64 // eight sketched columns
	long  []float64 // one column of Jᵀ, padded
	left  []float64 // the two factors of a Kronecker column
	right []float64
}

// New returns the Jacobian operator of net on the n samples of x, a row-major
// n × net.D matrix with n = len(x)/net.D. The operator keeps x, which must not
// change, and reads net.W at each Linearize, so a trainer updates W in place.
// All gates are closed before the first Linearize.
//
// It returns ErrShape, ErrSign, ErrNotFinite (naming row, column and value) or
// ErrOverflow.
func New(net *Network, x []float64, opts *Options) (*Operator, error) {
	if opts == nil {
		opts = &Options{}
	}
	if err := net.Check(); err != nil {
		return nil, err
	}
	n, err := checkSamples(x, net.D)
	if err != nil {
		return nil, err
	}
	if err := checkSize(n, net.M, net.D); err != nil {
		return nil, err
	}
	m, d := net.M, net.D
	op := &Operator{net: net, n: n, m: m, d: d, x: x, scale: 1 / math.Sqrt(float64(m)), fresh: true}
	op.words = ceil(n, wordSamples)
	op.blocks = ceil(m, blockNeurons)
	op.stride = rowStride(m)
	padded := op.words * wordSamples
	op.xp = make([]float64, asm.PanelLen(d, padded))
	asm.PackRows(op.xp, x, d, d, n, 1)
	op.gates = make([]uint64, op.words*m)
	op.rows = make([]uint64, padded*op.stride)
	op.part = make([]float64, op.blocks*padded)
	op.step = make([]float64, m*d)
	op.team = asm.NewTeam(opts.Workers)
	op.work = make([]workspace, op.team.Workers())
	for w := range op.work {
		ws := &op.work[w]
		ws.z = make([]float64, gramTile*wordSamples)
		ws.mask = make([]float64, asm.PanelLen(sampleRun(d), asm.TileCols))
		ws.sums = make([]float64, groupNeurons*d)
	}
	op.doForward, op.doVec, op.doReduce = op.forwardTask, op.vecTask, op.reduceTask
	op.doTrans, op.doGram, op.doSketch = op.transTask, op.gramTask, op.sketchTask
	return op, nil
}

// Dims returns the number of samples n, neurons m and features d; J is n × md.
func (op *Operator) Dims() (n, m, d int) { return op.n, op.m, op.d }

// Bind makes the products return early once ctx is done, within a few
// milliseconds; their results are then incomplete, and the caller asks
// ctx.Err. A nil context unbinds.
func (op *Operator) Bind(ctx context.Context) { op.team.Bind(ctx) }

// Flips returns the number of gates (of n·m) that the last Linearize changed;
// the first one counts none. ‖J_new − J_old‖²_F = m⁻¹ Σ ‖x_i‖² over flipped
// (i, r), which is n·Flips/(n·m) for unit rows.
func (op *Operator) Flips() int64 { return op.flips.Load() }

// Gate reports whether neuron r is active on sample i, as of the last
// Linearize. It panics unless 0 ≤ r < m and 0 ≤ i < n.
func (op *Operator) Gate(r, i int) bool {
	if r < 0 || r >= op.m || i < 0 || i >= op.n {
		panic(fmt.Sprintf("jacobian: Gate(%d, %d) of %d neurons, %d samples", r, i, op.m, op.n))
	}
	return op.gates[i/wordSamples*op.m+r]>>(i%wordSamples)&1 != 0
}

// Row writes row i of J to dst, of length m·d: 8·m·d bytes and as many
// products. It is meant for tests and small problems.
func (op *Operator) Row(dst []float64, i int) {
	op.check("Row", dst, op.m*op.d)
	if i < 0 || i >= op.n {
		panic(fmt.Sprintf("jacobian: Row(%d) of %d samples", i, op.n))
	}
	op.fillRow(dst, i)
}

// fillRow writes row i of J to the first m·d elements of dst.
func (op *Operator) fillRow(dst []float64, i int) {
	x := op.x[i*op.d : (i+1)*op.d]
	row := op.rows[i*op.stride:]
	for r, a := range op.net.A {
		out := dst[r*op.d : (r+1)*op.d]
		if row[r/64]>>(r%64)&1 == 0 {
			clear(out)
			continue
		}
		asm.Scale(out, a*op.scale, x)
	}
}

func (op *Operator) check(name string, x []float64, want int) {
	if len(x) != want {
		panic(fmt.Sprintf("jacobian: %s: vector of length %d, want %d (n=%d m=%d d=%d)", name, len(x), want, op.n, op.m, op.d))
	}
}

// Bytes returns the memory an Operator takes for n samples, m neurons and d
// features with the given number of workers, sketches aside.
func Bytes(n, m, d, workers int) uint64 {
	words := uint64(ceil(n, wordSamples))
	padded := words * wordSamples
	gates := 8*words*uint64(m) + 8*padded*uint64(rowStride(m))
	floats := padded*uint64(d) + uint64(ceil(m, blockNeurons))*padded + uint64(m)*uint64(d)
	each := uint64(gramTile*wordSamples+sampleRun(d)*asm.TileCols+groupNeurons*d) + 5000
	return gates + 8*floats + 8*each*uint64(max(workers, 1))
}

// rowStride returns the words of one sample's row of gates: whole cache lines,
// an odd number of them, so that a walk down a column meets every L1 set.
func rowStride(m int) int {
	return 8 * (ceil(m, 512) | 1)
}

// sampleRun returns how many samples Jᵀu takes at a time: as many as keep their
// features within 128 KiB of L2, between 32 and 256.
func sampleRun(d int) int {
	return min(max(16384/d/8*8, 32), 256)
}

func ceil(a, b int) int { return (a + b - 1) / b }

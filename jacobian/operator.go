package jacobian

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"unsafe"

	"github.com/nearlinear/nearlinear/asm"
)

// The cuts of the work that are part of the definition of a sum, the same for
// every number of workers.
const (
	wordSamples  = asm.GateWidth // samples that share a word of gates
	blockNeurons = 384           // neurons whose contributions to f are summed in one run: whole words, whole tiles of six rows
)

// Options configures an Operator. The zero value is ready to use.
type Options struct {
	Workers int // goroutines of a product; 0 means GOMAXPROCS. No result depends on it.

	// Shard, if set, says that the network's neurons are the part of a wider
	// network that [Shard.Share] gives this rank.
	Shard *Shard
}

// Operator is the Jacobian of a network on a fixed set of samples, as of its
// last Linearize. Its methods allocate nothing after New (Gradients does; Sketch grows its
// scratch once, as Mark does), and none of them may run at the same time as another on the
// same Operator.
type Operator struct {
	net     *Network
	n, m, d int
	shard   *Shard  // nil: the network is whole
	phase   phase   // of entries
	width   int     // neurons of the whole network
	first   int     // the first of them that is here
	section int     // neurons of a section
	scale   float64 // width^-½

	x []float64 // n × d, the caller's

	// Gates, a bit b_ri each, in two layouts: 64 samples to a word, and 64
	// neurons to a word. Gates past n and past m are closed.
	words        int      // words over the samples: ⌈n/64⌉
	gates        []uint64 // gates[w·neuronStride + r]: bit i is sample 64w+i
	neuronStride int
	samples      []uint64 // samples[v·sampleStride + i]: bit r is neuron 64v+r
	sampleStride int
	marked       []uint64 // gates as of Mark; nil before
	flips        atomic.Int64
	unsound      atomic.Bool // a weight is not finite
	fresh        bool        // no Linearize yet

	blocks int       // blocks of neurons: ⌈m/384⌉
	part   []float64 // part[b·64·words + i]: sum over block b for sample i
	joint  []float64 // of a shard: what the ranks sum
	whole  []uint64  // of a shard: the gates of all ranks, for a sketch
	step   []float64 // Jᵀu inside MulGramVec, m × d

	team *asm.Team
	work []workspace // one a worker

	// Arguments of the running call, read by the task bodies, which are bound
	// once so that a call allocates nothing.
	dst, vec                                              []float64
	chunk                                                 int // rows of a task of a product, tiles of one of Gram
	dst32                                                 []float32
	signs                                                 []uint64 // of a Kronecker sketch
	sketch                                                columnSketch
	kronecker                                             kroneckerSketch // so that a call allocates nothing
	firstColumns, lastColumns                             int             // of the sketch, in eights, that are made here
	doForward, doReduce, doVec, doTrans, doGram, doSketch func(worker, task int)
	doJoin, doRecall                                      func(worker, task int)

	// Of products with several vectors side by side, see packing.
	pack                                  packing
	packed                                []float64 // m rows
	doPack, doUnpack, doWide, doTransWide func(worker, task int)

	single *single // of products in float32; nil before the first
}

// workspace is what one worker needs.
type workspace struct {
	acc     [wordSamples]float64 // sums of one block, or section, for 64 samples
	sums    [chunkRows]float64   // of one section of a product
	words   [blockNeurons]uint64 // gates of one block for 64 samples
	last    [wordSamples]uint64  // words that end a block, before they are transposed
	xp      []float64            // 64 samples as asm.Forward wants them, or in panels of 8 for the Gram matrix
	rows    []float64            // a panel of the product of bits under way
	table   []float64            // scratch of asm.MulAddBits
	counts  [gramRun * gramTile * gramTile]int64
	inner   [gramTile * gramTile]float64 // inner products of a tile of the Gram matrix
	scratch *asm.CountScratch
	cols    []float64 // eight sketched columns
	long    []float64 // one column of Jᵀ, padded
	left    []float64 // the two factors of a Kronecker column
	left32  []float32 // the left one where float32 is exact
	right   []float64
	open    []uint64 // the gates of its sample

	wide  []float64            // the panels of a run of samples
	row   [packedLanes]float64 // the panels of one of them side by side
	dots  []float64            // its products, 64 a vector
	terms []float64            // a panel of what 64 samples add to Jᵀu
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
	if net == nil {
		return nil, fmt.Errorf("jacobian: no network: %w", ErrShape)
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
	op := &Operator{net: net, n: n, m: m, d: d, width: m, x: x, fresh: true}
	if opts.Shard != nil {
		if err := op.join(opts.Shard); err != nil {
			return nil, err
		}
	}
	op.section, op.scale = Section(op.width), 1/math.Sqrt(float64(op.width))
	op.words = ceil(n, wordSamples)
	op.blocks = ceil(m, blockNeurons)
	op.neuronStride, op.sampleStride = gateStride(m), gateStride(op.words*wordSamples)
	padded := op.words * wordSamples
	op.gates = make([]uint64, op.words*op.neuronStride)
	op.samples = make([]uint64, ceil(m, 64)*op.sampleStride)
	op.part = make([]float64, op.blocks*padded)
	op.step = make([]float64, m*d)
	op.team = asm.NewTeam(opts.Workers)
	op.work = make([]workspace, op.team.Workers())
	for w := range op.work {
		op.work[w].xp = aligned[float64](wordSamples * d)
		op.work[w].rows = aligned[float64](chunkRows * asm.BitsWidth)
		op.work[w].table = aligned[float64](asm.BitsTable)
		op.work[w].scratch = new(asm.CountScratch)
	}
	op.doForward, op.doReduce, op.doJoin, op.doRecall = op.forwardTask, op.reduceTask, op.joinTask, op.recallTask
	op.doVec, op.doTrans, op.doGram, op.doSketch = op.vecTask, op.transTask, op.gramTask, op.sketchTask
	op.doPack, op.doUnpack, op.doWide, op.doTransWide = op.packTask, op.unpackTask, op.wideTask, op.transWideTask
	return op, nil
}

// Dims returns the number of samples n, neurons m and features d; J is n × md.
// Of a Shard, m is the number of its own neurons.
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
	return op.gate(r, i)
}

func (op *Operator) gate(r, i int) bool {
	return op.samples[r/64*op.sampleStride+i]>>(r%64)&1 != 0
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
	for r, a := range op.net.A {
		out := dst[r*op.d : (r+1)*op.d]
		if !op.gate(r, i) {
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

// checkCount panics unless k is the number of vectors that there are, so that
// the products of k with other lengths cannot overflow.
func (op *Operator) checkCount(name string, k, have int) {
	if k != have {
		panic(fmt.Sprintf("jacobian: %s: %d vectors, lengths for %d (n=%d m=%d d=%d)", name, k, have, op.n, op.m, op.d))
	}
}

// Bytes returns the memory an Operator takes for n samples, m neurons and d
// features with the given number of workers, sketches aside.
func Bytes(n, m, d, workers int) uint64 {
	words := ceil(n, wordSamples)
	padded := uint64(words * wordSamples)
	gates := uint64(words)*uint64(gateStride(m)) + uint64(ceil(m, 64))*uint64(gateStride(words*wordSamples))
	floats := uint64(ceil(m, blockNeurons))*padded + uint64(m)*uint64(d)
	const each = chunkRows*(asm.BitsWidth+1) + asm.BitsTable + (gramRun+1)*gramTile*gramTile + uint64(unsafe.Sizeof(asm.CountScratch{}))/8 + 1000
	return 8 * (gates + floats + (each+wordSamples*uint64(d))*uint64(max(workers, 1)))
}

// gateStride returns the distance of consecutive words of so many gates each:
// whole cache lines, an odd number of them, so that a walk from word to word
// meets every set of a cache.
func gateStride(n int) int { return 8 * (ceil(n, 8) | 1) }

// aligned returns n numbers that begin at a cache line.
func aligned[T asm.Float](n int) []T {
	x := make([]T, n+15)
	skip := -uintptr(unsafe.Pointer(&x[0])) % 64 / unsafe.Sizeof(x[0])
	return x[skip:][:n:n]
}

func ceil(a, b int) int { return (a + b - 1) / b }

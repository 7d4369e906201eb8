package jacobian

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// Block runs networks on up to 64 samples, on the caller's goroutine and without
// allocation: for predictions in small batches, or in larger ones whose samples
// are made on the way. The networks are not checked at each call as
// Network.Predict does. A Block must not be used by two goroutines at once.
type Block struct {
	d, n   int
	x      []float64 // the caller's samples
	packed bool      // xp holds them
	xp     []float64 // 64 samples, as asm.Forward wants them
	xs     []float64 // few samples, as columns for asm.MulAdd
	z      []float64 // fewNeurons × lanes

	acc   [wordSamples]float64 // of a block of neurons
	sums  [wordSamples]float64 // of a section
	gates [blockNeurons]uint64
	team  *asm.Team // of one worker, which knows the context
}

// BlockSamples is the largest number of samples of a Block.
const BlockSamples = wordSamples

// Up to fewSamples samples go through a matrix product with as many columns,
// rounded up to eight, instead of the forward pass of 64: m = 4096, d = 65 takes
// 90 µs for 8 of them, 170 for 16, 260 for 24, against 380. The product has fewNeurons
// rows at a time, which stay in the first-level cache.
const (
	fewSamples = 24
	fewNeurons = 96
)

// NewBlock returns a Block for samples of d features. It panics unless d ≥ 1.
func NewBlock(d int) *Block {
	if d < 1 {
		panic(fmt.Sprintf("jacobian: NewBlock of %d features", d))
	}
	return &Block{d: d, xp: alignedFloats(wordSamples * d), xs: alignedFloats(asm.PanelLen(d, fewSamples)), z: alignedFloats(fewNeurons * fewSamples), team: asm.NewTeam(1)}
}

// Bind makes Forward return early once ctx is done, within a millisecond; its
// results are then incomplete, and the caller asks ctx.Err. A nil context
// unbinds.
func (b *Block) Bind(ctx context.Context) { b.team.Bind(ctx) }

// Set takes the samples of x, row-major, 1 to 64 of d features, which must not
// change before the last Forward on them. It panics on another length.
func (b *Block) Set(x []float64) {
	n := len(x) / b.d
	if len(x)%b.d != 0 || n < 1 || n > BlockSamples {
		panic(fmt.Sprintf("jacobian: Block.Set: %d values are not 1 to %d samples of %d features", len(x), BlockSamples, b.d))
	}
	b.x, b.n, b.packed = x, n, false
	if n <= fewSamples {
		asm.PackRows(b.xs, x, b.d, b.d, n, 1)
	}
}

// Forward writes the outputs of the network for the samples of the last Set to
// dst, one each: the bits of Linearize and Network.Predict. 2·md flops a sample;
// up to 24 cost as if they were 8, 16 or 24, more as if they were 64. Weights must be
// finite ([Network.Check]): a NaN in a product is taken for 0. It panics if dst has
// another length than Set had samples or the network another D.
func (b *Block) Forward(dst []float64, net *Network) {
	if len(dst) != b.n || net.D != b.d || len(net.W) != net.M*net.D || len(net.A) != net.M {
		panic(fmt.Sprintf("jacobian: Block.Forward: %d outputs of %d samples, %d features; network of %d, %d with %d weights and %d signs", len(dst), b.n, b.d, net.M, net.D, len(net.W), len(net.A)))
	}
	clear(dst)
	if b.n <= fewSamples {
		b.few(dst, net)
		finite := true
		for _, v := range dst {
			finite = finite && v-v == 0
		}
		if finite {
			return
		}
		// A NaN among the sums: only the gates of the full pass shut it out.
		clear(dst)
	}
	if !b.packed {
		asm.PackSamples(b.xp, b.x, b.d)
		b.packed = true
	}
	for r := 0; r < net.M && !b.team.Cancelled(); r += blockNeurons {
		clear(b.acc[:])
		net.forward(b.team, &b.acc, b.gates[:], b.xp, r, min(r+blockNeurons, net.M))
		b.join(dst, net.M, r)
	}
	asm.Scale(dst, 1/math.Sqrt(float64(net.M)), dst)
}

// few is Forward by matrix products Z = W·Xᵀ: the same chains for each z, and the
// same order of the sums.
func (b *Block) few(dst []float64, net *Network) {
	d, lanes := b.d, (b.n+7)/8*8
	for lo := 0; lo < net.M && !b.team.Cancelled(); lo += blockNeurons {
		hi := min(lo+blockNeurons, net.M)
		clear(b.acc[:lanes])
		for r := lo; r < hi && !b.team.Cancelled(); r += fewNeurons {
			rows := min(fewNeurons, hi-r)
			z := b.z[:rows*lanes]
			clear(z)
			asm.MulAdd(z, lanes, net.W[r*d:(r+rows)*d], d, 1, b.xs[:asm.PanelLen(d, lanes)], rows, lanes, d)
			for i := 0; i < lanes; i += 8 {
				addRelu((*[8]float64)(b.acc[i:]), z[i:], lanes, net.A[r:r+rows])
			}
		}
		b.join(dst, net.M, lo)
	}
	asm.Scale(dst, 1/math.Sqrt(float64(net.M)), dst)
}

// join adds the sums of the block of neurons that begins at r to those of its
// section, and these to dst once they are complete.
func (b *Block) join(dst []float64, m, r int) {
	section := Section(m)
	if r%section == 0 {
		clear(b.sums[:])
	}
	for i, v := range b.acc[:len(dst)] {
		b.sums[i] += v
	}
	if r += blockNeurons; r%section == 0 || r >= m {
		for i, v := range b.sums[:len(dst)] {
			dst[i] += v
		}
	}
}

// addRelu adds a_q·max(0, z_qi) to acc[i], row q of z after row.
func addRelu(acc *[8]float64, z []float64, stride int, a []float64) {
	s0, s1, s2, s3, s4, s5, s6, s7 := acc[0], acc[1], acc[2], acc[3], acc[4], acc[5], acc[6], acc[7]
	for q, a := range a {
		v := (*[8]float64)(z[q*stride:])
		s0 += float64(a * positive(v[0]))
		s1 += float64(a * positive(v[1]))
		s2 += float64(a * positive(v[2]))
		s3 += float64(a * positive(v[3]))
		s4 += float64(a * positive(v[4]))
		s5 += float64(a * positive(v[5]))
		s6 += float64(a * positive(v[6]))
		s7 += float64(a * positive(v[7]))
	}
	*acc = [8]float64{s0, s1, s2, s3, s4, s5, s6, s7}
}

// positive returns max(0, v) without a branch, and a NaN of sign + as it is.
func positive(v float64) float64 {
	bits := math.Float64bits(v)
	return math.Float64frombits(bits &^ uint64(int64(bits)>>63))
}

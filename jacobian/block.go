package jacobian

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/asm"
)

// Block runs networks on a few samples, on the caller's goroutine and without
// allocation: for predictions in small batches, or in larger ones whose samples
// are made on the way. The networks are not checked at each call as
// Network.Predict does. A Block must not be used by two goroutines at once.
type Block struct {
	d, n   int
	x      []float64 // the caller's samples
	packed bool      // xp holds those of whole words
	xp     []float64 // words of 64 samples, as asm.Forward wants them
	xs     []float64 // few samples, as columns for asm.MulAdd
	z      []float64 // fewNeurons × lanes

	acc, sums [][wordSamples]float64 // of a block of neurons, and of a section, for each word
	gates     [blockNeurons]uint64
	team      *asm.Team // of one worker, which knows the context
}

// BlockSamples is the largest number of samples of a Block that NewBlock makes.
const BlockSamples = wordSamples

// Up to fewSamples samples go through a matrix product with as many columns,
// rounded up to eight, instead of the forward pass of 64: m = 4096, d = 65 takes
// 90 µs for 8 of them, 170 for 16, 260 for 24, against 380. The product has fewNeurons
// rows at a time, which stay in the first-level cache.
const (
	fewSamples = 24
	fewNeurons = 96
)

// The weights of a network pass through once for all samples, a piece of pieceWeights
// at a time, which stays in the second-level cache with wideValues of the samples.
const (
	pieceWeights = 1 << 14
	wideValues   = 1 << 16
	wideSamples  = 512
)

// WideSamples returns how many samples of d features a Block had better have where
// there are many: 64 to 512, a multiple of 64.
func WideSamples(d int) int {
	return min(max(wideValues/d/wordSamples, 1)*wordSamples, wideSamples)
}

// NewBlock returns a Block for up to 64 samples of d features. It panics unless
// d ≥ 1.
func NewBlock(d int) *Block { return NewWideBlock(d, BlockSamples) }

// NewWideBlock returns a Block for up to so many samples of d features, or as many
// as fill up the last 64. A network's weights are read once for all of them: where
// they come from memory, as those of many networks do, a block of 64 reads a byte
// for every 16 flops, which is more than memory gives; see [WideSamples]. It takes 8·d
// bytes and 16 more a sample. It panics unless d ≥ 1 and samples ≥ 1.
func NewWideBlock(d, samples int) *Block {
	if d < 1 || samples < 1 {
		panic(fmt.Sprintf("jacobian: Block of %d samples, %d features", samples, d))
	}
	words := ceil(samples, wordSamples)
	return &Block{
		d: d, xp: aligned[float64](words * wordSamples * d),
		xs: aligned[float64](asm.PanelLen(d, fewSamples)), z: aligned[float64](fewNeurons * fewSamples),
		acc: make([][wordSamples]float64, words), sums: make([][wordSamples]float64, words),
		team: asm.NewTeam(1),
	}
}

// Bind makes Forward return early once ctx is done, within a millisecond; its
// results are then incomplete, and the caller asks ctx.Err. A nil context
// unbinds.
func (b *Block) Bind(ctx context.Context) { b.team.Bind(ctx) }

// Set takes the samples of x, row-major, of d features, one at least and as many as
// the Block was made for at most, which must not change before the last Forward on
// them. It panics on another length.
func (b *Block) Set(x []float64) {
	n := len(x) / b.d
	if len(x)%b.d != 0 || n < 1 || n > wordSamples*len(b.acc) {
		panic(fmt.Sprintf("jacobian: Block.Set: %d values are not 1 to %d samples of %d features", len(x), wordSamples*len(b.acc), b.d))
	}
	b.x, b.n, b.packed = x, n, false
	if few := n - b.whole(); few > 0 {
		asm.PackRows(b.xs, x[b.whole()*b.d:], b.d, b.d, few, 1)
	}
}

// whole returns how many of the samples go through forward passes of 64; the others
// are few.
func (b *Block) whole() int {
	if rest := b.n % wordSamples; rest <= fewSamples {
		return b.n - rest
	}
	return b.n
}

// Forward writes the outputs of the network for the samples of the last Set to
// dst, one each: the bits of Linearize and Network.Predict. 2·md flops a sample;
// what is left of whole 64s costs as if it were 8, 16, 24 or 64. Weights must be
// finite ([Network.Check]): a NaN in a product is taken for 0. It panics if dst has
// another length than Set had samples or the network another D.
func (b *Block) Forward(dst []float64, net *Network) {
	if len(dst) != b.n || net.D != b.d || len(net.W) != net.M*net.D || len(net.A) != net.M {
		panic(fmt.Sprintf("jacobian: Block.Forward: %d outputs of %d samples, %d features; network of %d, %d with %d weights and %d signs", len(dst), b.n, b.d, net.M, net.D, len(net.W), len(net.A)))
	}
	whole := b.whole()
	if whole > 0 {
		b.words(dst[:whole], net, 0)
	}
	if whole == b.n {
		return
	}
	few := dst[whole:]
	b.few(few, net)
	for _, v := range few {
		if v-v != 0 { // a NaN among the sums: only the gates of the full pass shut it out
			b.words(few, net, whole/wordSamples)
			return
		}
	}
}

// words is Forward for the samples of whole words from the given one on.
func (b *Block) words(dst []float64, net *Network, from int) {
	if !b.packed {
		for w := range ceil(b.n, wordSamples) {
			asm.PackSamples(b.xp[w*wordSamples*b.d:], b.x[w*wordSamples*b.d:], b.d)
		}
		b.packed = true
	}
	clear(dst)
	words := ceil(len(dst), wordSamples)
	piece := blockNeurons
	if words > 1 {
		piece = max(pieceWeights/b.d/asm.TileRows, 1) * asm.TileRows
	}
	for r := 0; r < net.M && !b.team.Cancelled(); r += blockNeurons {
		clear(b.acc[:words])
		end := min(r+blockNeurons, net.M)
		for lo := r; lo < end; lo += piece {
			hi := min(lo+piece, end)
			for w := range words {
				net.forward(b.team, &b.acc[w], b.gates[:], b.xp[(from+w)*wordSamples*b.d:], lo, hi)
			}
		}
		for w := range words {
			b.join(dst[w*wordSamples:min((w+1)*wordSamples, len(dst))], w, net.M, r)
		}
	}
	asm.Scale(dst, 1/math.Sqrt(float64(net.M)), dst)
}

// few is Forward by matrix products Z = W·Xᵀ: the same chains for each z, and the
// same order of the sums.
func (b *Block) few(dst []float64, net *Network) {
	clear(dst)
	d, lanes, acc := b.d, (len(dst)+7)/8*8, &b.acc[0]
	for lo := 0; lo < net.M && !b.team.Cancelled(); lo += blockNeurons {
		hi := min(lo+blockNeurons, net.M)
		clear(acc[:lanes])
		for r := lo; r < hi && !b.team.Cancelled(); r += fewNeurons {
			rows := min(fewNeurons, hi-r)
			z := b.z[:rows*lanes]
			clear(z)
			asm.MulAdd(z, lanes, net.W[r*d:(r+rows)*d], d, 1, b.xs[:asm.PanelLen(d, lanes)], rows, lanes, d)
			for i := 0; i < lanes; i += 8 {
				addRelu((*[8]float64)(acc[i:]), z[i:], lanes, net.A[r:r+rows])
			}
		}
		b.join(dst, 0, net.M, lo)
	}
	asm.Scale(dst, 1/math.Sqrt(float64(net.M)), dst)
}

// join adds the sums of the block of neurons that begins at r to those of its
// section, word w of the samples, and these to dst once they are complete.
func (b *Block) join(dst []float64, w, m, r int) {
	section, sums := Section(m), b.sums[w][:len(dst)]
	if r%section == 0 {
		clear(sums)
	}
	for i, v := range b.acc[w][:len(dst)] {
		sums[i] += v
	}
	if r += blockNeurons; r%section == 0 || r >= m {
		for i, v := range sums {
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

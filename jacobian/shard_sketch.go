package jacobian

// gatherPiece is the number of values that a collective of a sketch takes at a
// time.
const gatherPiece = 1 << 20

// gatherGates returns the gates and signs of the neurons of all ranks: n·m/8
// bytes. The halves of a word are exact as float64.
func (op *Operator) gatherGates() allGates {
	words, mine := ceil(op.width, 64), ceil(op.m, 64)
	a := make([]float64, op.width)
	copy(a[op.first:], op.net.A)
	op.shard.Reducer.Sum(a)
	op.whole = grow(op.whole, words*op.n)
	piece := make([]float64, 2*op.n)
	for v := range words {
		clear(piece)
		if k := v - op.first/64; k >= 0 && k < mine {
			for i, word := range op.samples[k*op.sampleStride:][:op.n] {
				piece[2*i], piece[2*i+1] = float64(uint32(word)), float64(word>>32)
			}
		}
		op.shard.Reducer.Sum(piece)
		for i := range op.n {
			op.whole[v*op.n+i] = uint64(piece[2*i]) | uint64(piece[2*i+1])<<32
		}
	}
	return allGates{op.whole, op.n, a}
}

// shareColumns gives this rank its part of the columns of a sketch.
func (op *Operator) shareColumns() {
	rank, size, all := op.shard.Reducer.Rank(), op.shard.Reducer.Size(), op.lastColumns
	op.firstColumns, op.lastColumns = rank*all/size, (rank+1)*all/size
	clear(op.dst)
	clear(op.dst32)
}

// sumSketch joins the columns of all ranks.
func (op *Operator) sumSketch() {
	for at := 0; at < len(op.dst); at += gatherPiece {
		op.shard.Reducer.Sum(op.dst[at:min(at+gatherPiece, len(op.dst))])
	}
	if len(op.dst32) == 0 {
		return
	}
	piece := make([]float64, min(gatherPiece, len(op.dst32)))
	for at := 0; at < len(op.dst32); at += gatherPiece {
		part := op.dst32[at:min(at+gatherPiece, len(op.dst32))]
		for i, v := range part {
			piece[i] = float64(v)
		}
		op.shard.Reducer.Sum(piece[:len(part)])
		for i := range part {
			part[i] = float32(piece[i])
		}
	}
}

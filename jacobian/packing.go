package jacobian

import "github.com/nearlinear/nearlinear/asm"

// Several vectors at once. The gates select rows of a matrix of k·d columns, the
// features of one vector after those of the other, and a product with it is one
// of the width k·d: columns that a single vector leaves empty in the last of its
// lines of eight are filled by the next vector, and a gate is turned into the
// place of a table's row once for 32 columns. The sums of a column are those of
// its vector alone, in the same order, so that their bits are too.
//
// Bound: the order of a sum is given, and with it its additions, ¼ a term. No two
// vectors share one, because a row of a table is a sum of rows of one vector. Each
// loads its line of eight columns from tables that fill L1, and an eighth more is
// for the row that is added to, once for eight tables: so many lines are loaded,
//
//	k·⌈d/8⌉ · mn/4 · 9/8   a vector at a time
//	⌈k·d/8⌉ · mn/4 · 9/8   side by side
//
// of 64 bytes, at two a cycle. At d = 17 that is 24 columns against 17: no order
// of work makes 26 products with these bits more than 1.41 times as fast as 26
// times one; at d = 9 it is 1.76. Where d is a multiple of 8 nothing is gained,
// except at 8 itself, where a single line does not keep the ports busy.
//
// What would share work between vectors adds in another order: samples with the
// same gates of eight neurons meet one row of a table, and x_i times it is a matrix
// product, an eighth of a multiply-add a term; but for one vector alone there is
// no fast way to those sums.
//
// A core does not reach that rate: on Sapphire Rapids to load a line from a place
// that bits choose and add it takes 0.75 cycles, from a fixed place 0.67, where 0.5
// is what loads alone and additions alone take.

const (
	packedLanes   = 128 // the most columns of a group of vectors that are worked on side by side
	packedVectors = 32  // and the most vectors
	segmentsMost  = asm.BitsWidth32
)

// packing says how so many vectors of d features lie side by side: vector q,
// feature j in column q·d + j. The columns are cut into panels of whole lines
// of 64 bytes, as even as can be, of at most asm.BitsWidth. A matrix of so many
// rows has one panel after the other, each row-major by itself.
type packing struct {
	line        int // elements of one: 8 of float64, 16 of float32
	d, vectors  int
	columns     int
	panels      int
	lines, more int // every panel has so many lines; the first more panels have one more
}

func pack(d, vectors, line int) packing {
	columns := d * vectors
	lines := ceil(columns, line)
	panels := ceil(lines, asm.BitsWidth/8)
	return packing{line, d, vectors, columns, panels, lines / panels, lines % panels}
}

// padded returns the columns with those that fill up the last line.
func (p *packing) padded() int { return p.line * (p.lines*p.panels + p.more) }

// panel returns the first column of a panel, how many it has, and the distance of
// its rows.
func (p *packing) panel(i int) (first, columns, stride int) {
	first, stride = p.line*(i*p.lines+min(i, p.more)), p.line*p.lines
	if i < p.more {
		stride += p.line
	}
	return first, min(stride, p.columns-first), stride
}

// segment is a run of columns of a panel that belong to one vector.
type segment struct {
	at, columns int // in the panel
	q, j        int // the vector, and its feature
}

// segments lists those of a panel into dst.
func (p *packing) segments(dst *[segmentsMost]segment, panel int) []segment {
	first, columns, _ := p.panel(panel)
	list := dst[:0]
	for c := 0; c < columns; {
		q, j := (first+c)/p.d, (first+c)%p.d
		n := min(p.d-j, columns-c)
		list = append(list, segment{c, n, q, j})
		c += n
	}
	return list
}

// lineCycles is what lines of eight columns side by side take for 64 rows that
// gates select, in quarters of a cycle: by loads, and for a single line by
// instructions.
var lineCycles = [...]int{0, 46, 70, 108, 144}

// cycles is what a row of the packing takes, in the unit of lineCycles.
func (p *packing) cycles() int {
	return p.more*lineCycles[min(p.lines+1, 4)] + (p.panels-p.more)*lineCycles[p.lines]
}

// together returns how many of k vectors of d features are worked on side by side:
// 1 where that gains less than 4 %.
func together(d, k int) int {
	most := min(k, packedLanes/d, packedVectors)
	if most < 2 {
		return 1
	}
	alone := 0
	for j, width := 0, panelWidth(d); j < d; j += width {
		alone += lineCycles[ceil(min(width, d-j), 8)]
	}
	p := pack(d, most, 8)
	if 25*most*alone < 26*p.cycles() {
		return 1
	}
	return most
}

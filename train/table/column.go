package table

import (
	"iter"
	"math"
)

// A column of a file whose type is not yet known is read into numbers: a field that is a
// number is one, a field without text is NaN, and any other text is a NaN that has the
// index of the text in the column's dictionary as its payload. At the end of the file the
// type is decided by all of them (infer.go), and the numbers are turned in place.

var nan = math.NaN()

const textBits = 0x7ffc << 48 // of a quiet NaN that math.NaN does not make

func textCell(k int) float64 { return math.Float64frombits(textBits | uint64(k)) }

// textOf returns the index of the text in v, if v is one.
func textOf(v float64) (int, bool) {
	bits := math.Float64bits(v)
	return int(bits &^ (0xffff << 48)), bits>>48 == textBits>>48
}

// column is what is known of a column while its fields are read.
type column struct {
	name      string
	asked     Type // Auto to decide
	texts     *dictionary
	spelled   int      // so many distinct numbers are kept as texts, for the labels of classes
	numbers   int      // fields that became numbers
	spellings spelling // of these
	empty     int
	bytes     *uint64 // that the dictionaries of all columns take
}

// newColumn returns a column whose dictionary counts its bytes.
func newColumn(name string, asked Type, bytes *uint64) column {
	c := column{name: name, asked: asked, texts: &noTexts, bytes: bytes}
	if asked == Code { // names, whose spelling counts
		c.spelled = math.MaxInt
	}
	return c
}

// noTexts is the dictionary of all columns without one: there may be many.
var noTexts dictionary

// number takes a field that is a plain number, and tells whether it is one.
func (c *column) number(text string) (float64, bool) {
	v, s, ok := plainCell(text)
	if !ok || len(c.texts.names) < c.spelled {
		return 0, false
	}
	c.numbers++
	c.spellings |= s
	return v, true
}

// text takes a field that number did not take.
func (c *column) text(text string, line int) float64 {
	if text == "" {
		c.empty++
		return nan
	}
	if c.texts == &noTexts {
		c.texts = &dictionary{column: c.name, bytes: c.bytes}
		*c.bytes += nameBytes
	}
	return textCell(c.texts.add(text, line))
}

// cells are those of one column in rows of d values.
type cells struct {
	x    []float64
	j, d int
}

// numbers goes through the cells that are numbers.
func (s cells) numbers() iter.Seq[float64] {
	return func(yield func(float64) bool) {
		for i := s.j; i < len(s.x); i += s.d {
			if v := s.x[i]; v == v && !yield(v) {
				return
			}
		}
	}
}

// turn gives each cell what its text, or its number, becomes. number may be nil.
func (s cells) turn(texts []float64, number func(float64) float64) {
	for i := s.j; i < len(s.x); i += s.d {
		if k, ok := textOf(s.x[i]); ok {
			s.x[i] = texts[k]
		} else if v := s.x[i]; number != nil && v == v {
			s.x[i] = number(v)
		}
	}
}

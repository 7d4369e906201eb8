package table

import (
	"fmt"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// A table that takes more memory than it may is thinned to a sample: each row of the file has a key, drawn by its
// number, and those stay whose key is below a bound that is halved each time memory runs out. So each row stays with
// the same chance, however the memory came to an end, and what stays is a part of what would stay of more memory.

// leastSample is the number of rows that thinning leaves.
const leastSample = 1 << 12

// sample is what is known of the rows that stay.
type sample struct {
	halvings int
	origin   []int // row of the file of each that stays
}

// rowKey returns the key of a row of the file: the output of SplitMix64 (Steele, Lea, Flood, Fast Splittable
// Pseudorandom Number Generators, OOPSLA 2014) in the state that the seed and the row make.
func rowKey(seed uint64, row int) uint64 {
	z := seed + uint64(row+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// stays tells whether a row of the file is in the sample.
func (b *builder) stays(row int) bool {
	return rowKey(b.o.Seed, row)>>(64-b.sample.halvings) == 0 // a shift by 64 leaves nothing
}

// thin halves the sample until it fits.
func (b *builder) thin() error {
	for b.need() > b.o.MemoryLimit {
		if len(b.sample.origin) < 2*leastSample {
			return b.tooMuch()
		}
		b.sample.halvings++
		kept := make([]bool, len(b.sample.origin))
		left := b.sample.origin[:0]
		for k, row := range b.sample.origin {
			if kept[k] = b.stays(row); kept[k] {
				left = append(left, row)
			}
		}
		b.sample.origin = left
		b.x.keep(len(b.features), kept)
		b.y.keep(len(b.targets), kept)
		if b.weight >= 0 {
			b.w.keep(1, kept)
		}
		b.recount()
	}
	return nil
}

// recount learns anew what the columns have, of the rows that stay.
func (b *builder) recount() {
	b.named = 0
	d := len(b.features)
	for j := range b.columns {
		c := &b.columns[j]
		old := c.texts
		c.texts, c.numbers, c.empty = &noTexts, 0, 0
		part, at, width := &b.x, j, d
		if j >= d {
			part, at, width = &b.y, j-d, len(b.targets)
		}
		part.each(func(p []float64) {
			for i := at; i < len(p); i += width {
				if k, ok := textOf(p[i]); ok {
					p[i] = c.text(old.names[k], old.lines[k])
				} else if p[i] == p[i] {
					c.numbers++
				} else {
					c.empty++
				}
			}
		})
	}
}

// noteSample tells how many rows stayed.
func (b *builder) noteSample() {
	if b.sample.halvings > 0 {
		b.note("%d of %d rows are kept, drawn at random: a memory limit of %s allows no more", len(b.sample.origin), b.rows, memory.Megabytes(b.o.MemoryLimit))
	}
}

// tooMuch is the error of a table that takes more than the limit.
func (b *builder) tooMuch() error {
	return fmt.Errorf("table: it takes more than %s at row %d, a memory limit of %s allows no more; drop columns, or read part of it: %w",
		memory.Megabytes(b.need()), b.rows, memory.Megabytes(b.o.MemoryLimit), fault.ErrMemory)
}

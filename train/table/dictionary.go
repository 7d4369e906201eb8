package table

import (
	"slices"
	"strings"
)

// dictionary numbers the distinct texts of a column, in order of appearance.
type dictionary struct {
	names  []string
	counts []int
	lines  []int          // where each was first, for errors
	index  map[string]int // nil for few
	column string
	bytes  *uint64 // that those of all columns take
}

const (
	// fewNames are looked through: a map takes more than they do.
	fewNames = 8
	// nameBytes is what a name takes beside its text: here, and where it becomes a
	// feature in the lists of the names that encoding makes.
	nameBytes = 128
)

func (d *dictionary) find(text string) (int, bool) {
	if d.index == nil {
		k := slices.Index(d.names, text)
		return k, k >= 0
	}
	k, ok := d.index[text]
	return k, ok
}

// add returns the index of text, new or not, and counts it.
func (d *dictionary) add(text string, line int) int {
	k, ok := d.find(text)
	if !ok {
		k = len(d.names)
		text = strings.Clone(text) // which is part of a row
		d.names, d.counts, d.lines = append(d.names, text), append(d.counts, 0), append(d.lines, line)
		switch n := len(d.names); {
		case d.index != nil:
			d.index[text] = k
		case n > fewNames:
			d.index = make(map[string]int, 2*n)
			for k, name := range d.names {
				d.index[name] = k
			}
		}
		*d.bytes += uint64(len(text) + nameBytes)
		if len(d.names) <= mostOwn { // and column=text, for NewEncoder and for Encode
			*d.bytes += uint64(2*len(text) + 2*len(d.column))
		}
	}
	d.counts[k]++
	return k
}

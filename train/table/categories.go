package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// What a feature's column holds.
type columnKind byte

const (
	isNumber columnKind = iota
	isText
	undecided // until its first value
)

// categories numbers the distinct texts of a column.
type categories struct {
	kind    columnKind
	fixed   bool // no new ones
	unknown bool // others are NaN
	most    int
	column  string
	names   []string
	index   map[string]int // nil for few
	bytes   *uint64        // that those of all columns take
}

const (
	// fewNames are looked through: a map takes more than they do.
	fewNames = 8
	// nameBytes is what a name takes beside its text: in the list, in the index,
	// and in the lists of the names that encoding makes.
	nameBytes = 128
)

func newCategories(kind columnKind, most int, column string, bytes *uint64) categories {
	return categories{kind: kind, most: most, column: column, bytes: bytes}
}

func (c *categories) find(text string) (int, bool) {
	if c.index == nil {
		k := slices.Index(c.names, text)
		return k, k >= 0
	}
	k, ok := c.index[text]
	return k, ok
}

func (c *categories) add(text string) {
	text = strings.Clone(text) // which is part of a row
	c.names = append(c.names, text)
	switch n := len(c.names); {
	case c.index != nil:
		c.index[text] = n - 1
	case n > fewNames:
		c.index = make(map[string]int, 2*n)
		for k, name := range c.names {
			c.index[name] = k
		}
	}
	if !c.fixed { // a model has those already
		// The text; and column=text, for NewEncoder and for Encode.
		*c.bytes += uint64(3*len(text) + 2*len(c.column) + nameBytes)
	}
}

// code returns the index of text, NaN if it is unknown and may be. The error is
// what is wrong with text.
func (c *categories) code(text string) (float64, error) {
	k, ok := c.find(text)
	switch {
	case ok:
		return float64(k), nil
	case c.fixed && c.unknown:
		return nan, nil
	case c.fixed:
		return 0, fmt.Errorf("is not a category that the model knows; it knows %s", fault.List(c.names))
	case len(c.column)+1+len(text) > MaxNameBytes:
		return 0, fmt.Errorf("takes %d bytes, too many for a category", len(text))
	case len(c.names) == c.most:
		return 0, fmt.Errorf("is category %d of the column, at most %d are allowed; drop the column if it names the rows", c.most+1, c.most)
	}
	c.add(text)
	return float64(len(c.names) - 1), nil
}

// lacks tells whether text stands for a missing value.
func lacks(text string) bool {
	if len(text) > 4 {
		return false
	}
	switch strings.ToLower(text) {
	case "", "na", "n/a", "nan", "null", "?":
		return true
	}
	return false
}

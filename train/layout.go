package train

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// layout says what the columns of a file are for.
type layout struct {
	names    []string // of all columns
	features []int    // column of each feature
	targets  []int    // column of each target; empty if the file has none
	weight   int      // its column, or −1
	mayLack  []bool   // whether a feature may be missing

	featureNames, targetNames []string
}

// begin lays out the named columns as the options ask. It returns ErrData for
// columns that are not there, and for one that has two uses.
func (b *builder) begin(names []string, hint string) error {
	o := b.o
	b.layout = layout{names: names, weight: -1}
	place := make(map[string]int, len(names))
	for k, name := range names {
		place[name] = k
	}
	use := make(map[int]string)
	find := func(name, what string) (int, error) {
		k, ok := place[name]
		if !ok {
			return 0, fmt.Errorf("train: table has no %s column %s; it has %s%s: %w", what, fault.Clip(name), fault.List(names), hint, ErrData)
		}
		if use[k] != "" {
			return 0, fmt.Errorf("train: column %s is asked for as %s and as %s: %w", fault.Clip(name), use[k], what, ErrData)
		}
		use[k] = what
		return k, nil
	}
	b.classes = newCategories(isText, o.MaxCategories, "", &b.named)
	if o.Classes && len(o.Targets) > 1 {
		return fmt.Errorf("train: %d targets are asked for as classes, one can be: %w", len(o.Targets), ErrOption)
	}
	if o.Encoder != nil {
		return b.follow(o.Encoder, place, find)
	}
	for _, name := range o.Drop {
		if _, err := find(name, "dropped"); err != nil {
			return err
		}
	}
	if o.Weight != "" {
		k, err := find(o.Weight, "weight")
		if err != nil {
			return err
		}
		b.weight = k
	}
	for _, name := range o.Targets {
		k, err := find(name, "target")
		if err != nil {
			return err
		}
		b.targets = append(b.targets, k)
	}
	for k := len(names) - 1; k >= 0 && len(b.targets) == 0; k-- {
		if use[k] == "" {
			use[k] = "target"
			b.targets = []int{k}
		}
	}
	for _, k := range b.targets {
		b.targetNames = append(b.targetNames, names[k])
	}
	for k, name := range names {
		if use[k] == "" {
			b.features = append(b.features, k)
			b.featureNames = append(b.featureNames, name)
		}
	}
	if len(b.features) == 0 {
		return fmt.Errorf("train: table has %s and no features%s: %w", fault.List(names), hint, ErrData)
	}
	b.mayLack = slices.Repeat([]bool{o.Missing}, len(b.features))
	if len(o.Text) == 0 && !o.AutoText {
		return nil
	}
	b.texts = make([]categories, len(b.features))
	for j := range b.texts {
		b.texts[j] = newCategories(isNumber, o.MaxCategories, b.featureNames[j], &b.named)
		if o.AutoText {
			b.texts[j].kind = undecided
		}
	}
	for _, name := range o.Text {
		k, err := find(name, "text")
		if err != nil {
			return err
		}
		b.texts[slices.Index(b.features, k)].kind = isText
	}
	return nil
}

// follow lays out the columns that an encoder was fitted to.
func (b *builder) follow(e *Encoder, place map[string]int, find func(name, what string) (int, error)) error {
	b.texts = make([]categories, len(e.Columns))
	for j := range e.Columns {
		c := &e.Columns[j]
		k, err := find(c.Name, "feature")
		if err != nil {
			return err
		}
		b.features = append(b.features, k)
		b.featureNames = append(b.featureNames, c.Name)
		b.mayLack = append(b.mayLack, c.Impute)
		b.texts[j] = newCategories(isNumber, 0, c.Name, &b.named)
		if len(c.Categories) > 0 {
			b.texts[j].kind, b.texts[j].fixed, b.texts[j].unknown = isText, true, b.o.Unknown
			for _, text := range c.Categories {
				b.texts[j].add(text)
			}
		}
	}
	for _, name := range b.o.Targets {
		k, ok := place[name]
		if !ok {
			b.targets = nil
			break
		}
		b.targets = append(b.targets, k)
	}
	b.targetNames = slices.Clone(b.o.Targets)
	return nil
}

// positions names n columns c1, c2, …
func positions(n int) []string {
	names := make([]string, n)
	for k := range names {
		names[k] = "c" + strconv.Itoa(k+1)
	}
	return names
}

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
	case len(c.column)+1+len(text) > maxNameBytes:
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

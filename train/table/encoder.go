package table

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Encoder makes finite numbers of the features of a Table: it puts a number where a
// value is missing, and replaces a column of categories by zeros and ones, and a time by
// its parts. It learns how from the training rows, and a model that was trained on what it
// made carries it along (Model.Encoder). Its methods do not change it and may run
// concurrently.
type Encoder struct {
	Columns []EncodedColumn // of the table, in order
}

// EncodedColumn is one column of the tables that an Encoder takes.
type EncodedColumn struct {
	Name   string
	Type   Type         // one that a column of a Table has
	Format NumberFormat // of numbers

	TimeFormat TimeFormat // of times

	// A boolean has two features, Name=false and Name=true: with one the models of mlc_churn
	// and ames erred more (0.082 for 0.077, 0.331 for 0.327).
	//
	// Categories have a feature each, named Name=category. If there were more than the rows
	// could carry, Counts has how often each of them, and then of Rare, occurred in the
	// training rows: a feature "Name (rare)" is 1 for all but Categories, and another,
	// "Name (count)", has the logarithm of the count, 0 for what occurred once or never.
	// Both lists ascend by bytes.
	//
	// With Indices all known categories are in Rare, and in place of features for Categories, and of that of rare
	// ones, there are so many "Name (index)", "Name (index 2)", …, for as many targets: each has the index
	// into Rare, −1 for none of them. By itself it says nothing; see train.Options.Encoder.
	Categories, Rare []string
	Counts           []int
	Indices          int

	Parts TimeParts // the features of a time beside "Name", the days since 1970

	Impute    bool    // missing values are admitted
	Fill      float64 // the value in their place, as in Table.X; 0 for categories and booleans
	Indicator bool    // a feature "Name (missing)" tells where they were

	Min, Max float64 // of the training rows, as in Table.X; 0 for categories
}

// Names of the features that a column has beside those of its values.
const (
	missingName = " (missing)"
	rareName    = " (rare)"
	countName   = " (count)"
	indexName   = " (index)" // and more with their number
)

// known is the number of categories.
func (c *EncodedColumn) known() int { return len(c.Categories) + len(c.Rare) }

// find returns the index of a category, those of Rare behind the others.
func (c *EncodedColumn) find(text string) (int, bool) {
	if k, ok := slices.BinarySearch(c.Categories, text); ok {
		return k, true
	}
	k, ok := slices.BinarySearch(c.Rare, text)
	return len(c.Categories) + k, ok
}

// width returns the number of features.
func (c *EncodedColumn) width() int {
	n := 1
	switch {
	case c.Indices > 0:
		n = c.Indices + 1
	case c.Type.named() && c.Counts != nil:
		n = len(c.Categories) + 2
	case c.Type.named():
		n = len(c.Categories)
	case c.Type == Boolean:
		n = 2
	case c.Type == Time:
		for _, p := range timeParts {
			if c.Parts&p.part != 0 {
				n++
			}
		}
	}
	if c.Indicator {
		n++
	}
	return n
}

// suffixes calls yield with what follows the column's name in that of each feature, in two
// pieces, until it returns false.
func (c *EncodedColumn) suffixes(yield func(a, b string) bool) bool {
	ok := true
	if c.Indices > 0 {
		for q := range c.Indices {
			ok = ok && yield(indexOf(q), "")
		}
		ok = ok && yield(countName, "")
	} else if c.Type.named() {
		for _, text := range c.Categories {
			ok = ok && yield("=", text)
		}
		if c.Counts != nil {
			ok = ok && yield(rareName, "") && yield(countName, "")
		}
	} else if c.Type == Boolean {
		ok = yield("=", booleanPairs[0][0]) && yield("=", booleanPairs[0][1])
	} else {
		ok = yield("", "")
	}
	for _, p := range timeParts {
		if c.Parts&p.part != 0 {
			ok = ok && yield(" ("+p.name, ")")
		}
	}
	return ok && (!c.Indicator || yield(missingName, ""))
}

// indexOf returns what follows the column's name in that of index q.
func indexOf(q int) string {
	if q == 0 {
		return indexName
	}
	return fmt.Sprintf(" (index %d)", q+1)
}

// Features returns the names of the features that encoding makes, in order: for each column
// its name, or Name=category for each category that has a feature, then those of times and
// counts, and then that of missing values; see EncodedColumn.
func (e *Encoder) Features() []string {
	var names []string
	for j := range e.Columns {
		c := &e.Columns[j]
		c.suffixes(func(a, b string) bool {
			names = append(names, c.Name+a+b)
			return true
		})
	}
	return names
}

// Index is a feature that is an index of categories; see EncodedColumn.Indices.
type Index struct {
	Feature    int // that holds it
	Target     int // whose averages it stands for
	Categories int // that there are
}

// Indices returns the features that are indices, in order.
func (e *Encoder) Indices() []Index {
	var out []Index
	at := 0
	for j := range e.Columns {
		c := &e.Columns[j]
		for q := range c.Indices {
			out = append(out, Index{Feature: at + q, Target: q, Categories: c.known()})
		}
		at += c.width()
	}
	return out
}

// Makes tells whether e.Features() equals names, without making it: a file of a
// long name with many categories would be short, their names are not.
func (e *Encoder) Makes(names []string) bool {
	for j := range e.Columns {
		c := &e.Columns[j]
		if !c.suffixes(func(a, b string) bool {
			if len(names) == 0 {
				return false
			}
			rest, ok := strings.CutPrefix(names[0], c.Name)
			names = names[1:]
			return ok && len(rest) == len(a)+len(b) && strings.HasPrefix(rest, a) && strings.HasSuffix(rest, b)
		}) {
			return false
		}
	}
	return len(names) == 0
}

// Plain tells whether the columns are its features as they are, all of them numbers as
// strconv.ParseFloat reads them and none imputed.
func (e *Encoder) Plain() bool {
	for j := range e.Columns {
		if c := &e.Columns[j]; c.Type != Number || c.Impute || !c.Format.plain() {
			return false
		}
	}
	return true
}

// Check returns ErrModel unless the columns' names are there, different and
// short, the categories ascend, and all else agrees.
func (e *Encoder) Check() error {
	if len(e.Columns) < 1 || len(e.Columns) > maxColumns {
		return badEncoder("an encoder of %d columns", len(e.Columns))
	}
	seen := make(map[string]bool, len(e.Columns))
	for j := range e.Columns {
		c := &e.Columns[j]
		if c.Name == "" || len(c.Name) > MaxNameBytes || seen[c.Name] {
			return badEncoder("column %d has the name %s, which is empty, long or taken", j, fault.Clip(c.Name))
		}
		seen[c.Name] = true
		if err := c.check(); err != nil {
			return err
		}
	}
	return nil
}

func (c *EncodedColumn) check() error {
	name := fault.Clip(c.Name)
	finite := c.Fill-c.Fill == 0 && c.Min-c.Min == 0 && c.Max-c.Max == 0
	switch {
	case c.Type == Auto || c.Type >= Ignored:
		return badEncoder("column %s is of type %v", name, c.Type)
	case !finite || c.Min > c.Max || c.Type.named() && (c.Min != 0 || c.Max != 0):
		return badEncoder("column %s is imputed by %v and ranges from %v to %v", name, c.Fill, c.Min, c.Max)
	case c.Fill != 0 && (!c.Impute || c.Type.named() || c.Type == Boolean):
		return badEncoder("column %s is imputed by %v", name, c.Fill)
	case c.Indicator && !c.Impute:
		return badEncoder("column %s tells of missing values and refuses them", name)
	case c.Parts&^allParts != 0 || c.Parts != 0 && c.Type != Time:
		return badEncoder("column %s, a %v, has the parts %#x", name, c.Type, byte(c.Parts))
	case !c.Type.named() && (c.known() > 0 || c.Counts != nil):
		return badEncoder("column %s, a %v, has categories", name, c.Type)
	case c.Counts == nil && len(c.Rare) > 0 || c.Counts != nil && len(c.Counts) != c.known():
		return badEncoder("column %s has %d counts of %d categories", name, len(c.Counts), c.known())
	case c.Indices < 0 || c.Indices > mostIndices || c.Indices > 0 && (c.Counts == nil || len(c.Categories) > 0):
		return badEncoder("column %s has %d indices of %d categories", name, c.Indices, c.known())
	case !c.Format.sound() || c.Type != Number && !c.Format.plain():
		return badEncoder("column %s, a %v, is written as %q", name, c.Type, c.Format)
	case !c.TimeFormat.sound() || c.Type != Time && c.TimeFormat != ISODate:
		return badEncoder("column %s, a %v, has dates of the form %d", name, c.Type, byte(c.TimeFormat))
	case len(c.Name)+len(missingName) > MaxNameBytes && c.width() > 1:
		return badEncoder("column %s has the name %s, which is long", name, name)
	}
	for _, n := range c.Counts {
		if n < 1 || int64(n) > math.MaxInt32 {
			return badEncoder("column %s has a category that occurs %d times", name, n)
		}
	}
	for _, list := range [][]string{c.Categories, c.Rare} {
		for k, text := range list {
			if text == "" || len(c.Name)+1+len(text) > MaxNameBytes || k > 0 && cmp.Compare(text, list[k-1]) <= 0 {
				return badEncoder("column %s has category %s, which is empty, long or not in order", name, fault.Clip(text))
			}
		}
	}
	for _, text := range c.Rare {
		if _, ok := slices.BinarySearch(c.Categories, text); ok {
			return badEncoder("column %s has category %s twice", name, fault.Clip(text))
		}
	}
	return nil
}

func badEncoder(format string, args ...any) error {
	return fmt.Errorf("table: encoder: %s: %w", fmt.Sprintf(format, args...), fault.ErrModel)
}

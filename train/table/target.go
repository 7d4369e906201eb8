package table

import (
	"fmt"
	"math"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// inferTarget turns the cells of a target into numbers, or into the indexes of classes,
// which it returns: of texts and booleans, unless there are several targets.
func (b *builder) inferTarget(c *column, s cells) (classes []string, err error) {
	f := inferred{}
	isClass := c.asked.named() || c.asked == Boolean
	if c.asked == Time || c.asked > Ignored {
		return nil, fmt.Errorf("table: target %s cannot be a time: %w", fault.Clip(c.name), fault.ErrOption)
	}
	if !isClass {
		f = c.asNumbers(s, b.semicolon)
		// A text among many numbers is a mistake, and so is any beside several targets.
		texts := f.stray > 0 && !c.mostly(f, s) && !c.infinite(f)
		isClass = c.asked == Auto && texts && len(b.targets) == 1
	}
	switch {
	case isClass && len(b.targets) > 1:
		return nil, fmt.Errorf("table: target %s is to be a %v, and there are %d targets: classes are for a single one: %w", fault.Clip(c.name), c.asked, len(b.targets), fault.ErrOption)
	case isClass:
		return b.classify(c, s)
	}
	if err := c.refuse(f); err != nil {
		return nil, err
	}
	s.turn(f.texts, f.number)
	b.noteFewValues(c.name, s)
	return nil, nil
}

// classify makes classes of a target. Labels keep their spelling. NA and the like stand for no
// value beside numbers and booleans, as they do among features; else NA may be a class.
func (b *builder) classify(c *column, s cells) ([]string, error) {
	gap := lacks
	var doubtful []string
	if c.hasNames() {
		gap = nil
		for k, text := range c.texts.names {
			if lacks(text) {
				doubtful = append(doubtful, fmt.Sprintf("%s in %d rows", fault.Clip(text), c.texts.counts[k]))
			}
		}
	}
	f := inferred{Column: Column{Type: Code}}
	if err := b.categorise(c, &f, s, gap); err != nil {
		return nil, err
	}
	s.turn(f.texts, f.number)
	n := 0
	for range s.numbers() {
		n++
	}
	if k := len(f.Categories); k > maxClasses || k > identifierRows && 2*k > n {
		return nil, fmt.Errorf("table: target %s has %d different labels in %d rows, too many for classes (at most %d): %w", fault.Clip(c.name), k, n, maxClasses, fault.ErrData)
	}
	if doubtful != nil {
		b.note("target %s has classes that may stand for no value: %s: where they do, leave the field empty", fault.Clip(c.name), strings.Join(doubtful, ", "))
	}
	return f.Categories, nil
}

// hasNames tells whether some text is neither a number nor a boolean nor stands for no value.
func (c *column) hasNames() bool {
	for _, text := range c.texts.names {
		_, number := (NumberFormat{}).parse(text)
		_, _, boolean := booleanWord(text)
		if !number && !boolean && !lacks(text) {
			return true
		}
	}
	return false
}

// leaveOut drops the rows that lack a target.
func (b *builder) leaveOut(t *Table) error {
	k, n := len(t.Targets), t.Rows()
	t.Origin = b.sample.origin
	if b.sample.halvings == 0 {
		t.Origin = nil
	}
	var kept []int
	for i := range n {
		if fault.Finite(t.Y[i*k:(i+1)*k], k) == nil {
			kept = append(kept, i)
		}
	}
	lacking := n - len(kept)
	if lacking == 0 {
		return nil
	}
	if len(kept) == 0 {
		return fmt.Errorf("table: none of %d rows has a value of target %s: %w", n, fault.List(t.Targets), fault.ErrData)
	}
	b.note("%d of %d rows have no value of target %s: they are left out", lacking, n, fault.List(t.Targets))
	origin := t.Origin
	*t = *t.Select(kept)
	if origin == nil {
		t.Origin = kept
	}
	return nil
}

// noteFewValues tells of a target of numbers that may be classes.
func (b *builder) noteFewValues(name string, s cells) {
	different := make(map[float64]struct{}, fewWhole+1)
	for v := range s.numbers() {
		different[v] = struct{}{}
		if len(different) > fewWhole || v != math.Trunc(v) {
			return
		}
	}
	if len(s.x)/s.d >= 10*len(different) {
		b.note("target %s has only %d different values, all whole, and is taken as a number: Classes (-classes) takes them as classes", fault.Clip(name), len(different))
	}
}

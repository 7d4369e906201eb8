package table

import (
	"fmt"
	"math"

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
	if c.empty > 0 {
		return nil, fmt.Errorf("table: csv line %d, column %s: the field is empty, a target is needed: leave such rows out: %w", c.emptyLine, fault.Clip(c.name), fault.ErrData)
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
	for k, v := range f.texts {
		if v != v {
			return nil, c.errorf(k, "%w", fmt.Errorf("%s is not a number, and a target is needed: leave such rows out: %w", fault.Clip(c.texts.names[k]), fault.ErrData))
		}
	}
	s.turn(f.texts, f.number)
	b.noteFewValues(c.name, s)
	return nil, nil
}

// classify makes classes of a target. Labels keep their spelling: NA is one.
func (b *builder) classify(c *column, s cells) ([]string, error) {
	f := inferred{Column: Column{Type: Code}}
	if err := b.categorise(c, &f, s, nil); err != nil {
		return nil, err
	}
	n := len(s.x) / s.d
	if k := len(f.Categories); k > maxClasses || k > identifierRows && 2*k > n {
		return nil, fmt.Errorf("table: target %s has %d different labels in %d rows, too many for classes (at most %d): %w", fault.Clip(c.name), k, n, maxClasses, fault.ErrData)
	}
	s.turn(f.texts, f.number)
	return f.Categories, nil
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

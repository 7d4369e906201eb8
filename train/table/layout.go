package table

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// layout says what the columns of a file are for.
type layout struct {
	names    []string // of all columns
	features []int    // column of each feature
	targets  []int    // column of each target; empty if the file has none
	weight   int      // its column, or −1

	featureNames, targetNames []string
}

// begin lays out the named columns as the options ask. It returns ErrData for
// columns that are not there, and for one that has two uses.
func (b *builder) begin(names []string, hint string) error {
	o := b.o
	b.layout = layout{names: names, weight: -1}
	place := make(map[string]int, len(names))
	use := make(map[int]string)
	for k, name := range names {
		if name == "" {
			use[k] = "nameless"
			continue
		}
		place[name] = k
	}
	find := func(name, what string) (int, error) {
		k, ok := place[name]
		if !ok {
			return 0, fmt.Errorf("table: no %s column %s; it has %s%s%s: %w", what, fault.Clip(name), fault.List(names), otherForm(name, names), hint, fault.ErrData)
		}
		if use[k] != "" {
			return 0, fmt.Errorf("table: column %s is asked for as %s and as %s: %w", fault.Clip(name), use[k], what, fault.ErrData)
		}
		use[k] = what
		return k, nil
	}
	if o.Classes && len(o.Targets) > 1 {
		return fmt.Errorf("table: %d targets are asked for as classes, one can be: %w", len(o.Targets), fault.ErrOption)
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
		if use[k] == "" && o.Types[names[k]] != Ignored {
			use[k] = "target"
			b.targets = []int{k}
		}
	}
	for _, k := range b.targets {
		b.targetNames = append(b.targetNames, names[k])
	}
	b.features, b.featureNames = make([]int, 0, len(names)), make([]string, 0, len(names))
	for k, name := range names {
		if use[k] == "" && o.Types[name] != Ignored {
			b.features = append(b.features, k)
			b.featureNames = append(b.featureNames, name)
		}
	}
	if len(b.features) == 0 {
		return fmt.Errorf("table: it has %s and no features%s: %w", fault.List(names), hint, fault.ErrData)
	}
	return b.typed(place, use)
}

// typed makes the columns, with the types that the options ask for.
func (b *builder) typed(place map[string]int, use map[int]string) error {
	for _, name := range slices.Sorted(maps.Keys(b.o.Types)) {
		t := b.o.Types[name]
		k, ok := place[name]
		switch {
		case t > MonthFirst:
			return fmt.Errorf("table: column %s is to be of %v, which is no type: %w", fault.Clip(name), t, fault.ErrOption)
		case !ok:
			return fmt.Errorf("table: no column %s to be a %v; it has %s%s: %w", fault.Clip(name), t, fault.List(b.names), otherForm(name, b.names), fault.ErrData)
		case use[k] != "" && (use[k] != "target" || t == Ignored):
			return fmt.Errorf("table: column %s is asked for as %s and as %v: %w", fault.Clip(name), use[k], t, fault.ErrData)
		}
	}
	b.columns = make([]column, 0, len(b.features)+len(b.targets))
	for _, name := range b.featureNames {
		b.columns = append(b.columns, newColumn(name, b.o.Types[name], &b.named))
	}
	for _, name := range b.targetNames {
		asked := b.o.Types[name]
		if b.o.Classes {
			asked = Code
		}
		c := newColumn(name, asked, &b.named)
		c.spelled = max(c.spelled, maxClasses)
		b.columns = append(b.columns, c)
	}
	return nil
}

// follow lays out the columns that an encoder was fitted to.
func (b *builder) follow(e *Encoder, place map[string]int, find func(name, what string) (int, error)) error {
	for j := range e.Columns {
		c := &e.Columns[j]
		k, err := find(c.Name, "feature")
		if err != nil {
			return err
		}
		b.features = append(b.features, k)
		b.featureNames = append(b.featureNames, c.Name)
		b.follows = append(b.follows, newFollowing(c, b.o.Strict))
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
	for _, name := range b.targetNames[:len(b.targets)] {
		if b.o.Classes {
			b.follows = append(b.follows, newFollowingLabels(name, b.o))
		} else {
			b.columns = append(b.columns, newColumn(name, Number, &b.named))
		}
	}
	return nil
}

// needs tells whether a column may be looked at: for prediction those of the model alone.
func (b *builder) needs(name string) bool {
	e := b.o.Encoder
	if e == nil {
		return true
	}
	if b.needed == nil {
		b.needed = make(map[string]bool, len(e.Columns)+len(b.o.Targets))
		for j := range e.Columns {
			b.needed[e.Columns[j].Name] = true
		}
		for _, name := range b.o.Targets {
			b.needed[name] = true
		}
	}
	return b.needed[name]
}

// positions names n columns c1, c2, …
func positions(n int) []string {
	names := make([]string, n)
	for k := range names {
		names[k] = "c" + strconv.Itoa(k+1)
	}
	return names
}

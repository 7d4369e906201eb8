package table

import (
	"fmt"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// Bounds of what is inferred.
const (
	// strayShare of the values of a column may be texts where all others are numbers, or
	// times: they are taken as missing, and told. More, or fewer than manyNumbers different
	// numbers, make categories of the column.
	strayShare  = 0.05
	manyNumbers = 20
	// identifierShare of the values are different in a column of texts that names the rows,
	// if there are identifierRows.
	identifierShare = 0.95
	identifierRows  = 20
	// maxClasses is what a column of classes may have.
	maxClasses = 1000
	// fewWhole different whole values of a target of numbers may be classes.
	fewWhole = 10
)

// inferred is the type of a column, and what its texts become.
type inferred struct {
	Column
	texts  []float64
	number func(float64) float64 // what numbers become; nil for themselves
	stray  int                   // values that are none of the type and count as missing
	first  int                   // the first text of those
	note   string                // what is taken for granted
}

// infer decides the type of a column of features, and turns the cells. It returns what there
// is to tell of it, if anything.
func (b *builder) infer(c *column, s cells) (Column, string, error) {
	f, err := c.decide(s, b.semicolon)
	if err != nil {
		return Column{}, "", err
	}
	note, name := f.note, fault.Clip(c.name)
	switch {
	case f.Type == Ignored:
		return f.Column, fmt.Sprintf("column %s has no value: it is not used", name), nil
	case f.Type.named():
		if err := b.categorise(c, &f, s, nil); err != nil {
			return Column{}, "", err
		}
		if present := len(s.x)/s.d - c.empty; c.asked == Auto && present >= identifierRows && float64(len(f.Categories)) >= identifierShare*float64(present) {
			return Column{Type: Ignored}, fmt.Sprintf("column %s has %d different texts in %d values, as names of the rows: it is not used", name, len(f.Categories), present) + also(note), nil
		}
	case f.stray > 0:
		note = fmt.Sprintf("column %s: no %s in %d of %d values, first %s in line %d: they count as missing", name, f.Type, f.stray, len(s.x)/s.d, fault.Clip(c.texts.names[f.first]), c.texts.lines[f.first]) + also(note)
	}
	s.turn(f.texts, f.number)
	return f.Column, note, nil
}

// also puts a second notice behind a first one.
func also(note string) string {
	if note != "" {
		note = "; " + note
	}
	return note
}

// decide chooses the type of a column by all its texts and numbers, or sees to it that it
// can be of the type that was asked for. Codes and categories have no names yet.
func (c *column) decide(s cells, semicolon bool) (inferred, error) {
	switch c.asked {
	case Category, Code, Ignored:
		return inferred{Column: Column{Type: c.asked}}, nil
	case Number:
		f := c.asNumbers(s, semicolon)
		return f, c.refuse(f)
	case Time, DayFirst, MonthFirst:
		f, doubt, _ := c.asTimes(s)
		if err := c.refuse(f); err != nil || doubt == "" {
			return f, err
		}
		return f, fmt.Errorf("table: column %s cannot be one of times: %s: %w", fault.Clip(c.name), doubt, fault.ErrData)
	case Boolean:
		if values, ok := c.booleans(s); ok {
			return inferred{Column: Column{Type: Boolean}, texts: values}, nil
		}
		return c.numericBooleans(s)
	}
	if c.numbers == 0 && c.lacksAll() {
		return inferred{Column: Column{Type: Ignored}}, nil
	}
	if c.codes() {
		return inferred{Column: Column{Type: Code}}, nil
	}
	if values, ok := c.booleans(s); ok {
		return inferred{Column: Column{Type: Boolean}, texts: values}, nil
	}
	f, doubt, note := c.asTimes(s)
	switch likely := c.mostly(f, s); {
	case likely && doubt == "":
		f.note = note
		return f, nil
	case likely && c.numbers == 0:
		return inferred{Column: Column{Type: Category}, note: fmt.Sprintf("column %s is not taken for times, but for categories: %s", fault.Clip(c.name), doubt)}, nil
	}
	f = c.asNumbers(s, semicolon)
	if c.mostly(f, s) {
		return f, nil
	}
	if f.stray > 0 && c.infinite(f) {
		return inferred{}, c.refuse(f)
	}
	return inferred{Column: Column{Type: Category}}, nil
}

// lacksAll tells whether no text is a value.
func (c *column) lacksAll() bool {
	for _, text := range c.texts.names {
		if !lacks(text) {
			return false
		}
	}
	return true
}

// codes tells whether all values are digits alone, some with a zero in front: numbers are
// not written so, names are.
func (c *column) codes() bool {
	zeros := false
	for _, text := range c.texts.names {
		if !lacks(text) && !whole(text) {
			return false
		}
		zeros = zeros || whole(text) && text[0] == '0' && len(text) > 1
	}
	return zeros && c.spellings&^wholeNumbers == 0
}

// asNumbers reads the texts as numbers, in the format that most of them agree with: a
// comma with three digits behind it is between thousands unless something tells that it is
// a decimal comma, such as semicolons between the fields.
func (c *column) asNumbers(s cells, semicolon bool) inferred {
	best := c.inFormat(NumberFormat{})
	if best.stray == 0 {
		return best
	}
	sign := c.sign()
	formats := []NumberFormat{{false, ",", sign}, {true, ".", sign}, {false, " ", sign}, {true, " ", sign}, {false, "'", sign}}
	if semicolon {
		formats[0], formats[1] = formats[1], formats[0]
	}
	for _, f := range formats {
		if f.takes(c.spellings) || c.numbers == 0 {
			if got := c.inFormat(f); got.stray < best.stray {
				best = got
			}
		}
	}
	if c.numbers > 0 && best.Format.Comma {
		best.number = best.Format.number
	}
	return best
}

// sign returns the percent or currency sign that most texts have, the first by its bytes of
// equals, "" if none has one.
func (c *column) sign() string {
	counts := make(map[string]int)
	best := ""
	for k, text := range c.texts.names {
		if sign := signOf(text); sign != "" {
			counts[sign] += c.texts.counts[k]
		}
	}
	for sign, n := range counts {
		if best == "" || n > counts[best] || n == counts[best] && sign < best {
			best = sign
		}
	}
	return best
}

// inFormat reads the texts as numbers in a format.
func (c *column) inFormat(format NumberFormat) inferred {
	return c.as(Column{Type: Number, Format: format}, format.parse)
}

// as reads the texts of a column.
func (c *column) as(kind Column, parse func(string) (float64, bool)) inferred {
	f := inferred{Column: kind, texts: make([]float64, len(c.texts.names))}
	for k, text := range c.texts.names {
		v, ok := parse(text)
		if !ok {
			if v = nan; !lacks(text) {
				if f.stray == 0 {
					f.first = k
				}
				f.stray += c.texts.counts[k]
			}
		}
		f.texts[k] = v
	}
	return f
}

// mostly tells whether a column is what f says, but for few values if it has many. Those
// that are missing do not count, as they do not at prediction.
func (c *column) mostly(f inferred, s cells) bool {
	if f.stray == 0 {
		return true
	}
	n := len(s.x)/s.d - c.empty
	for k, text := range c.texts.names {
		if f.texts[k] != f.texts[k] && lacks(text) {
			n -= c.texts.counts[k]
		}
	}
	if float64(f.stray) > strayShare*float64(n) {
		return false
	}
	different := make(map[float64]struct{}, manyNumbers)
	for _, v := range f.texts {
		if v == v {
			different[v] = struct{}{}
		}
		if len(different) == manyNumbers {
			return true
		}
	}
	for v := range s.numbers() {
		if different[v] = struct{}{}; len(different) == manyNumbers {
			return true
		}
	}
	return false
}

// infinite tells whether what is no number is so for its size alone.
func (c *column) infinite(f inferred) bool {
	for k, text := range c.texts.names {
		if f.texts[k] != f.texts[k] && !lacks(text) && !isInfinite(text) {
			return false
		}
	}
	return true
}

// refuse returns an error for the first value that is not of the type asked for.
func (c *column) refuse(f inferred) error {
	if f.stray == 0 {
		return nil
	}
	return c.errorf(f.first, "%w", notOf(f.Column, c.texts.names[f.first]))
}

// errorf makes an error about the first field that has the text k.
func (c *column) errorf(k int, format string, args ...any) error {
	return fmt.Errorf("table: csv line %d, column %s: %w", c.texts.lines[k], fault.Clip(c.name), fmt.Errorf(format, args...))
}

// notOf says that text is none of a column's.
func notOf(c Column, text string) error {
	t := c.Type
	switch {
	case t == Number && isInfinite(text):
		return fmt.Errorf("%s: %w: %w", fault.Clip(text), fault.ErrNotFinite, fault.ErrData)
	case t == Number:
		return fmt.Errorf("%s is not a number: %w", fault.Clip(text), fault.ErrData)
	case t == Time:
		return fmt.Errorf("%s is not a time such as %v: %w", fault.Clip(text), c.TimeFormat, fault.ErrData)
	}
	return fmt.Errorf("%s is none of true, false, yes, no, 1, 0: %w", fault.Clip(text), fault.ErrData)
}

// numericBooleans is for a column that is asked to be of booleans and has no words.
func (c *column) numericBooleans(s cells) (inferred, error) {
	for v := range s.numbers() {
		if v != 0 && v != 1 {
			return inferred{}, fmt.Errorf("table: column %s: %w", fault.Clip(c.name), notOf(Column{Type: Boolean}, canonical(v)))
		}
	}
	f := c.as(Column{Type: Boolean}, func(text string) (float64, bool) {
		_, v, ok := booleanWord(text)
		return v, ok
	})
	return f, c.refuse(f)
}

// categorise gives the texts and numbers of a column their names, but for texts that are gaps, if any is.
func (b *builder) categorise(c *column, f *inferred, s cells, gap func(text string) bool) error {
	f.texts = make([]float64, len(c.texts.names))
	index := make(map[string]int)
	add := func(name string) float64 {
		k, ok := index[name]
		if !ok {
			k = len(f.Categories)
			index[name] = k
			f.Categories = append(f.Categories, name)
		}
		return float64(k)
	}
	for k, text := range c.texts.names {
		if f.texts[k] = nan; gap == nil || !gap(text) {
			f.texts[k] = add(categoryName(f.Type, c.name, text))
		}
	}
	if c.numbers == 0 {
		return nil
	}
	// Numbers among them are not in the dictionary yet.
	codes := make(map[float64]float64)
	for v := range s.numbers() {
		if _, ok := codes[v]; ok {
			continue
		}
		name := categoryName(f.Type, c.name, nameOf(f.Type, v))
		codes[v] = add(name)
		b.named += uint64(3*len(name) + 2*len(c.name) + nameBytes)
		if b.named > b.o.MemoryLimit {
			return fmt.Errorf("table: the %d categories of column %s take more than a memory limit of %s allows: %w", len(f.Categories), fault.Clip(c.name), memory.Megabytes(b.o.MemoryLimit), fault.ErrMemory)
		}
	}
	f.number = func(v float64) float64 { return codes[v] }
	return nil
}

// categoryName returns the name of a text among the categories of a column: that of its
// value if it is a number and no code, cut to what a feature's name may have.
func categoryName(t Type, column, text string) string {
	if t == Category {
		if v, ok := (NumberFormat{}).parse(text); ok {
			text = canonical(v)
		}
	}
	return text[:min(len(text), MaxNameBytes-len(column)-1)]
}

package table

import (
	"fmt"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// fewPlain different numbers such as 20251231 at least are dates: one that is none passes for one
// by chance.
const fewPlain = 3

// asTimes reads the texts of a column as times, in the format that most of them are in. A doubt
// says why the column should not be taken for one of times all the same; a note, what is taken for granted.
//
// Day and month that are both numbers are told apart by the whole column. Where no day is above the twelfth it
// does not tell: with points between them the day is first, elsewhere there is no usual order.
func (c *column) asTimes(s cells) (f inferred, doubt, note string) {
	if c.numbers > 0 {
		return c.asPlainDates(s)
	}
	f = c.inTimeFormat(ISODate)
	for other := ISODate + 1; other < PlainYMD && f.stray > 0; other++ {
		if c.admits(other) {
			if got := c.inTimeFormat(other); got.stray < f.stray {
				f = got
			}
		}
	}
	format := f.TimeFormat
	if format == ISODate {
		return f, "", ""
	}
	for k, text := range c.texts.names {
		if f.texts[k] == f.texts[k] || lacks(text) {
			continue
		}
		for other := ISODate; other < PlainYMD; other++ {
			if _, ok := other.parse(text); ok {
				return f, fmt.Sprintf("most of its dates are written as %v, and %s in line %d is not", format, fault.Clip(text), c.texts.lines[k]), ""
			}
		}
	}
	if c.asked == DayFirst || c.asked == MonthFirst || !format.numeric() || c.tellsOrder(f) {
		return f, "", ""
	}
	if timeFormats[format].other == format {
		return f, "", fmt.Sprintf("column %s: no day of its dates is above the twelfth: they are taken as %v, the day first", fault.Clip(c.name), format)
	}
	return f, fmt.Sprintf("no value tells whether the day or the month is first in dates such as %s: say %v or %v (Types, -type)", fault.Clip(c.firstTime(f)), DayFirst, MonthFirst), ""
}

// admits tells whether the format has the order that is asked for, if one is.
func (c *column) admits(f TimeFormat) bool {
	switch {
	case !f.numeric():
		return true
	case c.asked == DayFirst:
		return !timeFormats[f].monthFirst
	case c.asked == MonthFirst:
		return timeFormats[f].monthFirst
	}
	return true
}

// tellsOrder tells whether some day is above the twelfth.
func (c *column) tellsOrder(f inferred) bool {
	for _, v := range f.texts {
		if v == v && clock(v).Day() > 12 {
			return true
		}
	}
	return false
}

// firstTime returns the first text that is a time.
func (c *column) firstTime(f inferred) string {
	for k, v := range f.texts {
		if v == v {
			return c.texts.names[k]
		}
	}
	return ""
}

// inTimeFormat reads the texts as times in a format.
func (c *column) inTimeFormat(f TimeFormat) inferred {
	return c.as(Column{Type: Time, TimeFormat: f}, f.parse)
}

// asPlainDates is asTimes of a column that has numbers: all must be as 20251231.
func (c *column) asPlainDates(s cells) (f inferred, doubt, note string) {
	f = c.inTimeFormat(PlainYMD)
	f.number = func(v float64) float64 {
		t, _ := plainDate(v)
		return t
	}
	different := make(map[float64]struct{}, fewPlain)
	for v := range s.numbers() {
		if _, ok := plainDate(v); !ok || c.spellings != wholeNumbers {
			return f, fmt.Sprintf("it has %d numbers, which are none", c.numbers), ""
		}
		if len(different) < fewPlain {
			different[v] = struct{}{}
		}
	}
	if f.stray > 0 {
		return f, "it has numbers and texts", ""
	}
	if c.asked == Auto && len(different) < fewPlain {
		return f, "it has few numbers", ""
	}
	return f, "", fmt.Sprintf("column %s: its numbers are all as %v, and are taken for dates: say %v if they are not (Types, -type)", fault.Clip(c.name), PlainYMD, Number)
}

package table

import (
	"fmt"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Type says what a column holds. Read decides it by the whole column, see Read, unless
// Options.Types names the column.
type Type byte

const (
	Auto     Type = iota // decided by the whole column; no column of a Table has it
	Number               // numbers; Column.Format says how they are written
	Boolean              // true and false, yes and no, 1 and 0: 1 and 0 in X
	Time                 // dates, with or without a time of day, all written alike (see TimeFormat): seconds since 1970 in X, by the clock as written
	Category             // texts; a number among them goes by its value, so that 1.50 and 1.5 are one
	Code                 // digits that are a name, such as 00420: categories by their spelling
	Ignored              // not looked at

	// Times whose dates are numbers with the day first, as 31/12/2025, or with the month first, for
	// Options.Types: no column of a Table has one of these.
	DayFirst
	MonthFirst
)

var typeNames = []string{"auto", "number", "boolean", "time", "category", "code", "ignored", "day-first", "month-first"}

func (t Type) String() string {
	if int(t) < len(typeNames) {
		return typeNames[t]
	}
	return fmt.Sprintf("Type(%d)", byte(t))
}

// ParseType returns the type of a name, as String gives it, or ErrOption.
func ParseType(name string) (Type, error) {
	if k := slices.Index(typeNames, name); k >= 0 {
		return Type(k), nil
	}
	return Auto, fmt.Errorf("table: a type %s; there are %s: %w", fault.Clip(name), strings.Join(typeNames, ", "), fault.ErrOption)
}

// named tells whether values are indexes into names.
func (t Type) named() bool { return t == Category || t == Code }

// Column describes one feature of a Table. The zero Type counts as Number.
type Column struct {
	Type       Type
	Format     NumberFormat // of numbers
	TimeFormat TimeFormat   // of times
	Categories []string     // of Category and Code: what X holds the index of
}

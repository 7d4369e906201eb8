// Package fault has the errors that train and its rooms share, and the words in
// which they tell of data.
package fault

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// The sentinels that the public packages export under the same names.
var (
	ErrShape      = errors.New("wrong shape")
	ErrNotFinite  = errors.New("value is not finite")
	ErrOption     = errors.New("option out of range")
	ErrMemory     = errors.New("does not fit in memory")
	ErrData       = errors.New("bad data")
	ErrModel      = errors.New("bad model file")
	ErrCheckpoint = errors.New("checkpoint of no use here")
)

// ErrStopped says that the context ended. Of the state, only the best weights and
// the report are of use then. It never reaches a caller of the public packages.
var ErrStopped = errors.New("train: stopped")

// ErrTimeLimit is the cause of the context that a time limit ends.
var ErrTimeLimit = fmt.Errorf("train: time limit: %w", context.DeadlineExceeded)

// Finite returns ErrNotFinite for the first NaN or infinity in the row-major
// matrix x of d columns, naming its row and column.
func Finite(x []float64, d int) error {
	for k, v := range x {
		if v-v != 0 {
			return fmt.Errorf("row %d, column %d is %v: %w", k/d, k%d, v, ErrNotFinite)
		}
	}
	return nil
}

// List names columns or categories, the first twenty if there are more.
func List(names []string) string {
	var b strings.Builder
	for k, name := range names {
		if k == 20 {
			fmt.Fprintf(&b, " and %d more", len(names)-k)
			break
		}
		if k > 0 {
			b.WriteString(", ")
		}
		b.WriteString(Clip(name))
	}
	return b.String()
}

// Clip quotes text for an error message, cut to what a line can show.
func Clip(text string) string {
	const most = 60
	if len(text) <= most {
		return strconv.Quote(text)
	}
	return strconv.Quote(strings.ToValidUTF8(text[:most], "")) + "…"
}

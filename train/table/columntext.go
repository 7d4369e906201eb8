package table

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Widths returns how many features each column makes, in order.
func (e *Encoder) Widths() []int {
	out := make([]int, len(e.Columns))
	for j := range out {
		out[j] = e.Columns[j].width()
	}
	return out
}

// Missing tells whether the features that encoding made of a value say that it was missing. Those of a number
// or a time without Indicator do not. A category that the column does not know says so, too, unless others are
// rare.
func (c *EncodedColumn) Missing(features []float64) bool {
	switch {
	case c.Indicator:
		return features[len(features)-1] == 1
	case c.Indices > 0:
		return c.Impute && features[0] < 0
	case c.Type.named() || c.Type == Boolean:
		return c.Impute && slices.Max(features) == 0
	}
	return false
}

// Text returns the value that encoding made the features of, as a reader of the table would write it: a number,
// a date of ISO 8601, a category, or in words one that has no feature of its own. len(features) must be what Encoder.Widths
// has for the column.
func (c *EncodedColumn) Text(features []float64) string {
	if c.Missing(features) {
		return "missing"
	}
	switch {
	case c.Type == Boolean:
		for k, v := range features[:2] {
			if v == 1 {
				return booleanPairs[0][k]
			}
		}
		return "neither"
	case c.Indices > 0:
		if k := features[0]; k >= 0 && k < float64(len(c.Rare)) {
			return c.Rare[int(k)]
		}
		return "rare"
	case c.Type.named():
		if k := slices.Index(features[:len(c.Categories)], 1); k >= 0 {
			return c.Categories[k]
		}
		if c.Counts != nil {
			return "rare"
		}
		return "unknown"
	case c.Type == Time:
		layout, at := time.DateOnly, clock(math.Round(features[0]*secondsOfDay))
		if at.Hour() != 0 || at.Minute() != 0 || at.Second() != 0 {
			layout = time.DateTime
		}
		return at.Format(layout)
	}
	return strconv.FormatFloat(features[0], 'g', -1, 64)
}

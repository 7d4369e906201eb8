package train

import (
	"cmp"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/table"
)

// Importance tells by how much the error on rows out of fold rises when what a column says of each
// is taken from another one of them (Breiman 2001): by how much the fits rely on the column, with the others
// there. Of two columns that say the same, each may look dispensable. All features that were made of a
// column are taken together, from one row.
type Importance struct {
	Rows         int                // out of fold that were predicted, each by the fit that had not seen it
	Permutations int                // of each column, over which rises are means
	Tried        int                // columns; the others, of more than could be tried, change predictions least to first order
	Columns      []ColumnImportance // that were tried: significant ones first, each part by Rise
}

// ColumnImportance is what a column is worth. A rise of a column that says nothing has mean 0, and is as
// often below.
type ColumnImportance struct {
	Column int    // index
	Name   string // empty unless an Encoder told it

	// Rise is that of the error: of RMSE, in the unit of Estimate.RMSE, or of classes of the log-loss, by the
	// calibration that Estimate.LogLoss is told by. RiseError is its standard error over groups of equal rows.
	Rise, RiseError float64

	// WrongRise is that of the share of rows told to be of a wrong class; NaN without classes.
	WrongRise, WrongRiseError float64

	// Significant tells whether Rise is so many standard errors that by chance no column of all that were
	// tried would reach it in 19 fits of 20: more than √(2 ln 10k) of k columns.
	Significant bool

	// Dependence is the mean prediction with the column at some of its values in all rows; nil but for the
	// first few of the significant columns.
	Dependence []DependencePoint
}

// newImportance orders columns, names them, and tells those apart that are worth something.
func newImportance(rows, permutations int, columns []ColumnImportance, encoder *table.Encoder) *Importance {
	// P(Z > z) < exp(−z²/2)/2 for a normal Z, which is 0.05/k at this z.
	z := math.Sqrt(2 * math.Log(10*float64(len(columns))))
	for i := range columns {
		c := &columns[i]
		c.Significant = c.Rise > z*c.RiseError
		if encoder != nil {
			c.Name = encoder.Columns[c.Column].Name
		}
	}
	slices.SortStableFunc(columns, func(a, b ColumnImportance) int {
		if a.Significant != b.Significant {
			if a.Significant {
				return -1
			}
			return 1
		}
		return cmp.Compare(b.Rise, a.Rise)
	})
	return &Importance{Rows: rows, Permutations: permutations, Tried: len(columns), Columns: columns}
}

// Significant returns the columns that are, the first ones of Columns.
func (i *Importance) Significant() []ColumnImportance {
	n := slices.IndexFunc(i.Columns, func(c ColumnImportance) bool { return !c.Significant })
	if n < 0 {
		return i.Columns
	}
	return i.Columns[:n]
}

// span is the features that were made of a column.
type span struct{ from, to int }

// spans returns those of the columns: of an encoder, else one for each of d features.
func spans(encoder *table.Encoder, d int) []span {
	var out []span
	if encoder == nil {
		for j := range d {
			out = append(out, span{j, j + 1})
		}
		return out
	}
	at := 0
	for _, w := range encoder.Widths() {
		out = append(out, span{at, at + w})
		at += w
	}
	return out
}

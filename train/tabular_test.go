package train

import (
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// tabularRows returns such a table as a trainer has it.
func tabularRows(t testing.TB, n, d int, seed uint64) *dataset {
	t.Helper()
	x, y := specimen.Tabular(n, d, seed)
	return prepared(t, x, y, d, 0, Options{Bias: 1})
}

// Package table reads tables as they are and makes numbers of them.
//
// [Read] takes comma-separated values or a NumPy array, either possibly compressed by
// gzip, and gives a [Table]: n rows of d features and k targets each, row-major. What each
// column holds, numbers, booleans, times, categories or codes, is decided by the whole
// column; [Options] override it, and say which columns are targets, weights, or not looked
// at. Table.Notices tells what was taken for granted. Every error in the data wraps
// [ErrData] and names line, column and the text at fault, and no input takes more memory
// than it was allowed.
//
//	t, err := table.Read(ctx, file, &table.Options{Targets: []string{"price"}})
//
// Networks take finite numbers alone. An [Encoder] makes them: a column of zeros and ones
// for each category, the parts of a time, a median for what is missing and a column that
// tells where. It is learnt from the rows to train on and belongs to the model from then on,
// which encodes what it predicts from in the same way.
//
//	e, err := table.NewEncoder(t, nil)
//	numbers, err := e.Encode(t, 0)
//
// Package model reads tables for prediction by the names of their columns with the same
// reader (model.Model.ReadTable).
//
// A table may be larger than memory: to train on, Options.Sample keeps as many rows as there is memory
// for, and [ReadParts] hands over rows to predict a part at a time.
package table

import "github.com/nearlinear/nearlinear/train/internal/fault"

// Errors that readers and encoders wrap, the values of package train: test with
// errors.Is.
var (
	ErrShape     = fault.ErrShape     // a table that is not the encoder's
	ErrNotFinite = fault.ErrNotFinite // NaN or infinity, or a value that is missing
	ErrOption    = fault.ErrOption    // an option out of its range, or at odds with another
	ErrMemory    = fault.ErrMemory    // more memory than was allowed
	ErrData      = fault.ErrData      // what the file holds
	ErrModel     = fault.ErrModel     // an encoder that contradicts itself
)

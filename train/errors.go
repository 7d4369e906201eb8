package train

import "github.com/nearlinear/nearlinear/train/internal/fault"

// Errors that Fit wraps, and so do the readers of package table and the models of
// package model, which export those of them that they return under the same names: test
// with errors.Is.
var (
	ErrShape     = fault.ErrShape     // lengths that do not agree
	ErrNotFinite = fault.ErrNotFinite // NaN or infinity where a number is needed
	ErrOption    = fault.ErrOption    // an option out of its range, or at odds with another
	ErrMemory    = fault.ErrMemory    // more memory than there is, or than was allowed
	ErrData      = fault.ErrData      // a table that cannot be read or learnt from
	ErrModel     = fault.ErrModel     // a model, or its file, that is damaged or contradicts itself

	ErrCheckpoint = fault.ErrCheckpoint // a checkpoint that is damaged, or of another fit
)

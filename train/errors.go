package train

import "errors"

// Errors that Fit, the readers and the model wrap; test with errors.Is.
var (
	ErrShape     = errors.New("wrong shape")
	ErrNotFinite = errors.New("value is not finite")
	ErrOption    = errors.New("option out of range")
	ErrMemory    = errors.New("does not fit in memory")
	ErrData      = errors.New("bad data")
	ErrModel     = errors.New("bad model file")

	ErrCheckpoint = errors.New("checkpoint of no use here") // damaged, or of another fit
)

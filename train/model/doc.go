// Package model has what a fit leaves: the trained networks with all that maps raw rows to
// predictions, its file, and predictions in batches and one by one. A program that predicts
// needs this package and package table, and links no solver.
//
//	m, err := model.Load("price.model")
//	rows, err := m.ReadTable(ctx, file, nil)     // by the names of the columns
//	y := make([]float64, rows.Rows())
//	err = m.Predict(y, rows.X)
//
// [Model.Predict] checks and allocates at each call. A service makes a [Predictor] once,
// which allocates nothing for its batches and may be used by any number of goroutines.
// [Model.Classify] and [Predictor.Classify] tell classes.
//
// A file is written whole or not at all, ends in a checksum, and has the same bytes on every
// platform. It keeps every bit of the weights. Where several processes have trained a network
// together, each writes its neurons by [Model.SaveShare], and [JoinShares] makes the file of
// all.
package model

import "github.com/nearlinear/nearlinear/train/internal/fault"

// Errors that models wrap, the values of package train: test with errors.Is.
var (
	ErrShape     = fault.ErrShape     // lengths that do not agree
	ErrNotFinite = fault.ErrNotFinite // NaN or infinity among the features
	ErrOption    = fault.ErrOption    // an option out of its range
	ErrModel     = fault.ErrModel     // a model, or its file, that is damaged or contradicts itself
)

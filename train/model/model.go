package model

import (
	"context"
	"fmt"
	"strings"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/table"
)

// Model is the trained networks with all that maps raw rows to predictions in
// the units of the targets. Its methods do not change it and may run
// concurrently, UnmarshalBinary excepted.
type Model struct {
	Nets   []jacobian.Network // one a target, of equally many neurons of Scaler.Width() features with the same signs A
	Scaler features.Scaler    // from raw features to the networks' rows and back
	Seed   uint64             // that Fit was given

	// Further are the networks that are averaged with Nets, empty for none: a target, standardised, is
	// predicted as the sum of the predictions of all by their weights, of which Nets have what
	// those are short of 1.
	Further []Member

	// Share is nil but for a model that a rank of several got from Fit: its
	// networks then have some of the neurons only, and predict nothing. JoinShares
	// makes a model of all.
	Share *Share

	// Classes is empty, or what FitClasses was to tell apart: two names for one
	// target that is −1 and +1, or one for each of several targets that are +1
	// where it is the one, else −1.
	Classes []string

	// Calibration makes probabilities of a model of classes, nil if there were no rows to
	// learn it from. Where there is one, the class of a row is the most probable, or what its Offset
	// makes of that.
	Calibration *Calibration

	// Intervals are those of the targets, empty if there were no rows to learn them from, and
	// with Classes.
	Intervals []Interval

	// Encoder is what made the features of a table, nil if they are its columns
	// as they are. FitTable sets it, Fit does not know it.
	Encoder *table.Encoder

	// Names, for reading tables; FitTable sets them, Fit does not know them. Features is empty or
	// has one name for each of len(Scaler.Mean) raw features, Targets is empty or
	// has one for each target, with Classes for the column of classes alone.
	Features []string
	Targets  []string
}

// Predict writes the predictions for the rows of x (row-major, n × d raw
// features, d = len(m.Scaler.Mean)) to dst (row-major, n × k with k = len(m.Nets)),
// in the units of the targets. dst and x must not overlap. No rows are no error.
// A row's predictions have the same bits whichever rows come with it.
//
// It returns ErrShape, ErrNotFinite with row, column and value, or ErrModel if
// the model contradicts itself, and then leaves dst alone. To see to the latter
// takes as long as predicting some rows: for many small batches make a Predictor.
func (m *Model) Predict(dst, x []float64) error {
	p, err := NewPredictor(m, nil)
	if err != nil {
		return err
	}
	return p.Predict(context.Background(), dst, x)
}

// check returns ErrModel unless all shapes agree, all values are finite and of
// the right sign, and the names could be a header line of CSV.
func (m *Model) check() error {
	if err := m.checkScaler(); err != nil {
		return err
	}
	if err := m.checkNets(m.Nets, &m.Scaler); err != nil {
		return err
	}
	if err := m.checkFurther(); err != nil {
		return err
	}
	if err := m.checkClasses(); err != nil {
		return err
	}
	if err := m.checkIntervals(); err != nil {
		return err
	}
	if err := m.checkEncoder(); err != nil {
		return err
	}
	return m.checkNames()
}

// which names a target, if there are several.
func (m *Model) which(j int) string {
	if len(m.Nets) == 1 {
		return ""
	}
	return fmt.Sprintf("target %d: ", j)
}

func (m *Model) checkClasses() error {
	c, k := len(m.Classes), len(m.Nets)
	if c != 0 && !(c == 2 && k == 1) && !(c > 2 && c == k) {
		return badModel("%d classes for %d targets", c, k)
	}
	if err := m.Calibration.check(c, k); err != nil {
		return err
	}
	if c > 0 && len(m.Scaler.YLog) > 0 {
		return badModel("logarithms for targets that are classes")
	}
	seen := make(map[string]bool, c)
	for j, name := range m.Classes {
		switch {
		case len(name) > table.MaxNameBytes:
			return badModel("the name of class %d takes %d bytes, at most %d are allowed", j, len(name), table.MaxNameBytes)
		case seen[name]:
			return badModel("the name %s of class %d is taken", fault.Clip(name), j)
		}
		seen[name] = true
	}
	return nil
}

// badModel is ErrModel for a reason. It does not name the package.
func badModel(format string, args ...any) error {
	return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), fault.ErrModel)
}

func (m *Model) checkNames() error {
	columns := len(m.Nets)
	if len(m.Classes) > 0 {
		columns = 1
	}
	if len(m.Targets) != 0 && len(m.Targets) != columns {
		return badModel("%d names for %d targets", len(m.Targets), columns)
	}
	if len(m.Features) != 0 && len(m.Features) != len(m.Scaler.Mean) {
		return badModel("%d names for %d features", len(m.Features), len(m.Scaler.Mean))
	}
	seen := make(map[string]bool, len(m.Features)+len(m.Targets))
	for j, name := range m.Targets {
		switch {
		case len(name) > table.MaxNameBytes:
			return badModel("the name of target %d takes %d bytes, at most %d are allowed", j, len(name), table.MaxNameBytes)
		case seen[name]:
			return badModel("the name %s of target %d is taken", fault.Clip(name), j)
		}
		seen[name] = true
	}
	for k, name := range m.Features {
		switch {
		case name == "":
			return badModel("feature %d has no name", k)
		case len(name) > table.MaxNameBytes:
			return badModel("the name of feature %d takes %d bytes, at most %d are allowed", k, len(name), table.MaxNameBytes)
		case seen[name]:
			return badModel("the name %s of feature %d is taken", fault.Clip(name), k)
		}
		seen[name] = true
	}
	return nil
}

// checkEncoder returns ErrModel unless the encoder makes the features.
func (m *Model) checkEncoder() error {
	if m.Encoder == nil {
		return nil
	}
	if err := m.Encoder.Check(); err != nil {
		return badModel("%s", strings.TrimPrefix(err.Error(), "table: "))
	}
	if !m.Encoder.Makes(m.Features) {
		return badModel("the encoder of %d columns does not make the %d features", len(m.Encoder.Columns), len(m.Features))
	}
	return nil
}

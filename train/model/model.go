package model

import (
	"context"
	"fmt"
	"math"
	"slices"
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
	for j := range m.Nets {
		if err := m.Nets[j].Check(); err != nil {
			return badModel("%s%v", m.which(j), err)
		}
		if !slices.Equal(m.Nets[j].A, m.Nets[0].A) {
			return badModel("%sthe signs are not those of target 0", m.which(j))
		}
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

func (m *Model) checkScaler() error {
	if m.Share != nil && len(m.Nets) > 0 {
		return badModel("it has the %d neurons from %d on of %d alone: join the shares", m.Nets[0].M, m.Share.First, m.Share.Neurons)
	}
	s := &m.Scaler
	if len(s.Mean) < 1 || len(s.Std) != len(s.Mean) {
		return badModel("%d means and %d deviations", len(s.Mean), len(s.Std))
	}
	positive := func(v float64) bool { return v > 0 && v <= math.MaxFloat64 }
	for k, v := range s.Mean {
		if v-v != 0 || s.Std[k] != 0 && !positive(s.Std[k]) {
			return badModel("feature %d has mean %v and deviation %v", k, v, s.Std[k])
		}
	}
	if n := len(s.Min); n != len(s.Max) || n != 0 && n != len(s.Mean) {
		return badModel("%d least and %d largest values of %d features", n, len(s.Max), len(s.Mean))
	}
	for k, low := range s.Min {
		if high := s.Max[k]; !(low <= high) || high-high != 0 || low-low != 0 {
			return badModel("feature %d ranges from %v to %v", k, low, high)
		}
	}
	if len(s.Skew) != 0 && len(s.Skew) != len(s.Mean) {
		return badModel("%d logarithms for %d features", len(s.Skew), len(s.Mean))
	}
	for k, v := range s.Skew {
		// Within these bounds no finite feature makes a row that is not.
		if sound := math.Abs(v.Origin) <= 0x1p1000 && math.Abs(v.Reach) >= 0x1p-20 && math.Abs(v.Reach) <= math.MaxFloat64 && v.Mean-v.Mean == 0 && positive(v.Std); !sound && v != (features.Skew{}) {
			return badModel("feature %d has logarithm %v", k, v)
		}
	}
	if len(m.Nets) < 1 || len(s.YMean) != len(m.Nets) || len(s.YStd) != len(m.Nets) {
		return badModel("%d networks for targets of %d means and %d deviations", len(m.Nets), len(s.YMean), len(s.YStd))
	}
	for j, v := range s.YMean {
		if v-v != 0 || !positive(s.YStd[j]) {
			return badModel("target %d has mean %v and deviation %v", j, v, s.YStd[j])
		}
	}
	if n := len(s.YLog); n != 0 && n != len(m.Nets) {
		return badModel("%d logarithms for %d targets", n, len(m.Nets))
	}
	for j, v := range s.YLog {
		if sound := v.Mean-v.Mean == 0 && positive(v.Std); !sound && v != (features.TargetLog{}) {
			return badModel("target %d has logarithm %v", j, v)
		}
	}
	if s.Bias != 0 && !positive(s.Bias) {
		return badModel("bias is %v", s.Bias)
	}
	for j := range m.Nets {
		if m.Nets[j].D != s.Width() {
			return badModel("%sthe network has %d features, the scaler makes %d", m.which(j), m.Nets[j].D, s.Width())
		}
		if m.Nets[j].M != m.Nets[0].M {
			return badModel("target %d has %d neurons, target 0 has %d", j, m.Nets[j].M, m.Nets[0].M)
		}
	}
	return nil
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

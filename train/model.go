package train

import (
	"context"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/jacobian"
)

// Model is a trained network with all that maps raw rows to predictions in the
// units of the target. Its methods do not change it and may run concurrently,
// UnmarshalBinary excepted.
type Model struct {
	Net    jacobian.Network // M neurons of Scaler.Width() features
	Scaler Scaler           // from raw features to the network's rows and back
	Seed   uint64           // that Fit was given

	// Names, for reading tables; Fit does not know them. Features is empty or
	// has one name for each of len(Scaler.Mean) raw features.
	Features []string
	Target   string
}

// blockBytes bounds the standardised rows that Predict holds at a time.
const blockBytes = 8 << 20

// Predict writes the predictions for the rows of x (row-major, n × d raw
// features, d = len(m.Scaler.Mean)) to dst (n values), in the units of the
// target. dst and x must not overlap. No rows are no error.
//
// It returns ErrShape, ErrNotFinite with row, column and value, or ErrModel if
// the model contradicts itself, and then leaves dst alone. 2·n·M·D flops on
// GOMAXPROCS goroutines; some 8 MB of working memory whatever n is (more only
// where 512 rows take more). A row's prediction has the same bits whichever
// rows come with it.
func (m *Model) Predict(dst, x []float64) error {
	if err := m.checkScaler(); err != nil {
		return err
	}
	d, w := len(m.Scaler.Mean), m.Scaler.Width()
	if len(x)%d != 0 {
		return fmt.Errorf("train: %d values are not rows of %d features: %w", len(x), d, ErrShape)
	}
	n := len(x) / d
	if len(dst) != n {
		return fmt.Errorf("train: %d predictions for %d rows: %w", len(dst), n, ErrShape)
	}
	if err := checkFinite(x, d); err != nil {
		return err
	}
	step := min(n, max(512, blockBytes/8/w&^63))
	rows := make([]float64, step*w)
	for i := 0; i < n; i += step {
		b := min(step, n-i)
		m.Scaler.Apply(rows[:b*w], x[i*d:(i+b)*d])
		out := dst[i : i+b]
		if err := m.Net.Predict(context.Background(), out, rows[:b*w], 0); err != nil {
			return fmt.Errorf("train: model: %w: %w", err, ErrModel)
		}
		m.Scaler.restore(out)
	}
	return nil
}

// check returns ErrModel unless all shapes agree, all values are finite and of
// the right sign, and the names could be a header line of CSV.
func (m *Model) check() error {
	if err := m.checkScaler(); err != nil {
		return err
	}
	if err := m.Net.Check(); err != nil {
		return badModel("%v", err)
	}
	return m.checkNames()
}

func badModel(format string, args ...any) error {
	return fmt.Errorf("train: model: %s: %w", fmt.Sprintf(format, args...), ErrModel)
}

func (m *Model) checkScaler() error {
	s := &m.Scaler
	if len(s.Mean) < 1 || len(s.Std) != len(s.Mean) {
		return badModel("%d means and %d deviations", len(s.Mean), len(s.Std))
	}
	positive := func(v float64) bool { return v > 0 && v <= math.MaxFloat64 }
	for k, v := range s.Mean {
		if v-v != 0 || !positive(s.Std[k]) {
			return badModel("feature %d has mean %v and deviation %v", k, v, s.Std[k])
		}
	}
	if len(s.Skew) != 0 && len(s.Skew) != len(s.Mean) {
		return badModel("%d logarithms for %d features", len(s.Skew), len(s.Mean))
	}
	for k, v := range s.Skew {
		// Within these bounds no finite feature makes a row that is not.
		if sound := math.Abs(v.Origin) <= 0x1p1000 && math.Abs(v.Reach) >= 0x1p-20 && math.Abs(v.Reach) <= math.MaxFloat64 && v.Mean-v.Mean == 0 && positive(v.Std); !sound && v != (Skew{}) {
			return badModel("feature %d has logarithm %v", k, v)
		}
	}
	if s.YMean-s.YMean != 0 || !positive(s.YStd) {
		return badModel("the target has mean %v and deviation %v", s.YMean, s.YStd)
	}
	if s.Bias != 0 && !positive(s.Bias) {
		return badModel("bias is %v", s.Bias)
	}
	if m.Net.D != s.Width() {
		return badModel("the network has %d features, the scaler makes %d", m.Net.D, s.Width())
	}
	return nil
}

func (m *Model) checkNames() error {
	if len(m.Target) > maxNameBytes {
		return badModel("the target's name takes %d bytes, at most %d are allowed", len(m.Target), maxNameBytes)
	}
	if len(m.Features) == 0 {
		return nil
	}
	if len(m.Features) != len(m.Scaler.Mean) {
		return badModel("%d names for %d features", len(m.Features), len(m.Scaler.Mean))
	}
	seen := make(map[string]bool, len(m.Features)+1)
	seen[m.Target] = true
	for k, name := range m.Features {
		switch {
		case name == "":
			return badModel("feature %d has no name", k)
		case len(name) > maxNameBytes:
			return badModel("the name of feature %d takes %d bytes, at most %d are allowed", k, len(name), maxNameBytes)
		case seen[name]:
			return badModel("the name %s of feature %d is taken", clip(name), k)
		}
		seen[name] = true
	}
	return nil
}

package model

import (
	"math"

	"github.com/nearlinear/nearlinear/train/features"
)

// checkScaler returns ErrModel unless the scaler maps raw rows to finite ones, and targets back.
func (m *Model) checkScaler() error {
	if m.Share != nil && len(m.Nets) > 0 {
		return badModel("it has the %d neurons from %d on of %d alone: join the shares", m.Nets[0].M, m.Share.First, m.Share.Neurons)
	}
	s := &m.Scaler
	if err := checkFeatures(s); err != nil {
		return err
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
	return nil
}

// checkFeatures is the part of checkScaler that is about rows.
func checkFeatures(s *features.Scaler) error {
	if len(s.Mean) < 1 || len(s.Std) != len(s.Mean) {
		return badModel("%d means and %d deviations", len(s.Mean), len(s.Std))
	}
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
	if err := checkTargetMeans(s); err != nil {
		return err
	}
	for q, v := range s.Pieces {
		if sound := v.Feature >= 0 && v.Feature < len(s.Mean) && v.Low < v.High && v.High-v.High == 0 && v.Low-v.Low == 0 && v.Mean-v.Mean == 0 && positive(v.Std); !sound {
			return badModel("piece %d is %v", q, v)
		}
	}
	if d := len(s.Mean) + len(s.Pieces); len(s.Metric) != 0 && (s.Bias == 0 || d > features.MetricMost || len(s.Metric) != d*d) {
		return badModel("a metric of %d entries for %d coordinates", len(s.Metric), d)
	}
	for _, v := range s.Metric {
		if v-v != 0 || math.Abs(v) > 0x1p20 {
			return badModel("the metric has an entry %v", v)
		}
	}
	if s.Bias != 0 && !positive(s.Bias) {
		return badModel("bias is %v", s.Bias)
	}
	return nil
}

func positive(v float64) bool { return v > 0 && v <= math.MaxFloat64 }

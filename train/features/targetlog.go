package features

import (
	"math"

	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// TargetLog says that a target is fitted in logarithms,
//
//	t = (ln y − Mean)/Std,   y = exp(t·Std + Mean).
//
// Mean and Std are moments of ln y over the training rows. Std is 0 for a target that is
// fitted as it is. Values that are not positive are taken for the least positive number.
type TargetLog struct {
	Mean, Std float64
}

// SkewedTarget tells whether a target could gain from logarithms: its values are positive,
// and their skewness exceeds 1, that of the logarithms of features. Weights may be nil.
func SkewedTarget(y, weights []float64) bool {
	z := append([]float64(nil), y...)
	mean, std := moments(z, weights)
	if std == 0 {
		return false
	}
	for i, v := range y {
		if !(v > 0) {
			return false
		}
		z[i] = standard(v, mean, std)
	}
	return skewness(z, weights) > skewLimit
}

// WithTargetLogs returns s for targets of which those marked in which are fitted in
// logarithms, learnt from y (the rows of one target after another) with the weights of the
// rows, nil for ones. A target whose logarithm is constant stays as it is.
func (s *Scaler) WithTargetLogs(which []bool, y, weights []float64) *Scaler {
	out := *s
	out.YLog = make([]TargetLog, len(s.YMean))
	n := len(y) / len(s.YMean)
	for j := range out.YLog {
		if !which[j] {
			continue
		}
		logs := make([]float64, n)
		for i, v := range y[j*n : (j+1)*n] {
			logs[i] = logOf(v)
		}
		if mean, std := moments(logs, weights); std > 0 {
			out.YLog[j] = TargetLog{mean, std}
		}
	}
	return &out
}

// InLogarithms tells whether target j is fitted in logarithms.
func (s *Scaler) InLogarithms(j int) bool { return len(s.YLog) > 0 && s.YLog[j].Std > 0 }

// Deviations returns, of a standardised value t of target j, the distance from YMean in
// units of YStd: t itself, but of a target in logarithms.
func (s *Scaler) Deviations(t float64, j int) float64 {
	if !s.InLogarithms(j) {
		return t
	}
	return standard(s.YLog[j].restore(t), s.YMean[j], s.YStd[j])
}

func logOf(y float64) float64 { return portable.Log(max(y, math.SmallestNonzeroFloat64)) }

// restore is finite for every finite t.
func (l *TargetLog) restore(t float64) float64 {
	return min(portable.Exp(float64(t*l.Std)+l.Mean), math.MaxFloat64)
}

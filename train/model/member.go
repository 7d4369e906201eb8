package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Member is further networks of a model, which see the rows in another shape. TargetMeans, targets, and with them
// YMean, YStd and YLog of the Scaler, are those of the model, and so are the number of
// neurons and their signs.
type Member struct {
	Nets   []jacobian.Network
	Scaler features.Scaler
	Weight float64 // between 0 and 1; those of all Members add up to less than 1
}

// mostMembers bounds the further members of a model.
const mostMembers = 16

// firstWeight returns the weight of Nets.
func (m *Model) firstWeight() float64 {
	w := 1.0
	for q := range m.Further {
		w -= m.Further[q].Weight
	}
	return w
}

// checkNets returns ErrModel unless the networks fit the rows of a scaler and each other.
func (m *Model) checkNets(nets []jacobian.Network, s *features.Scaler) error {
	for j := range nets {
		if nets[j].D != s.Width() {
			return badModel("%sthe network has %d features, the scaler makes %d", m.which(j), nets[j].D, s.Width())
		}
		if nets[j].M != m.Nets[0].M {
			return badModel("target %d has %d neurons, target 0 has %d", j, nets[j].M, m.Nets[0].M)
		}
		if err := nets[j].Check(); err != nil {
			return badModel("%s%v", m.which(j), err)
		}
		if !slices.Equal(nets[j].A, m.Nets[0].A) {
			return badModel("%sthe signs are not those of target 0", m.which(j))
		}
	}
	return nil
}

func (m *Model) checkFurther() error {
	if len(m.Further) > mostMembers {
		return badModel("%d further members, at most %d are allowed", len(m.Further), mostMembers)
	}
	for q := range m.Further {
		f := &m.Further[q]
		s := &f.Scaler
		if len(f.Nets) != len(m.Nets) || len(s.Mean) != len(m.Scaler.Mean) {
			return badModel("member %d: %d networks of %d features, want %d of %d", q+1, len(f.Nets), len(s.Mean), len(m.Nets), len(m.Scaler.Mean))
		}
		if !slices.Equal(s.YMean, m.Scaler.YMean) || !slices.Equal(s.YStd, m.Scaler.YStd) || !slices.Equal(s.YLog, m.Scaler.YLog) {
			return badModel("member %d: its targets are scaled in another way", q+1)
		}
		if !slices.EqualFunc(s.TargetMeans, m.Scaler.TargetMeans, sameMean) {
			return badModel("member %d: its means of targets are others", q+1)
		}
		if !(f.Weight > 0 && f.Weight < 1) {
			return badModel("member %d: its weight is %v", q+1, f.Weight)
		}
		if err := checkFeatures(s); err != nil {
			return fmt.Errorf("member %d: %w", q+1, err)
		}
		if err := m.checkNets(f.Nets, s); err != nil {
			return fmt.Errorf("member %d: %w", q+1, err)
		}
	}
	if w := m.firstWeight(); !(w > 0) {
		return badModel("the weights of %d members leave %v for the first networks", len(m.Further), w)
	}
	return nil
}

// A member in a model file:
//
//	u64 × 3          logarithms (0 or d), pieces p, entries of the metric (0 or (d+p)²)
//	f64 × 2          Weight, Bias
//	f64 × d, f64 × d Mean, Std
//	f64 × 4, × 5, …  logarithms, pieces and the metric, as those of the model
//	f64 × k·m·w      W of each target
func (f *Member) write(u64 func(uint64), floats func([]float64)) {
	s := &f.Scaler
	u64(uint64(len(s.Skew)))
	u64(uint64(len(s.Pieces)))
	u64(uint64(len(s.Metric)))
	floats([]float64{f.Weight, s.Bias})
	floats(s.Mean)
	floats(s.Std)
	writeSkew(s, floats)
	writePieces(s, floats)
	floats(s.Metric)
	for j := range f.Nets {
		floats(f.Nets[j].W)
	}
}

func writeSkew(s *features.Scaler, floats func([]float64)) {
	for _, v := range s.Skew {
		floats([]float64{v.Origin, v.Reach, v.Mean, v.Std})
	}
}

func writePieces(s *features.Scaler, floats func([]float64)) {
	for _, v := range s.Pieces {
		floats([]float64{float64(v.Feature), v.Low, v.High, v.Mean, v.Std})
	}
}

// further reads the members of a model whose first networks and signs are read.
func (f *fileReader) further(m *Model) error {
	b, err := f.take(4)
	if err != nil {
		return err
	}
	first, count := &m.Nets[0], binary.LittleEndian.Uint32(b)
	if count > mostMembers {
		return fmt.Errorf("the file has %d further members, at most %d are allowed: %w", count, mostMembers, fault.ErrModel)
	}
	for range count {
		var head [5]uint64
		for i := range head {
			if head[i], err = f.u64(); err != nil {
				return err
			}
		}
		d, most := len(m.Scaler.Mean), uint64(math.MaxInt/64/len(m.Nets)/first.M)
		skews, pieces, metric := head[0], head[1], head[2]
		if skews != 0 && skews != uint64(d) || pieces >= most-uint64(d) || metric > features.MetricMost*features.MetricMost {
			return fmt.Errorf("a member of %d logarithms, %d pieces and a metric of %d for %d features: %w", skews, pieces, metric, d, fault.ErrModel)
		}
		one := Member{Weight: math.Float64frombits(head[3])}
		s := &one.Scaler
		s.YMean, s.YStd, s.YLog, s.Min, s.Max, s.TargetMeans = m.Scaler.YMean, m.Scaler.YStd, m.Scaler.YLog, m.Scaler.Min, m.Scaler.Max, m.Scaler.TargetMeans
		s.Bias = math.Float64frombits(head[4])
		if err = f.features(s, d, int(skews), int(pieces)); err != nil {
			return err
		}
		if s.Metric, err = f.floats(int(metric)); err != nil {
			return err
		}
		if one.Nets, err = f.networks(len(m.Nets), first.M, s.Width()); err != nil {
			return err
		}
		for j := range one.Nets {
			one.Nets[j].A = first.A
		}
		m.Further = append(m.Further, one)
	}
	return nil
}

// features reads means, deviations, logarithms and pieces.
func (f *fileReader) features(s *features.Scaler, d, skews, pieces int) (err error) {
	if s.Mean, err = f.floats(d); err != nil {
		return err
	}
	if s.Std, err = f.floats(d); err != nil {
		return err
	}
	if err = f.skew(s, skews); err != nil {
		return err
	}
	return f.pieces(s, pieces)
}

func (f *fileReader) skew(s *features.Scaler, n int) error {
	v, err := f.floats(4 * n)
	if err != nil {
		return err
	}
	for ; len(v) > 0; v = v[4:] {
		s.Skew = append(s.Skew, features.Skew{Origin: v[0], Reach: v[1], Mean: v[2], Std: v[3]})
	}
	return nil
}

func (f *fileReader) pieces(s *features.Scaler, n int) error {
	v, err := f.floats(5 * n)
	if err != nil {
		return err
	}
	for ; len(v) > 0; v = v[5:] {
		if k := v[0]; !(k >= 0 && k < float64(len(s.Mean))) || k != math.Trunc(k) {
			return fmt.Errorf("the file has a piece of feature %v of %d: %w", k, len(s.Mean), fault.ErrModel)
		}
		s.Pieces = append(s.Pieces, features.Piece{Feature: int(v[0]), Low: v[1], High: v[2], Mean: v[3], Std: v[4]})
	}
	return nil
}

// networks reads the weights of k networks of m neurons.
func (f *fileReader) networks(k, m, d int) ([]jacobian.Network, error) {
	var nets []jacobian.Network
	for range k {
		net := jacobian.Network{M: m, D: d}
		var err error
		if net.W, err = f.floats(m * d); err != nil {
			return nil, err
		}
		nets = append(nets, net)
	}
	return nets, nil
}

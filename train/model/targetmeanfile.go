package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// appendTargetMeans appends means as a model file has them, without those of parts.
func appendTargetMeans(b []byte, means []features.TargetMean) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(means)))
	for _, m := range means {
		b = binary.LittleEndian.AppendUint32(b, uint32(m.Feature))
		b = binary.LittleEndian.AppendUint32(b, uint32(m.Categories))
		b = appendFloats(b, m.Values[:m.Categories+1]...)
	}
	return b
}

// targetMeans reads what appendTargetMeans wrote.
func (f *fileReader) targetMeans() ([]features.TargetMean, error) {
	n, err := f.u32()
	var out []features.TargetMean
	for range n {
		var size [2]uint32
		for i := range size {
			if size[i], err = f.u32(); err != nil {
				return nil, err
			}
			if size[i] >= math.MaxInt32 {
				return nil, fmt.Errorf("the file has means for feature %d of %d categories: %w", size[0], size[1], fault.ErrModel)
			}
		}
		m := features.TargetMean{Feature: int(size[0]), Categories: int(size[1])}
		if m.Values, err = f.floats(m.Categories + 1); err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, err
}

// checkTargetMeans returns ErrModel unless the means are for features in order, and finite.
func checkTargetMeans(s *features.Scaler) error {
	last := -1
	for q, m := range s.TargetMeans {
		if m.Feature <= last || m.Feature >= len(s.Mean) || m.Categories < 0 || len(m.Values) == 0 || len(m.Values)%(m.Categories+1) != 0 {
			return badModel("means %d are %d values for feature %d of %d categories", q, len(m.Values), m.Feature, m.Categories)
		}
		last = m.Feature
		for _, v := range m.Values {
			if v-v != 0 {
				return badModel("means %d have a value %v", q, v)
			}
		}
	}
	return nil
}

func sameMean(a, b features.TargetMean) bool {
	return a.Feature == b.Feature && a.Categories == b.Categories && slices.Equal(a.Values, b.Values)
}

package model

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// appendIntervals appends intervals, or that there are none, as a model file has them:
//
//	u32              0, or k and for each target
//	u32              levels l
//	f64 × l, f64 × l Level, Reach
//	f64 × 3          Mean, Low, High
//	u32              neurons m of Spread
//	f64 × m·w        W, row-major; w = d+1, or d if Bias is 0
//	⌈m/8⌉ bytes      signs
func appendIntervals(b []byte, intervals []Interval) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(intervals)))
	for i := range intervals {
		v := &intervals[i]
		b = binary.LittleEndian.AppendUint32(b, uint32(len(v.Level)))
		b = appendFloats(b, v.Level...)
		b = appendFloats(b, v.Reach...)
		b = appendFloats(b, v.Mean, v.Low, v.High)
		b = binary.LittleEndian.AppendUint32(b, uint32(v.Spread.M))
		b = appendFloats(b, v.Spread.W...)
		b = appendSigns(b, v.Spread.A)
	}
	return b
}

func appendFloats(b []byte, v ...float64) []byte {
	for _, x := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(x))
	}
	return b
}

// appendSigns appends one bit a sign, set for −1.
func appendSigns(b []byte, signs []float64) []byte {
	for r := 0; r < len(signs); r += 8 {
		var octet byte
		for q, a := range signs[r:min(r+8, len(signs))] {
			if a < 0 {
				octet |= 1 << q
			}
		}
		b = append(b, octet)
	}
	return b
}

// intervals reads what appendIntervals wrote for k targets and rows of so many inputs.
func (f *fileReader) intervals(k, width int) ([]Interval, error) {
	n, err := f.u32()
	if n == 0 || err != nil {
		return nil, err
	}
	if int(n) != k {
		return nil, fmt.Errorf("intervals of %d targets for %d: %w", n, k, fault.ErrModel)
	}
	var out []Interval // which grows with what is there
	for range k {
		v, err := f.interval(width)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (f *fileReader) interval(width int) (v Interval, err error) {
	levels, err := f.u32()
	if err != nil {
		return v, err
	}
	if levels > mostLevels {
		return v, fmt.Errorf("an interval of %d levels, at most %d are allowed: %w", levels, mostLevels, fault.ErrModel)
	}
	if v.Level, err = f.floats(int(levels)); err != nil {
		return v, err
	}
	if v.Reach, err = f.floats(int(levels)); err != nil {
		return v, err
	}
	spread, err := f.floats(3)
	if err != nil {
		return v, err
	}
	v.Mean, v.Low, v.High = spread[0], spread[1], spread[2]
	neurons, err := f.u32()
	if neurons == 0 || err != nil {
		return v, err
	}
	if neurons > mostNeurons {
		return v, fmt.Errorf("the spread of an interval has %d neurons, at most %d are allowed: %w", neurons, mostNeurons, fault.ErrModel)
	}
	v.Spread = jacobian.Network{M: int(neurons), D: width}
	if v.Spread.W, err = f.floats(v.Spread.M * width); err != nil {
		return v, err
	}
	v.Spread.A, err = f.signs(v.Spread.M)
	return v, err
}

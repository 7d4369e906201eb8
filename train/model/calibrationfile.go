package model

import (
	"encoding/binary"
	"fmt"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// appendCalibration appends a calibration, or that there is none, as a model file has it.
func appendCalibration(b []byte, c *Calibration) []byte {
	if c == nil {
		return binary.LittleEndian.AppendUint32(b, 0)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(c.Scale)))
	b = appendFloats(appendFloats(b, c.Scale...), c.Shift...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(c.Offset)))
	return appendFloats(b, c.Offset...)
}

// calibration reads what appendCalibration wrote for k targets.
func (f *fileReader) calibration(k int) (*Calibration, error) {
	n, err := f.u32()
	if n == 0 || err != nil {
		return nil, err
	}
	if int(n) != k {
		return nil, fmt.Errorf("a calibration of %d classes for %d targets: %w", n, k, fault.ErrModel)
	}
	c := &Calibration{}
	for _, part := range []*[]float64{&c.Scale, &c.Shift} {
		if *part, err = f.floats(k); err != nil {
			return nil, err
		}
	}
	if n, err = f.u32(); err != nil {
		return nil, err
	}
	if n != 0 && int(n) != k {
		return nil, fmt.Errorf("%d offsets of a calibration for %d targets: %w", n, k, fault.ErrModel)
	}
	c.Offset, err = f.floats(int(n))
	return c, err
}

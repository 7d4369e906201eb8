package model

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/table"
)

// The encoder's part of a model file, little-endian:
//
//	u32           columns; 0 for no encoder, and then nothing follows
//	each column   1 byte of flags (1 Impute, 2 Indicator), f64 Fill,
//	              text Name, u32 categories, a text each
//
// where a text is u32 length and bytes.

const (
	flagImpute    = 1
	flagIndicator = 2
)

func appendText(b []byte, text string) []byte {
	b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	return append(b, text...)
}

// appendEncoder appends the part to b; e may be nil.
func appendEncoder(b []byte, e *table.Encoder) []byte {
	if e == nil {
		return append(b, 0, 0, 0, 0)
	}
	b = binary.LittleEndian.AppendUint32(b, uint32(len(e.Columns)))
	for j := range e.Columns {
		c := &e.Columns[j]
		var flags byte
		if c.Impute {
			flags |= flagImpute
		}
		if c.Indicator {
			flags |= flagIndicator
		}
		b = append(b, flags)
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(c.Fill))
		b = appendText(b, c.Name)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(c.Categories)))
		for _, text := range c.Categories {
			b = appendText(b, text)
		}
	}
	return b
}

// encoder reads the part. What it holds grows with the bytes that are there.
func (f *fileReader) encoder() (*table.Encoder, error) {
	n, err := f.u32()
	if err != nil || n == 0 {
		return nil, err
	}
	e := new(table.Encoder)
	for range n {
		b, err := f.take(1)
		if err != nil {
			return nil, err
		}
		flags := b[0]
		if flags > flagImpute|flagIndicator {
			return nil, fmt.Errorf("an encoded column has flags %#x: %w", flags, fault.ErrModel)
		}
		c := table.EncodedColumn{Impute: flags&flagImpute != 0, Indicator: flags&flagIndicator != 0}
		fill, err := f.u64()
		if err != nil {
			return nil, err
		}
		c.Fill = math.Float64frombits(fill)
		if c.Name, err = f.text(); err != nil {
			return nil, err
		}
		texts, err := f.u32()
		if err != nil {
			return nil, err
		}
		for range texts {
			text, err := f.text()
			if err != nil {
				return nil, err
			}
			c.Categories = append(c.Categories, text)
		}
		e.Columns = append(e.Columns, c)
	}
	return e, nil
}

func (f *fileReader) u32() (uint32, error) {
	b, err := f.take(4)
	return binary.LittleEndian.Uint32(b), err
}

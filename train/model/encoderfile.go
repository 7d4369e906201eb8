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
//	each column   bytes of type, flags (1 Impute, 2 Indicator, 4 Counts, 8 Format.Comma),
//	              Parts, Format.Group (0 for none), TimeFormat and Indices, f64 Fill, Min and Max,
//	              texts Name and Format.Sign, u32 categories, u32 rare ones, a text each,
//	              and with Counts u32 each
//
// where a text is u32 length and bytes.

const (
	flagImpute = 1 << iota
	flagIndicator
	flagCounts
	flagComma
	flagsEnd
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
		var flags, group byte
		for k, set := range []bool{c.Impute, c.Indicator, c.Counts != nil, c.Format.Comma} {
			if set {
				flags |= 1 << k
			}
		}
		if c.Format.Group != "" {
			group = c.Format.Group[0]
		}
		b = append(b, byte(c.Type), flags, byte(c.Parts), group, byte(c.TimeFormat), byte(c.Indices))
		for _, v := range []float64{c.Fill, c.Min, c.Max} {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		b = appendText(appendText(b, c.Name), c.Format.Sign)
		b = binary.LittleEndian.AppendUint32(b, uint32(len(c.Categories)))
		b = binary.LittleEndian.AppendUint32(b, uint32(len(c.Rare)))
		for _, list := range [][]string{c.Categories, c.Rare} {
			for _, text := range list {
				b = appendText(b, text)
			}
		}
		for _, n := range c.Counts {
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
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
		c, err := f.encodedColumn()
		if err != nil {
			return nil, err
		}
		e.Columns = append(e.Columns, c)
	}
	return e, nil
}

func (f *fileReader) encodedColumn() (c table.EncodedColumn, err error) {
	b, err := f.take(6)
	if err != nil {
		return c, err
	}
	kind, flags, parts, group := b[0], b[1], b[2], b[3]
	if flags >= flagsEnd {
		return c, fmt.Errorf("an encoded column has flags %#x: %w", flags, fault.ErrModel)
	}
	c.Type, c.Parts, c.TimeFormat = table.Type(kind), table.TimeParts(parts), table.TimeFormat(b[4])
	c.Indices = int(b[5])
	c.Impute, c.Indicator, c.Format.Comma = flags&flagImpute != 0, flags&flagIndicator != 0, flags&flagComma != 0
	if group != 0 {
		c.Format.Group = string([]byte{group})
	}
	for _, v := range []*float64{&c.Fill, &c.Min, &c.Max} {
		bits, err := f.u64()
		if err != nil {
			return c, err
		}
		*v = math.Float64frombits(bits)
	}
	for _, text := range []*string{&c.Name, &c.Format.Sign} {
		if *text, err = f.text(); err != nil {
			return c, err
		}
	}
	var counts [2]uint32
	for k := range counts {
		if counts[k], err = f.u32(); err != nil {
			return c, err
		}
	}
	for k, list := range []*[]string{&c.Categories, &c.Rare} {
		for range counts[k] {
			text, err := f.text()
			if err != nil {
				return c, err
			}
			*list = append(*list, text)
		}
	}
	if flags&flagCounts != 0 {
		c.Counts = []int{}
		for range len(c.Categories) + len(c.Rare) {
			n, err := f.u32()
			if err != nil {
				return c, err
			}
			c.Counts = append(c.Counts, int(n))
		}
	}
	return c, nil
}

func (f *fileReader) u32() (uint32, error) {
	b, err := f.take(4)
	return binary.LittleEndian.Uint32(b), err
}

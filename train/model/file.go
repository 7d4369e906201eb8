package model

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
)

// A model file, all numbers little-endian, floats as IEEE 754 bits:
//
//	8 bytes          "NEARLIN" and the version, 6
//	u64 × 9          neurons m, raw features d, targets k, logarithms (0 or d), ranges (0 or d),
//	                 logarithms of targets (0 or k), pieces p, entries of the metric (0 or (d+p)²), seed
//	u64 × 3          names of features (0 or d) and of targets, classes
//	f64              Bias
//	f64 × d, f64 × d Mean, Std
//	f64 × 0 or d     Min, and as many of Max
//	f64 × k, f64 × k YMean, YStd
//	f64 × 4 each     Origin, Reach, Mean, Std of the logarithms of skewed features
//	f64 × 2 each     Mean, Std of the logarithms of targets
//	f64 × 5 each     feature, Low, High, Mean, Std of the pieces
//	f64 each         the metric, row-major
//	means            of targets for indices, of all members: u32, and for each u32 × 2 feature
//	                 and categories c, f64 × (c+1) Values
//	texts            names of features, of targets, of classes: u32 length and bytes each
//	encoder          see encoderfile.go; 4 bytes of 0 for none
//	calibration      u32 of 0, or k and f64 × k of scales, f64 × k of shifts,
//	                 u32 of 0 or k and so many f64 of offsets
//	intervals        see intervalfile.go; 4 bytes of 0 for none
//	f64 × k·m·w      W of each target, row-major; w = d+p+1, or d+p if Bias is 0
//	⌈m/8⌉ bytes      output signs: bit r%8 of byte r/8 is set for −1, the rest 0
//	members          u32, and as many, see member.go
//	32 bytes         SHA-256 of all bytes before
const (
	fileMagic   = "NEARLIN"
	fileVersion = 6
)

// AppendBinary appends the model file to b. See WriteTo.
func (m *Model) AppendBinary(b []byte) ([]byte, error) {
	buf := bytes.NewBuffer(slices.Grow(b, m.fileBytes()))
	_, err := m.WriteTo(buf)
	return buf.Bytes(), err
}

// MarshalBinary returns the model file. See WriteTo.
func (m *Model) MarshalBinary() ([]byte, error) {
	return m.AppendBinary(nil)
}

// UnmarshalBinary sets the model from the whole of data, which it does not
// keep. On an error, which wraps ErrModel, the model is what it was.
func (m *Model) UnmarshalBinary(data []byte) error {
	read, err := Read(bytes.NewReader(data))
	if err == nil {
		*m = *read
	}
	return err
}

// fileBytes returns the size of the model file but for names, encoder and intervals.
func (m *Model) fileBytes() int {
	if len(m.Nets) == 0 {
		return 0
	}
	k, net := len(m.Nets), &m.Nets[0]
	further := 4
	for q := range m.Further {
		f := &m.Further[q]
		further += 40 + 16*len(f.Scaler.Mean) + 32*len(f.Scaler.Skew) + 40*len(f.Scaler.Pieces) + 8*len(f.Scaler.Metric) + 8*k*net.M*f.Scaler.Width()
	}
	return further + 124 + 16*(len(m.Scaler.Mean)+len(m.Scaler.Min)+len(m.Scaler.YLog)+2*k) + 32*len(m.Scaler.Skew) + 40*len(m.Scaler.Pieces) + 8*len(m.Scaler.Metric) + 4*(len(m.Features)+len(m.Targets)+len(m.Classes)) + len(net.A)/8 + 1 + 8*k*len(net.W) + sha256.Size
}

// WriteTo writes the model as one file and returns the number of bytes, about
// 8·k·M·D, D summed over the members of an average. The format has a version, does not depend on the platform, keeps every
// bit, and ends in a checksum. Nothing is written, and ErrModel returned, if
// the model contradicts itself.
func (m *Model) WriteTo(w io.Writer) (int64, error) {
	if err := m.check(); err != nil {
		return 0, err
	}
	return m.write(w, m.Nets[0].M, m.Nets[0].A, func(j int, floats func([]float64)) error {
		floats(m.Nets[j].W)
		return nil
	})
}

// write writes a model file with the head of m, for so many neurons with these
// signs, whose weights of target j are handed to floats by weights.
func (m *Model) write(w io.Writer, neurons int, signs []float64, weights func(j int, floats func([]float64)) error) (int64, error) {
	sum := sha256.New()
	count := &countWriter{w: w}
	buf := bufio.NewWriterSize(io.MultiWriter(sum, count), 1<<16)
	var word [8]byte
	u64 := func(v uint64) {
		binary.LittleEndian.PutUint64(word[:], v)
		buf.Write(word[:]) // a bufio.Writer keeps its first error for Flush
	}
	floats := (&floatWriter{w: buf}).write
	buf.WriteString(fileMagic)
	buf.WriteByte(fileVersion)
	s := &m.Scaler
	for _, n := range []int{neurons, len(s.Mean), len(m.Nets), len(s.Skew), len(s.Min), len(s.YLog), len(s.Pieces), len(s.Metric)} {
		u64(uint64(n))
	}
	u64(m.Seed)
	names := [3][]string{m.Features, m.Targets, m.Classes}
	for _, list := range names {
		u64(uint64(len(list)))
	}
	u64(math.Float64bits(s.Bias))
	for _, v := range [][]float64{s.Mean, s.Std, s.Min, s.Max, s.YMean, s.YStd} {
		floats(v)
	}
	writeSkew(s, floats)
	for _, v := range s.YLog {
		floats([]float64{v.Mean, v.Std})
	}
	writePieces(s, floats)
	floats(s.Metric)
	buf.Write(appendTargetMeans(nil, s.TargetMeans))
	for _, list := range names {
		for _, name := range list {
			binary.LittleEndian.PutUint32(word[:], uint32(len(name)))
			buf.Write(word[:4])
			buf.WriteString(name)
		}
	}
	buf.Write(appendEncoder(nil, m.Encoder))
	buf.Write(appendCalibration(nil, m.Calibration))
	buf.Write(appendIntervals(nil, m.Intervals))
	for j := range m.Nets {
		if err := weights(j, floats); err != nil {
			return count.n, err
		}
	}
	buf.Write(appendSigns(nil, signs))
	binary.LittleEndian.PutUint32(word[:], uint32(len(m.Further)))
	buf.Write(word[:4])
	for q := range m.Further {
		m.Further[q].write(u64, floats)
	}
	if err := buf.Flush(); err != nil {
		return count.n, fmt.Errorf("model: writing: %w", err)
	}
	if _, err := count.Write(sum.Sum(nil)); err != nil {
		return count.n, fmt.Errorf("model: writing: %w", err)
	}
	return count.n, nil
}

// floatWriter writes numbers as a model file has them, to what keeps its first error:
// a bufio.Writer, or a hash, which has none.
type floatWriter struct {
	w     io.Writer
	chunk [1 << 12]byte
}

func (f *floatWriter) write(v []float64) {
	for len(v) > 0 {
		n := min(len(v), len(f.chunk)/8)
		for i, x := range v[:n] {
			binary.LittleEndian.PutUint64(f.chunk[8*i:], math.Float64bits(x))
		}
		f.w.Write(f.chunk[:8*n])
		v = v[n:]
	}
}

type countWriter struct {
	w io.Writer
	n int64
}

func (c *countWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// Save writes the model to a file. The file appears, or replaces an older one,
// only when it is complete and on the disk: it is written under a temporary
// name in the same directory, flushed and renamed.
func (m *Model) Save(path string) error {
	if err := m.check(); err != nil {
		return err
	}
	err := atomicfile.Write(path, func(w io.Writer) error {
		_, err := m.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("model: saving: %w", err)
	}
	return nil
}

// Load reads the model file at path. See Read.
func Load(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model: loading: %w", err)
	}
	defer f.Close()
	m, err := read(f)
	if err != nil {
		return nil, fmt.Errorf("model: %s: %w", path, err)
	}
	return m, nil
}

package model

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"

	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/table"
)

// Read reads what WriteTo has written, up to the end of r: anything
// behind the model is refused. A file that is cut short, altered, of another
// version or of another kind gives an error that wraps ErrModel; an error of r
// is returned wrapped. Memory grows with the bytes that are there, not with
// what the header claims.
func Read(r io.Reader) (*Model, error) {
	m, err := read(r)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return m, nil
}

// read is Read, with errors that do not name the package.
func read(r io.Reader) (*Model, error) {
	f := &fileReader{sum: sha256.New()}
	f.r = io.TeeReader(bufio.NewReaderSize(r, len(f.chunk)), f.sum)
	m, err := f.model()
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, fault.ErrModel):
		return nil, err
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return nil, fmt.Errorf("the file ends after %d bytes, before its end: %w", f.n, fault.ErrModel)
	}
	return nil, fmt.Errorf("reading: %w", err)
}

type fileReader struct {
	r     io.Reader // the hash sees what is read from it
	sum   hash.Hash
	n     int64
	chunk [1 << 15]byte
}

// take returns the next n bytes, at most len(chunk), until the next call.
func (f *fileReader) take(n int) ([]byte, error) {
	got, err := io.ReadFull(f.r, f.chunk[:n])
	f.n += int64(got)
	return f.chunk[:n], err
}

func (f *fileReader) u64() (uint64, error) {
	b, err := f.take(8)
	return binary.LittleEndian.Uint64(b), err
}

// floats reads n numbers. The slice at most doubles with each chunk read.
func (f *fileReader) floats(n int) ([]float64, error) {
	var out []float64
	for len(out) < n {
		b, err := f.take(8 * min(n-len(out), len(f.chunk)/8))
		if err != nil {
			return nil, err
		}
		if cap(out)-len(out) < len(b)/8 {
			more := make([]float64, len(out), len(out)+min(n-len(out), max(len(b)/8, len(out))))
			copy(more, out)
			out = more
		}
		for ; len(b) > 0; b = b[8:] {
			out = append(out, math.Float64frombits(binary.LittleEndian.Uint64(b)))
		}
	}
	return out, nil
}

func (f *fileReader) text() (string, error) {
	b, err := f.take(4)
	if err != nil {
		return "", err
	}
	n := binary.LittleEndian.Uint32(b)
	if n > table.MaxNameBytes {
		return "", fmt.Errorf("the file has a name of %d bytes: %w", n, fault.ErrModel)
	}
	b, err = f.take(int(n))
	return string(b), err
}

// model reads the parts in order, the checksum, and then judges the content.
func (f *fileReader) model() (*Model, error) {
	b, err := f.take(8)
	if err != nil {
		if f.n == 0 {
			return nil, err
		}
		b = b[:f.n]
	}
	if n := min(len(b), len(fileMagic)); string(b[:n]) != fileMagic[:n] {
		return nil, fmt.Errorf("not a model file: %w", fault.ErrModel)
	}
	if err != nil {
		return nil, err
	}
	if v := b[7]; v != fileVersion {
		return nil, fmt.Errorf("a model file of version %d, this program reads version %d: %w", v, fileVersion, fault.ErrModel)
	}
	var head [13]uint64
	for i := range head {
		if head[i], err = f.u64(); err != nil {
			return nil, err
		}
	}
	m := &Model{Seed: head[8]}
	s := &m.Scaler
	s.Bias = math.Float64frombits(head[12])
	size, err := headerSizes(head[:12])
	if err != nil {
		return nil, err
	}
	for _, v := range []struct {
		to *[]float64
		n  int
	}{{&s.Mean, size.d}, {&s.Std, size.d}, {&s.Min, size.ranges}, {&s.Max, size.ranges}, {&s.YMean, size.k}, {&s.YStd, size.k}} {
		if *v.to, err = f.floats(v.n); err != nil {
			return nil, err
		}
	}
	if err = f.skew(s, size.skews); err != nil {
		return nil, err
	}
	logs, err := f.floats(2 * size.logs)
	if err != nil {
		return nil, err
	}
	for ; len(logs) > 0; logs = logs[2:] {
		s.YLog = append(s.YLog, features.TargetLog{Mean: logs[0], Std: logs[1]})
	}
	if err = f.pieces(s, size.pieces); err != nil {
		return nil, err
	}
	if s.Metric, err = f.floats(size.metric); err != nil {
		return nil, err
	}
	if s.TargetMeans, err = f.targetMeans(); err != nil {
		return nil, err
	}
	for i, list := range []*[]string{&m.Features, &m.Targets, &m.Classes} {
		for range size.names[i] {
			name, err := f.text()
			if err != nil {
				return nil, err
			}
			*list = append(*list, name)
		}
	}
	if m.Encoder, err = f.encoder(); err != nil {
		return nil, err
	}
	if m.Calibration, err = f.calibration(size.k); err != nil {
		return nil, err
	}
	if m.Intervals, err = f.intervals(size.k, s.Plain().Width()); err != nil {
		return nil, err
	}
	if m.Nets, err = f.networks(size.k, size.m, s.Width()); err != nil {
		return nil, err
	}
	signs, err := f.signs(size.m)
	if err != nil {
		return nil, err
	}
	for j := range m.Nets {
		m.Nets[j].A = signs
	}
	if err = f.further(m); err != nil {
		return nil, err
	}
	want := f.sum.Sum(nil)
	b, err = f.take(len(want))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(b, want) {
		return nil, fmt.Errorf("the file does not match its checksum: it was altered or damaged: %w", fault.ErrModel)
	}
	if _, err := f.take(1); err != io.EOF {
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("the file goes on after its end at byte %d: %w", f.n-1, fault.ErrModel)
	}
	return m, m.check()
}

// sizes are the counts of a header.
type sizes struct {
	m, d, k             int
	skews, ranges, logs int
	pieces, metric      int
	names               [3]int // features, targets, classes
}

// headerSizes checks the counts against each other, and against a bound below
// which no size computed from them overflows.
func headerSizes(head []uint64) (sizes, error) {
	const most = math.MaxInt / 64
	m, d, k, skews, ranges, logs, pieces := head[0], head[1], head[2], head[3], head[4], head[5], head[6]
	metric, features, targets, classes := head[7], head[9], head[10], head[11]
	w := d + pieces + 1
	sound := m-1 < most && d-1 < most && k-1 < most && pieces < most && (metric == 0 || w-1 < 1<<16 && metric == (w-1)*(w-1)) && m <= most/w && k <= most/(m*w) &&
		(skews == 0 || skews == d) && (ranges == 0 || ranges == d) && (logs == 0 || logs == k) && (features == 0 || features == d) && targets <= k && classes <= k+1
	if !sound {
		return sizes{}, fmt.Errorf("a file of %d neurons, %d features, %d targets, %d logarithms, %d ranges, %d logarithms of targets, %d pieces, a metric of %d, %d, %d and %d names: %w", m, d, k, skews, ranges, logs, pieces, metric, features, targets, classes, fault.ErrModel)
	}
	return sizes{int(m), int(d), int(k), int(skews), int(ranges), int(logs), int(pieces), int(metric), [3]int{int(features), int(targets), int(classes)}}, nil
}

// signs follow the weights, 8 bytes or more a neuron, so that the eight values
// made of a byte here are covered by bytes already read.
func (f *fileReader) signs(n int) ([]float64, error) {
	var out []float64
	for len(out) < n {
		b, err := f.take(min((n-len(out)+7)/8, len(f.chunk)))
		if err != nil {
			return nil, err
		}
		for _, bits := range b {
			q := min(8, n-len(out))
			if bits>>q != 0 {
				return nil, fmt.Errorf("the file has signs for more than %d neurons: %w", n, fault.ErrModel)
			}
			for ; q > 0; q, bits = q-1, bits>>1 {
				out = append(out, 1-2*float64(bits&1))
			}
		}
	}
	return out, nil
}

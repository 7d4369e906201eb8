package train

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
	"os"
	"slices"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
)

// A model file, all numbers little-endian, floats as IEEE 754 bits:
//
//	8 bytes          "NEARLIN" and the version, 2
//	u64 × 5          neurons m, raw features d, targets k, logarithms (0 or d), seed
//	u64 × 3          names of features (0 or d) and of targets, classes
//	f64              Bias
//	f64 × d, f64 × d Mean, Std
//	f64 × k, f64 × k YMean, YStd
//	f64 × 4 each     Origin, Reach, Mean, Std of the logarithms of skewed features
//	texts            names of features, of targets, of classes: u32 length and bytes each
//	encoder          see encoderfile.go; 4 bytes of 0 for none
//	f64 × k·m·w      W of each target, row-major; w = d+1, or d if Bias is 0
//	⌈m/8⌉ bytes      output signs: bit r%8 of byte r/8 is set for −1, the rest 0
//	32 bytes         SHA-256 of all bytes before
const (
	fileMagic   = "NEARLIN"
	fileVersion = 2
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
	read, err := ReadModel(bytes.NewReader(data))
	if err == nil {
		*m = *read
	}
	return err
}

// fileBytes returns the size of the model file but for names and encoder.
func (m *Model) fileBytes() int {
	if len(m.Nets) == 0 {
		return 0
	}
	k, net := len(m.Nets), &m.Nets[0]
	return 84 + 16*(len(m.Scaler.Mean)+k) + 32*len(m.Scaler.Skew) + 4*(len(m.Features)+len(m.Targets)+len(m.Classes)) + len(net.A)/8 + 1 + 8*k*len(net.W) + sha256.Size
}

// WriteTo writes the model as one file and returns the number of bytes, about
// 8·k·M·D. The format has a version, does not depend on the platform, keeps every
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
	for _, n := range []int{neurons, len(s.Mean), len(m.Nets), len(s.Skew)} {
		u64(uint64(n))
	}
	u64(m.Seed)
	names := [3][]string{m.Features, m.Targets, m.Classes}
	for _, list := range names {
		u64(uint64(len(list)))
	}
	u64(math.Float64bits(s.Bias))
	for _, v := range [][]float64{s.Mean, s.Std, s.YMean, s.YStd} {
		floats(v)
	}
	for _, v := range s.Skew {
		floats([]float64{v.Origin, v.Reach, v.Mean, v.Std})
	}
	for _, list := range names {
		for _, name := range list {
			binary.LittleEndian.PutUint32(word[:], uint32(len(name)))
			buf.Write(word[:4])
			buf.WriteString(name)
		}
	}
	buf.Write(m.Encoder.appendTo(nil))
	for j := range m.Nets {
		if err := weights(j, floats); err != nil {
			return count.n, err
		}
	}
	for r := 0; r < len(signs); r += 8 {
		var octet byte
		for q, a := range signs[r:min(r+8, len(signs))] {
			if a < 0 {
				octet |= 1 << q
			}
		}
		buf.WriteByte(octet)
	}
	if err := buf.Flush(); err != nil {
		return count.n, fmt.Errorf("train: writing model: %w", err)
	}
	if _, err := count.Write(sum.Sum(nil)); err != nil {
		return count.n, fmt.Errorf("train: writing model: %w", err)
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

// ReadModel reads what WriteTo has written, up to the end of r: anything
// behind the model is refused. A file that is cut short, altered, of another
// version or of another kind gives an error that wraps ErrModel; an error of r
// is returned wrapped. Memory grows with the bytes that are there, not with
// what the header claims.
func ReadModel(r io.Reader) (*Model, error) {
	f := &fileReader{sum: sha256.New()}
	f.r = io.TeeReader(bufio.NewReaderSize(r, len(f.chunk)), f.sum)
	m, err := f.model()
	switch {
	case err == nil:
		return m, nil
	case errors.Is(err, ErrModel):
		return nil, err
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		return nil, fmt.Errorf("train: model file ends after %d bytes, before its end: %w", f.n, ErrModel)
	}
	return nil, fmt.Errorf("train: reading model: %w", err)
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
	if n > maxNameBytes {
		return "", fmt.Errorf("train: model file: a name of %d bytes: %w", n, ErrModel)
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
		return nil, fmt.Errorf("train: not a model file: %w", ErrModel)
	}
	if err != nil {
		return nil, err
	}
	if v := b[7]; v != fileVersion {
		return nil, fmt.Errorf("train: model file of version %d, this program reads version %d: %w", v, fileVersion, ErrModel)
	}
	var head [9]uint64
	for i := range head {
		if head[i], err = f.u64(); err != nil {
			return nil, err
		}
	}
	m := &Model{Seed: head[4]}
	s := &m.Scaler
	s.Bias = math.Float64frombits(head[8])
	size, err := headerSizes(head[:8])
	if err != nil {
		return nil, err
	}
	for _, v := range []struct {
		to *[]float64
		n  int
	}{{&s.Mean, size.d}, {&s.Std, size.d}, {&s.YMean, size.k}, {&s.YStd, size.k}} {
		if *v.to, err = f.floats(v.n); err != nil {
			return nil, err
		}
	}
	skew, err := f.floats(4 * size.skews)
	if err != nil {
		return nil, err
	}
	for ; len(skew) > 0; skew = skew[4:] {
		s.Skew = append(s.Skew, Skew{skew[0], skew[1], skew[2], skew[3]})
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
	for range size.k {
		net := jacobian.Network{M: size.m, D: s.Width()}
		if net.W, err = f.floats(size.m * net.D); err != nil {
			return nil, err
		}
		m.Nets = append(m.Nets, net)
	}
	signs, err := f.signs(size.m)
	if err != nil {
		return nil, err
	}
	for j := range m.Nets {
		m.Nets[j].A = signs
	}
	want := f.sum.Sum(nil)
	b, err = f.take(len(want))
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(b, want) {
		return nil, fmt.Errorf("train: model file does not match its checksum: it was altered or damaged: %w", ErrModel)
	}
	if _, err := f.take(1); err != io.EOF {
		if err != nil {
			return nil, err
		}
		return nil, fmt.Errorf("train: model file goes on after its end at byte %d: %w", f.n-1, ErrModel)
	}
	return m, m.check()
}

// sizes are the counts of a header.
type sizes struct {
	m, d, k, skews int
	names          [3]int // features, targets, classes
}

// headerSizes checks the counts against each other, and against a bound below
// which no size computed from them overflows.
func headerSizes(head []uint64) (sizes, error) {
	const most = math.MaxInt / 64
	m, d, k, skews := head[0], head[1], head[2], head[3]
	features, targets, classes := head[5], head[6], head[7]
	sound := m-1 < most && d-1 < most && k-1 < most && m <= most/(d+1) && k <= most/(m*(d+1)) &&
		(skews == 0 || skews == d) && (features == 0 || features == d) && targets <= k && classes <= k+1
	if !sound {
		return sizes{}, fmt.Errorf("train: model file of %d neurons, %d features, %d targets, %d logarithms, %d, %d and %d names: %w", m, d, k, skews, features, targets, classes, ErrModel)
	}
	return sizes{int(m), int(d), int(k), int(skews), [3]int{int(features), int(targets), int(classes)}}, nil
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
				return nil, fmt.Errorf("train: model file has signs for more than %d neurons: %w", n, ErrModel)
			}
			for ; q > 0; q, bits = q-1, bits>>1 {
				out = append(out, 1-2*float64(bits&1))
			}
		}
	}
	return out, nil
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
		return fmt.Errorf("train: saving model: %w", err)
	}
	return nil
}

// LoadModel reads the model file at path. See ReadModel.
func LoadModel(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("train: loading model: %w", err)
	}
	defer f.Close()
	m, err := ReadModel(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return m, nil
}

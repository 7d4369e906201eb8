package model

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"
	"math"
	"os"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// Share says which neurons of a network a model has: those from First on, of
// Neurons.
type Share struct {
	First, Neurons int
}

// A file of a share is "NEARSHR" and the version, 1; first and all neurons, u64
// each, little-endian; and a model file of the share's neurons.
const (
	shareMagic  = "NEARSHR\x01"
	shareHeader = len(shareMagic) + 16
)

// SaveShare writes a model with a Share to a file, for JoinShares. As with Save,
// the file appears only when it is complete. It returns ErrModel for a model
// without one.
func (m *Model) SaveShare(path string) error {
	if m.Share == nil {
		return fmt.Errorf("model: %w", badModel("it has all its neurons, and no share to save"))
	}
	own := *m
	own.Share = nil
	if err := own.check(); err != nil {
		return err
	}
	head := []byte(shareMagic)
	head = binary.LittleEndian.AppendUint64(head, uint64(m.Share.First))
	head = binary.LittleEndian.AppendUint64(head, uint64(m.Share.Neurons))
	err := atomicfile.Write(path, func(w io.Writer) error {
		if _, err := w.Write(head); err != nil {
			return err
		}
		_, err := own.WriteTo(w)
		return err
	})
	if err != nil {
		return fmt.Errorf("model: saving a share: %w", err)
	}
	return nil
}

// shareFile is a file that SaveShare has written, open.
type shareFile struct {
	path    string
	file    *os.File
	at      int64 // of the weights
	neurons int
	weights hash.Hash // of what the file has there
	text    *bufio.Reader
	chunk   [1 << 12]byte
	floats  [1 << 9]float64
}

// openShare reads and checks a share. The model keeps all but the weights; head is
// that of its file, for no neurons.
func openShare(path string) (s *shareFile, m *Model, head []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, nil, fmt.Errorf("model: loading a share: %w", err)
	}
	s = &shareFile{path: path, file: f, weights: sha256.New()}
	if m, err = s.read(); err == nil {
		head, err = m.head()
	}
	if err != nil {
		f.Close()
		return nil, nil, nil, err
	}
	s.at, s.neurons = int64(shareHeader+len(head)-sha256.Size), m.Nets[0].M
	sum := &floatWriter{w: s.weights}
	for j := range m.Nets {
		sum.write(m.Nets[j].W)
		m.Nets[j].W = nil
	}
	return s, m, head, nil
}

func (s *shareFile) read() (*Model, error) {
	var head [shareHeader]byte
	if _, err := io.ReadFull(s.file, head[:]); err != nil || string(head[:len(shareMagic)]) != shareMagic {
		return nil, fmt.Errorf("model: %s is no share of one: %w", s.path, fault.ErrModel)
	}
	m, err := read(s.file)
	if err != nil {
		return nil, fmt.Errorf("model: %s: %w", s.path, err)
	}
	first, neurons := binary.LittleEndian.Uint64(head[8:]), binary.LittleEndian.Uint64(head[16:])
	if own := uint64(m.Nets[0].M); neurons > math.MaxInt/64 || first > neurons || own > neurons-first {
		return nil, fmt.Errorf("model: %s has %d neurons from %d on of %d: %w", s.path, own, first, neurons, fault.ErrModel)
	}
	m.Share = &Share{int(first), int(neurons)}
	return m, nil
}

// rewind goes to the weights, which pass then reads again.
func (s *shareFile) rewind() error {
	if _, err := s.file.Seek(s.at, io.SeekStart); err != nil {
		return fmt.Errorf("model: reading %s again: %w", s.path, err)
	}
	s.text = bufio.NewReaderSize(s.file, 1<<15)
	return nil
}

// pass hands the next n weights to each of the functions.
func (s *shareFile) pass(n int, to ...func([]float64)) error {
	for n > 0 {
		part := s.floats[:min(n, len(s.floats))]
		if _, err := io.ReadFull(s.text, s.chunk[:8*len(part)]); err != nil {
			return fmt.Errorf("model: reading %s again: %w", s.path, err)
		}
		for i := range part {
			part[i] = math.Float64frombits(binary.LittleEndian.Uint64(s.chunk[8*i:]))
		}
		for _, f := range to {
			f(part)
		}
		n -= len(part)
	}
	return nil
}

// JoinShares makes the model file out of the shares of one model, which
// SaveShare has written to the given paths, in the order of their neurons. It
// reads each file twice, once to check it, holds one share at a time, and keeps all
// files open. out is replaced as a whole or not at all; the shares stay. It returns
// ErrModel unless the shares adjoin, are all there are, and agree in everything but
// their neurons.
func JoinShares(out string, paths []string) error {
	var s shares
	defer s.close()
	for _, path := range paths {
		if err := s.add(path); err != nil {
			return err
		}
	}
	return s.join(out)
}

// shares are those of one model, open, in order.
type shares struct {
	files []*shareFile
	model *Model // of the first one
	head  []byte
	signs []float64
}

func (s *shares) close() {
	for _, f := range s.files {
		f.file.Close()
	}
}

// add opens the next share.
func (s *shares) add(path string) error {
	f, m, head, err := openShare(path)
	if err != nil {
		return err
	}
	s.files = append(s.files, f)
	if s.model == nil {
		s.model, s.head = m, head
	}
	switch {
	case m.Share.Neurons != s.model.Share.Neurons || !bytes.Equal(head, s.head):
		return fmt.Errorf("model: %s is of another model than %s: %w", path, s.files[0].path, fault.ErrModel)
	case m.Share.First != len(s.signs):
		return fmt.Errorf("model: %s begins at neuron %d, the shares before it end at %d: %w", path, m.Share.First, len(s.signs), fault.ErrModel)
	}
	s.signs = append(s.signs, m.Nets[0].A...)
	return nil
}

// join writes the model.
func (s *shares) join(out string) error {
	if s.model == nil || len(s.signs) != s.model.Share.Neurons {
		return fmt.Errorf("model: %d shares have %d neurons, not all of the model: %w", len(s.files), len(s.signs), fault.ErrModel)
	}
	sums, again := make([]hash.Hash, len(s.files)), make([]floatWriter, len(s.files))
	for i, f := range s.files {
		sums[i] = sha256.New()
		again[i].w = sums[i]
		if err := f.rewind(); err != nil {
			return err
		}
	}
	width, last := s.model.Scaler.Width(), len(s.model.Nets)-1
	err := atomicfile.Write(out, func(w io.Writer) error {
		_, err := s.model.write(w, len(s.signs), s.signs, func(j int, floats func([]float64)) error {
			for i, f := range s.files {
				if err := f.pass(f.neurons*width, floats, again[i].write); err != nil {
					return err
				}
				if j == last && !bytes.Equal(sums[i].Sum(nil), f.weights.Sum(nil)) {
					return fmt.Errorf("model: %s was altered meanwhile: %w", f.path, fault.ErrModel)
				}
			}
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("model: joining shares: %w", err)
	}
	return nil
}

// head returns what the file of a model has beside its neurons.
func (m *Model) head() ([]byte, error) {
	var b bytes.Buffer
	_, err := m.write(&b, 0, nil, func(int, func([]float64)) error { return nil })
	return b.Bytes(), err
}

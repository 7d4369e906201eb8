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
	if len(m.Further) > 0 {
		return fmt.Errorf("model: %w", badModel("an average of %d members has no shares", len(m.Further)+1))
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

// shareFile is what SaveShare has written, open.
type shareFile struct {
	path           string
	file           io.ReadSeeker
	at             int64 // of the weights
	neurons        int
	weights, again hash.Hash // of what the file has there, when it was checked and in a pass
	text           *bufio.Reader
	chunk          [1 << 12]byte
	floats         [1 << 9]float64
}

// behindWeights is what the file of a model without neurons has behind the place of the weights: the
// number of further members, and the checksum.
const behindWeights = 4 + sha256.Size

// newShareFile reads and checks a share. The model keeps all but the weights; head is that of
// its file, for no neurons.
func newShareFile(path string, file io.ReadSeeker) (s *shareFile, m *Model, head []byte, err error) {
	s = &shareFile{path: path, file: file, weights: sha256.New()}
	if m, err = s.read(); err != nil {
		return nil, nil, nil, err
	}
	if head, err = m.head(); err != nil {
		return nil, nil, nil, err
	}
	s.at, s.neurons = int64(shareHeader+len(head)-behindWeights), m.Nets[0].M
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
	if len(m.Further) > 0 {
		return nil, fmt.Errorf("model: %s is an average of %d members, which have no shares: %w", s.path, len(m.Further)+1, fault.ErrModel)
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
	s.text, s.again = bufio.NewReaderSize(s.file, 1<<15), sha256.New()
	return nil
}

// pass hands the next n weights to a function.
func (s *shareFile) pass(n int, to func([]float64)) error {
	for n > 0 {
		part := s.floats[:min(n, len(s.floats))]
		text := s.chunk[:8*len(part)]
		if _, err := io.ReadFull(s.text, text); err != nil {
			return fmt.Errorf("model: reading %s again: %w", s.path, err)
		}
		s.again.Write(text)
		for i := range part {
			part[i] = math.Float64frombits(binary.LittleEndian.Uint64(text[8*i:]))
		}
		to(part)
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
	for _, path := range paths {
		file, err := os.Open(path)
		if err != nil {
			return fmt.Errorf("model: loading a share: %w", err)
		}
		defer file.Close()
		if err := s.add(path, file); err != nil {
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

// add reads the next share, which is at path.
func (s *shares) add(path string, file io.ReadSeeker) error {
	f, m, head, err := newShareFile(path, file)
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

// join writes the model file.
func (s *shares) join(out string) error {
	if err := s.rewind(); err != nil {
		return err
	}
	if err := atomicfile.Write(out, s.write); err != nil {
		return fmt.Errorf("model: joining shares: %w", err)
	}
	return nil
}

// rewind makes the shares ready to be written, if they are all there are.
func (s *shares) rewind() error {
	if s.model == nil || len(s.signs) != s.model.Share.Neurons {
		return fmt.Errorf("model: %d shares have %d neurons, not all of the model: %w", len(s.files), len(s.signs), fault.ErrModel)
	}
	for _, f := range s.files {
		if err := f.rewind(); err != nil {
			return err
		}
	}
	return nil
}

// write writes the model after rewind. It fails where a share is not what it was when it was
// checked.
func (s *shares) write(w io.Writer) error {
	width, last := s.model.Scaler.Width(), len(s.model.Nets)-1
	_, err := s.model.write(w, len(s.signs), s.signs, func(j int, floats func([]float64)) error {
		for _, f := range s.files {
			if err := f.pass(f.neurons*width, floats); err != nil {
				return err
			}
			if j == last && !bytes.Equal(f.again.Sum(nil), f.weights.Sum(nil)) {
				return fmt.Errorf("model: %s was altered meanwhile: %w", f.path, fault.ErrModel)
			}
		}
		return nil
	})
	return err
}

// head returns what the file of a model has beside its neurons.
func (m *Model) head() ([]byte, error) {
	var b bytes.Buffer
	_, err := m.write(&b, 0, nil, func(int, func([]float64)) error { return nil })
	return b.Bytes(), err
}

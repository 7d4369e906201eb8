package train

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
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
		return badModel("it has all its neurons, and no share to save")
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
		return fmt.Errorf("train: saving a share of the model: %w", err)
	}
	return nil
}

// loadShare reads what SaveShare has written.
func loadShare(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("train: loading a share of a model: %w", err)
	}
	defer f.Close()
	var head [shareHeader]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:len(shareMagic)]) != shareMagic {
		return nil, fmt.Errorf("train: %s is not the share of a model: %w", path, ErrModel)
	}
	m, err := ReadModel(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	first, neurons := binary.LittleEndian.Uint64(head[8:]), binary.LittleEndian.Uint64(head[16:])
	if own := uint64(m.Nets[0].M); neurons > 1<<56 || first > neurons || own > neurons-first {
		return nil, fmt.Errorf("train: %s has %d neurons from %d on of %d: %w", path, own, first, neurons, ErrModel)
	}
	m.Share = &Share{int(first), int(neurons)}
	return m, nil
}

// JoinShares makes the model file out of the shares of one model, which
// SaveShare has written to the given paths, in the order of their neurons. It
// holds one share at a time. out is replaced as a whole or not at all; the shares
// stay. It returns ErrModel unless the shares adjoin, are all there are, and
// agree in everything but their neurons.
func JoinShares(out string, paths []string) error {
	var whole *Model
	var like []byte
	var signs []float64
	for _, path := range paths {
		m, err := loadShare(path)
		if err != nil {
			return err
		}
		head, err := m.head()
		if err != nil {
			return err
		}
		if whole == nil {
			whole, like = m, head
		}
		switch {
		case m.Share.Neurons != whole.Share.Neurons || !bytes.Equal(head, like):
			return fmt.Errorf("train: %s is of another model than %s: %w", path, paths[0], ErrModel)
		case m.Share.First != len(signs):
			return fmt.Errorf("train: %s begins at neuron %d, the shares before it end at %d: %w", path, m.Share.First, len(signs), ErrModel)
		}
		signs = append(signs, m.Nets[0].A...)
	}
	if whole == nil || len(signs) != whole.Share.Neurons {
		return fmt.Errorf("train: %d shares have %d neurons, not all of the model: %w", len(paths), len(signs), ErrModel)
	}
	err := atomicfile.Write(out, func(w io.Writer) error {
		_, err := whole.write(w, len(signs), signs, func(j int, floats func([]float64)) error {
			for _, path := range paths {
				m, err := loadShare(path)
				if err != nil {
					return err
				}
				floats(m.Nets[j].W)
			}
			return nil
		})
		return err
	})
	if err != nil {
		return fmt.Errorf("train: joining the shares of a model: %w", err)
	}
	return nil
}

// head returns what the file of a model has beside its neurons.
func (m *Model) head() ([]byte, error) {
	var b bytes.Buffer
	_, err := m.write(&b, 0, nil, func(int, func([]float64)) error { return nil })
	return b.Bytes(), err
}

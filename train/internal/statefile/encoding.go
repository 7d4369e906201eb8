package statefile

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
)

// stateWriter writes a value part by part: a bool as a byte, an integer or a
// float as 8 bytes, a string with its u32 length, a slice with its u64 length,
// a struct field by field, nil as a slice of length 0.
type stateWriter struct {
	w    *bufio.Writer
	word [8]byte
}

func (s *stateWriter) u64(v uint64) {
	binary.LittleEndian.PutUint64(s.word[:], v)
	s.w.Write(s.word[:])
}

func (s *stateWriter) text(v string) {
	binary.LittleEndian.PutUint32(s.word[:], uint32(len(v)))
	s.w.Write(s.word[:4])
	s.w.WriteString(v)
}

func (s *stateWriter) value(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		b := byte(0)
		if v.Bool() {
			b = 1
		}
		s.w.WriteByte(b)
	case reflect.Int, reflect.Int64:
		s.u64(uint64(v.Int()))
	case reflect.Uint64:
		s.u64(v.Uint())
	case reflect.Float64:
		s.u64(math.Float64bits(v.Float()))
	case reflect.String:
		s.text(v.String())
	case reflect.Slice:
		s.u64(uint64(v.Len()))
		if floats, ok := v.Interface().([]float64); ok {
			for _, f := range floats {
				s.u64(math.Float64bits(f))
			}
			return
		}
		for i := range v.Len() {
			s.value(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			s.value(v.Field(i))
		}
	default:
		panic("statefile: a checkpoint cannot hold a " + v.Type().String())
	}
}

// stateReader is the inverse.
type stateReader struct {
	r    *bufio.Reader
	left int64 // bytes before the checksum
	word [8]byte
}

func (s *stateReader) take(n int) ([]byte, error) {
	if int64(n) > s.left {
		return nil, io.ErrUnexpectedEOF
	}
	s.left -= int64(n)
	_, err := io.ReadFull(s.r, s.word[:n])
	return s.word[:n], err
}

func (s *stateReader) u64() (uint64, error) {
	b, err := s.take(8)
	if err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b), nil
}

func (s *stateReader) text() (string, error) {
	b, err := s.take(4)
	if err != nil {
		return "", err
	}
	n := int64(binary.LittleEndian.Uint32(b))
	if n > s.left {
		return "", io.ErrUnexpectedEOF
	}
	s.left -= n
	text := make([]byte, n)
	_, err = io.ReadFull(s.r, text)
	return string(text), err
}

// checkpoint reads all that comes before the checksum.
func (s *stateReader) checkpoint(f Facts, v reflect.Value) error {
	if _, err := s.take(8); err != nil {
		return err
	}
	text, err := s.text()
	if err != nil {
		return err
	}
	if d := f.compare(text); d != "" {
		return fmt.Errorf("it is of another fit: %s", d)
	}
	if err := s.value(v); err != nil {
		return err
	}
	if s.left != 0 {
		return fmt.Errorf("it goes on for %d bytes after its end", s.left)
	}
	return nil
}

func (s *stateReader) value(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Bool:
		b, err := s.take(1)
		if err != nil {
			return err
		}
		if b[0] > 1 {
			return fmt.Errorf("it has a truth value of %d", b[0])
		}
		v.SetBool(b[0] == 1)
	case reflect.String:
		text, err := s.text()
		if err != nil {
			return err
		}
		v.SetString(text)
	case reflect.Slice:
		return s.slice(v)
	case reflect.Struct:
		for i := range v.NumField() {
			if err := s.value(v.Field(i)); err != nil {
				return err
			}
		}
	default:
		u, err := s.u64()
		if err != nil {
			return err
		}
		switch v.Kind() {
		case reflect.Int, reflect.Int64:
			if v.OverflowInt(int64(u)) {
				return fmt.Errorf("it has the integer %d", int64(u))
			}
			v.SetInt(int64(u))
		case reflect.Uint64:
			v.SetUint(u)
		case reflect.Float64:
			v.SetFloat(math.Float64frombits(u))
		default:
			panic("statefile: a checkpoint cannot hold a " + v.Type().String())
		}
	}
	return nil
}

func (s *stateReader) slice(v reflect.Value) error {
	n, err := s.u64()
	if err != nil {
		return err
	}
	if n > uint64(s.left)/uint64(leastBytes(v.Type().Elem())) {
		return io.ErrUnexpectedEOF
	}
	if n == 0 {
		v.SetZero()
		return nil
	}
	out := reflect.MakeSlice(v.Type(), int(n), int(n))
	if floats, ok := out.Interface().([]float64); ok {
		for i := range floats {
			u, err := s.u64()
			if err != nil {
				return err
			}
			floats[i] = math.Float64frombits(u)
		}
	} else {
		for i := range int(n) {
			if err := s.value(out.Index(i)); err != nil {
				return err
			}
		}
	}
	v.Set(out)
	return nil
}

// leastBytes is the size of the shortest value of a type.
func leastBytes(t reflect.Type) int {
	switch t.Kind() {
	case reflect.Bool:
		return 1
	case reflect.String:
		return 4
	case reflect.Struct:
		n := 0
		for i := range t.NumField() {
			n += leastBytes(t.Field(i).Type)
		}
		return max(n, 1)
	}
	return 8
}

// Layout describes a type: its fields in order, with names and kinds. Two states are
// written alike if their layouts are equal.
func Layout(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "[]" + Layout(t.Elem())
	case reflect.Struct:
		var b strings.Builder
		for i := range t.NumField() {
			fmt.Fprintf(&b, "%s %s;", t.Field(i).Name, Layout(t.Field(i).Type))
		}
		return "{" + b.String() + "}"
	}
	return t.Kind().String()
}

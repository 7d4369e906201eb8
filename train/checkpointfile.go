package train

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"reflect"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
)

// A checkpoint file, all numbers little-endian, floats as IEEE 754 bits:
//
//	8 bytes    "NEARCKP" and the version, 1
//	text       of which fit: a line "name value" for each fact, u32 length and bytes
//	…          the state, a Go struct written field by field, see stateWriter
//	32 bytes   SHA-256 of all bytes before
//
// The layout of the state is a fact too, so that a program whose state differs
// refuses the file.
const (
	checkpointMagic   = "NEARCKP"
	checkpointVersion = 1
)

// facts tell of which fit a checkpoint is, name and value each.
type facts [][2]string

func (f *facts) add(name string, value any) { *f = append(*f, [2]string{name, fmt.Sprint(value)}) }

func (f facts) String() string {
	var b strings.Builder
	for _, v := range f {
		fmt.Fprintf(&b, "%s %s\n", v[0], v[1])
	}
	return b.String()
}

// compare returns the first difference, in words, or "".
func (f facts) compare(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, v := range f {
		if i >= len(lines) {
			return fmt.Sprintf("it does not tell its %s", v[0])
		}
		if lines[i] == v[0]+" "+v[1] {
			continue
		}
		if rest, ok := strings.CutPrefix(lines[i], v[0]+" "); ok {
			return fmt.Sprintf("%s: %s there, %q here", v[0], clip(rest), v[1])
		}
		return fmt.Sprintf("it tells %s where its %s should be", clip(lines[i]), v[0])
	}
	if len(lines) > len(f) {
		return fmt.Sprintf("it also tells %s", clip(lines[len(f)]))
	}
	return ""
}

// writeCheckpoint replaces the file at path. state is a pointer to a struct, or
// a struct. Once ctx is done it gives up, and the old file stays.
func writeCheckpoint(ctx context.Context, path string, f facts, state any) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		sum := sha256.New()
		buf := bufio.NewWriterSize(io.MultiWriter(sum, untilDone{ctx, w}), 1<<16)
		s := &stateWriter{w: buf}
		buf.WriteString(checkpointMagic) // a bufio.Writer keeps its first error for Flush
		buf.WriteByte(checkpointVersion)
		s.text(f.String())
		s.value(reflect.Indirect(reflect.ValueOf(state)))
		if err := buf.Flush(); err != nil {
			return err
		}
		_, err := w.Write(sum.Sum(nil))
		return err
	})
}

// untilDone is a writer that fails once the context is done.
type untilDone struct {
	ctx context.Context
	w   io.Writer
}

func (u untilDone) Write(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.w.Write(p)
}

// readCheckpoint reads the file at path into the struct that state points to,
// and reports whether there is one. A file that was altered, that another version
// wrote, or that is of another fit gives ErrCheckpoint. The checksum is
// verified before anything else is looked at, in a pass of its own, so that
// memory grows with what is believed; even then no more is taken than a small
// multiple of the file's size.
func readCheckpoint(ctx context.Context, path string, f facts, state any) (bool, error) {
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("train: reading checkpoint: %w", err)
	}
	defer file.Close()
	size, err := verified(ctx, file)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err == nil {
		r := &stateReader{r: bufio.NewReaderSize(file, 1<<16), left: size}
		err = r.checkpoint(f, reflect.ValueOf(state).Elem())
	}
	switch {
	case err == nil:
		return true, nil
	case err == errStopped:
		return false, err
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		err = errors.New("it ends before its end")
	}
	if errors.As(err, new(*os.PathError)) {
		return false, fmt.Errorf("train: reading checkpoint: %w", err)
	}
	return false, badCheckpoint(path, err)
}

func badCheckpoint(path string, err error) error {
	return fmt.Errorf("train: checkpoint %s: %w; remove it to begin anew: %w", path, err, ErrCheckpoint)
}

// verified checks magic, version and checksum, and returns the bytes before the
// checksum.
func verified(ctx context.Context, file *os.File) (int64, error) {
	var head [8]byte
	if _, err := io.ReadFull(file, head[:]); err != nil {
		return 0, err
	}
	if string(head[:7]) != checkpointMagic {
		return 0, errors.New("it is no checkpoint")
	}
	if head[7] != checkpointVersion {
		return 0, fmt.Errorf("it has version %d, this program reads version %d", head[7], checkpointVersion)
	}
	info, err := file.Stat()
	if err != nil {
		return 0, err
	}
	size := info.Size() - sha256.Size
	if size < 8 {
		return 0, io.ErrUnexpectedEOF
	}
	sum := sha256.New()
	sum.Write(head[:])
	var chunk [1 << 16]byte
	for rest := size - 8; rest > 0; {
		if ctx.Err() != nil {
			return 0, errStopped
		}
		n, err := io.ReadFull(file, chunk[:min(rest, int64(len(chunk)))])
		if err != nil {
			return 0, err
		}
		sum.Write(chunk[:n])
		rest -= int64(n)
	}
	want := chunk[:sha256.Size]
	if _, err := io.ReadFull(file, want); err != nil {
		return 0, err
	}
	if !bytes.Equal(want, sum.Sum(nil)) {
		return 0, errors.New("it does not match its checksum: it was altered or damaged")
	}
	return size, nil
}

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
		panic("train: a checkpoint cannot hold a " + v.Type().String())
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
func (s *stateReader) checkpoint(f facts, v reflect.Value) error {
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
			panic("train: a checkpoint cannot hold a " + v.Type().String())
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

// typeLayout describes a type: its fields in order, with names and kinds.
func typeLayout(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Slice:
		return "[]" + typeLayout(t.Elem())
	case reflect.Struct:
		var b strings.Builder
		for i := range t.NumField() {
			fmt.Fprintf(&b, "%s %s;", t.Field(i).Name, typeLayout(t.Field(i).Type))
		}
		return "{" + b.String() + "}"
	}
	return t.Kind().String()
}

// Package statefile keeps the state of a fit in a file: as a whole or not at all, with a
// checksum, and with the facts that tell of which fit it is.
package statefile

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// A checkpoint file, all numbers little-endian, floats as IEEE 754 bits:
//
//	8 bytes    "NEARCKP" and the version, 2
//	text       of which fit: a line "name value" for each fact, u32 length and bytes
//	…          the state, a Go struct written field by field, see stateWriter
//	32 bytes   SHA-256 of all bytes before
//
// The layout of the state belongs to the version: whoever changes it raises that.
const (
	magic   = "NEARCKP"
	version = 2
)

// Facts tell of which fit a file is, name and value each. A fact that has its zero
// value, in the eyes of who adds facts, is left out, so that files from before it
// existed are still of the same fit.
type Facts [][2]string

// Add adds a fact.
func (f *Facts) Add(name string, value any) { *f = append(*f, [2]string{name, fmt.Sprint(value)}) }

// text writes a line for each fact.
func (f Facts) text() string {
	var b strings.Builder
	for _, v := range f {
		fmt.Fprintf(&b, "%s: %s\n", v[0], v[1])
	}
	return b.String()
}

// compare returns the first difference to the facts of a file, in words, or "".
func (f Facts) compare(text string) string {
	there := make(map[string]string)
	var names []string
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		there[name] = value
		names = append(names, name)
	}
	for _, v := range f {
		value, ok := there[v[0]]
		switch delete(there, v[0]); {
		case !ok:
			return fmt.Sprintf("%s: none there, %q here", v[0], v[1])
		case value != v[1]:
			return fmt.Sprintf("%s: %s there, %q here", v[0], fault.Clip(value), v[1])
		}
	}
	for _, name := range names {
		if value, ok := there[name]; ok {
			return fmt.Sprintf("%s: %s there, none here", fault.Clip(name), fault.Clip(value))
		}
	}
	return ""
}

// Write replaces the file at path. state is a pointer to a struct, or
// a struct. Once ctx is done it gives up, and the old file stays.
func Write(ctx context.Context, path string, f Facts, state any) error {
	return atomicfile.Write(path, func(w io.Writer) error {
		sum := sha256.New()
		buf := bufio.NewWriterSize(io.MultiWriter(sum, untilDone{ctx, w}), 1<<16)
		s := &stateWriter{w: buf}
		buf.WriteString(magic) // a bufio.Writer keeps its first error for Flush
		buf.WriteByte(version)
		s.text(f.text())
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

// Read reads the file at path into the struct that state points to,
// and reports whether there is one. A file that was altered, that another version
// wrote, or that is of another fit gives ErrCheckpoint. The checksum is
// verified before anything else is looked at, in a pass of its own, so that
// memory grows with what is believed; even then no more is taken than a small
// multiple of the file's size.
func Read(ctx context.Context, path string, f Facts, state any) (bool, error) {
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
	case err == fault.ErrStopped:
		return false, err
	case err == io.EOF || err == io.ErrUnexpectedEOF:
		err = errors.New("it ends before its end")
	}
	if errors.As(err, new(*os.PathError)) {
		return false, fmt.Errorf("train: reading checkpoint: %w", err)
	}
	return false, Refuse(path, err)
}

// Refuse is the error of a file that is of no use, for the given reason.
func Refuse(path string, err error) error {
	return fmt.Errorf("train: checkpoint %s: %w; remove it to begin anew: %w", path, err, fault.ErrCheckpoint)
}

// verified checks magic, version and checksum, and returns the bytes before the
// checksum.
func verified(ctx context.Context, file *os.File) (int64, error) {
	var head [8]byte
	if _, err := io.ReadFull(file, head[:]); err != nil {
		return 0, err
	}
	if string(head[:7]) != magic {
		return 0, errors.New("it is no checkpoint")
	}
	if head[7] != version {
		return 0, fmt.Errorf("it has version %d, this program reads version %d", head[7], version)
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
			return 0, fault.ErrStopped
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

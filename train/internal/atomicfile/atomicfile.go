// Package atomicfile replaces a file as a whole or not at all.
package atomicfile

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
)

// flush brings a file to the disk, so that it outlives a loss of power.
var flush = (*os.File).Sync

// WithoutFlush has Write leave flushing to the system until restore is called: for tests that
// write thousands of files, and for nothing else.
func WithoutFlush() (restore func()) {
	flush = func(*os.File) error { return nil }
	return func() { flush = (*os.File).Sync }
}

// Write makes write's output the content of path. It goes to a temporary file
// in the same directory, which is flushed to the disk and then renamed; where
// the system allows it, so is the directory entry flushed. If anything fails
// before the rename, the temporary file is removed and path is what it was.
//
// A symbolic link is followed, the permissions of an existing file are kept,
// and what is neither a file nor a directory, such as a pipe or /dev/stdout, is
// written to directly.
func Write(path string, write func(io.Writer) error) (err error) {
	path, mode, regular, err := resolve(path)
	if err != nil {
		return err
	}
	if !regular {
		f, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		err = buffered(f, write)
		if e := f.Close(); err == nil {
			err = e
		}
		return err
	}
	f, err := temporary(path)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := buffered(f, write); err != nil {
		return err
	}
	if info, err := f.Stat(); err != nil {
		return err
	} else if mode != 0 && mode != info.Mode().Perm() {
		if err := f.Chmod(mode); err != nil {
			return err
		}
	}
	if err := flush(f); err != nil {
		return err
	}
	// Windows renames closed files only.
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	done = true
	syncDir(filepath.Dir(path))
	return nil
}

// Check returns the error that Write(path) can be expected to meet: a directory
// that is not there or cannot be written to, or a path that is a directory.
// It leaves nothing behind. Callers use it before they begin long work.
func Check(path string) error {
	path, _, regular, err := resolve(path)
	if err != nil || !regular {
		return err
	}
	f, err := temporary(path)
	if err != nil {
		return err
	}
	err = f.Close()
	if e := os.Remove(f.Name()); err == nil {
		err = e
	}
	return err
}

// Same tells whether both paths lead to one existing regular file.
func Same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil || !x.Mode().IsRegular() {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// Sweep removes the temporary files that writers of path left behind because
// they were killed. A writer that is at work loses its file too, and its Write
// fails.
func Sweep(path string) {
	path, _, regular, err := resolve(path)
	if err != nil || !regular {
		return
	}
	dir, base := filepath.Split(path)
	if dir == "" {
		dir = "."
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		if rest, ok := strings.CutPrefix(e.Name(), "."+base+"."); ok && len(rest) == len("01234567.tmp") && strings.HasSuffix(rest, ".tmp") && e.Type().IsRegular() {
			os.Remove(filepath.Join(dir, e.Name()))
		}
	}
}

// resolve follows links and returns the permissions of an existing file.
func resolve(path string) (_ string, mode fs.FileMode, regular bool, err error) {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return "", 0, false, fmt.Errorf("%s is a directory", path)
	case err == nil && !info.Mode().IsRegular():
		return path, 0, false, nil
	case err == nil:
		return path, info.Mode().Perm(), true, nil
	case !os.IsNotExist(err):
		return "", 0, false, err
	}
	dir := filepath.Dir(path)
	info, err = os.Stat(dir)
	if err != nil {
		return "", 0, false, err
	}
	if !info.IsDir() {
		return "", 0, false, fmt.Errorf("%s is not a directory", dir)
	}
	return path, 0, true, nil
}

// temporary creates a file beside path. os.CreateTemp would make it 0600; this
// one has the permissions that a new file gets here.
func temporary(path string) (*os.File, error) {
	for try := 0; ; try++ {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf(".%s.%08x.tmp", filepath.Base(path), rand.Uint32()))
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if err == nil || !os.IsExist(err) || try == 100 {
			return f, err
		}
	}
}

func buffered(f *os.File, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(f, 1<<16)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

// syncDir flushes the directory entry, as far as the system has that: Windows
// and some file systems do not, and by now the file itself is safe.
func syncDir(dir string) {
	if f, err := os.Open(dir); err == nil {
		flush(f)
		f.Close()
	}
}

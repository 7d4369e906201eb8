package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func put(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// holds fails unless dir has exactly the named files.
func holds(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(names) {
		t.Fatalf("%v, %v; want %v", entries, err, names)
	}
	for i, e := range entries {
		if e.Name() != names[i] {
			t.Fatalf("%v; want %v", entries, names)
		}
	}
}

func TestWriteCreatesAndReplaces(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, text := range []string{"first", "second and longer", ""} {
		if err := Check(path); err != nil {
			t.Fatal(err)
		}
		if err := Write(path, put(text)); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Fatalf("%q, %v; want %q", got, err, text)
		}
		holds(t, dir, "f")
	}
}

func TestFailureLeavesTheFileAlone(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	broken := errors.New("no")
	half := func(w io.Writer) error {
		w.Write(make([]byte, 1<<18))
		return broken
	}
	if err := Write(path, half); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	holds(t, dir)
	if err := Write(path, put("kept")); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, half); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	func() {
		defer func() { recover() }()
		Write(path, func(io.Writer) error { panic(broken) })
	}()
	holds(t, dir, "f")
	if got, _ := os.ReadFile(path); string(got) != "kept" {
		t.Fatalf("%q", got)
	}
}

func TestBadPlacesAreRefused(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	os.WriteFile(file, nil, 0o644)
	for name, path := range map[string]string{
		"a directory":          dir,
		"no such directory":    filepath.Join(dir, "none", "f"),
		"a file's child":       filepath.Join(file, "f"),
		"an empty path":        "",
		"a directory to write": dir + string(filepath.Separator),
	} {
		if path == "" {
			continue // the current directory's entry of no name: the system's to refuse
		}
		if err := Check(path); err == nil {
			t.Errorf("Check: %s is accepted", name)
		}
		if err := Write(path, put("x")); err == nil {
			t.Errorf("Write: %s is accepted", name)
		}
	}
	holds(t, dir, "file")
}

func TestDirectoryWithoutWritePermission(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("permissions do not bind here")
	}
	dir := t.TempDir()
	os.Chmod(dir, 0o555)
	defer os.Chmod(dir, 0o755)
	path := filepath.Join(dir, "f")
	if Check(path) == nil || Write(path, put("x")) == nil {
		t.Error("accepted")
	}
}

func TestPermissionsAndLinksAreKept(t *testing.T) {
	if runtime.GOOS == "windows" || runtime.GOOS == "js" || runtime.GOOS == "plan9" {
		t.Skip("permissions or links are different here")
	}
	dir := t.TempDir()
	path, link := filepath.Join(dir, "f"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("f", link); err != nil {
		t.Skip(err)
	}
	if err := Write(link, put("new")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(path)
	if err != nil || info.Mode() != 0o640 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if got, _ := os.ReadFile(path); string(got) != "new" {
		t.Errorf("%q", got)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link became %v, %v", info.Mode(), err)
	}
	holds(t, dir, "f", "link")
}

func TestDevicesAreWrittenDirectly(t *testing.T) {
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Skip("no such device")
	}
	if err := Check(os.DevNull); err != nil {
		t.Error(err)
	}
	if err := Write(os.DevNull, put("x")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Error("the device became a file")
	}
}

func TestSweepRemovesWhatKilledWritersLeft(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "f")
	for _, name := range []string{"f", "g", ".f.0123abcd.tmp", ".f.tmp", ".f.0123abcd.tmpx", ".g.0123abcd.tmp", ".f.g.0123abcd.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	f, err := temporary(path)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	Sweep(path)
	holds(t, dir, ".f.0123abcd.tmpx", ".f.g.0123abcd.tmp", ".f.tmp", ".g.0123abcd.tmp", "f", "g")
	Sweep(filepath.Join(dir, "none", "f"))
}

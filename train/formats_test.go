package train

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"reflect"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/statefile"
	"github.com/nearlinear/nearlinear/train/model"
)

// writeFormats writes the files of TestFormatsAreRead, for a revision with new versions.
var writeFormats = flag.Bool("write-formats", false, "write the files whose formats later revisions have to read or refuse")

// stateLayout is the layout of a checkpoint's state. Whoever changes it raises the version
// in package statefile, and keeps the refusal of the old one as a test.
const stateLayout = "21117e49"

func formatFit(path string) (x, y []float64, d int, o *Options) {
	for i := range 8 { // no functions that round otherwise elsewhere
		u, v := float64(7*i%8)/4-1, float64(5*i*i%9)/4-1
		x, y = append(x, u, v), append(y, u*v+0.5*u)
	}
	return x, y, 2, &Options{Width: 24, Seed: 5, Method: GramCG, Rank: 4, Ridge: 0.1, MaxSteps: 4, Workers: 1, Checkpoint: path}
}

// TestFormatsAreRead: a model, its shares and a checkpoint that an earlier revision has
// written are read, and mean what they meant.
func TestFormatsAreRead(t *testing.T) {
	dir := "testdata/formats"
	x, y, d, o := formatFit(filepath.Join(t.TempDir(), "checkpoint"))
	if *writeFormats {
		saveFormats(t, dir)
	}
	want, _, err := Fit(t.Context(), x, y, d, o)
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.Load(filepath.Join(dir, "model.6"))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(m.Nets[0].W, want.Nets[0].W) || !slices.Equal(m.Nets[0].A, want.Nets[0].A) || !reflect.DeepEqual(m.Scaler, want.Scaler) || !slices.Equal(m.Features, []string{"a", "b=x"}) || m.Targets[0] != "y" {
		t.Error("the model is not that of the fit")
	}
	joined := filepath.Join(t.TempDir(), "joined")
	if err := model.JoinShares(joined, []string{filepath.Join(dir, "share.1.0"), filepath.Join(dir, "share.1.1")}); err != nil {
		t.Fatal(err)
	}
	a, err := os.ReadFile(joined)
	b, err2 := os.ReadFile(filepath.Join(dir, "model.6"))
	if err != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("the shares do not make the model (%v, %v)", err, err2)
	}
	state, err := os.ReadFile(filepath.Join(dir, "checkpoint.2"))
	if err == nil {
		err = os.WriteFile(o.Checkpoint, state, 0o666)
	}
	if err != nil {
		t.Fatal(err)
	}
	resumed, report, err := Fit(t.Context(), x, y, d, o)
	if err != nil || report.Resumed < 2 || !slices.Equal(resumed.Nets[0].W, want.Nets[0].W) {
		t.Errorf("the checkpoint: %v, or not the weights of a fit that was not interrupted", err)
	}
}

// TestOldFormatsAreRefusedByVersion: so that nobody wonders. model.2 to model.5 are files
// of their time; the others are today's with another version.
func TestOldFormatsAreRefusedByVersion(t *testing.T) {
	x, y, d, o := formatFit(filepath.Join(t.TempDir(), "checkpoint"))
	load := func() error { _, err := model.Load(o.Checkpoint); return err }
	for _, c := range []struct {
		name string
		at   int // of the version, where it is set
		use  func() error
		kind error
		want string
	}{
		{"checkpoint.2", 7, func() error { _, _, err := Fit(t.Context(), x, y, d, o); return err }, ErrCheckpoint, "version 1, this program reads version 2"},
		{"model.6", 7, load, ErrModel, "a model file of version 1, this program reads version 6"},
		{"model.2", -1, load, ErrModel, "a model file of version 2, this program reads version 6"},
		{"model.3", -1, load, ErrModel, "a model file of version 3, this program reads version 6"},
		{"model.4", -1, load, ErrModel, "a model file of version 4, this program reads version 6"},
		{"model.5", -1, load, ErrModel, "a model file of version 5, this program reads version 6"},
		{"share.1.0", 8 + 16 + 7, func() error { return model.JoinShares(o.Checkpoint+".joined", []string{o.Checkpoint}) }, ErrModel, "a model file of version 1, this program reads version 6"},
	} {
		file, err := os.ReadFile(filepath.Join("testdata/formats", c.name))
		if err != nil {
			t.Fatal(err)
		}
		if c.at >= 0 {
			file[c.at] = 1
		}
		if err := os.WriteFile(o.Checkpoint, file, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := c.use(); !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), o.Checkpoint) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// TestStateLayoutBelongsToItsVersion.
func TestStateLayoutBelongsToItsVersion(t *testing.T) {
	h := uint32(2166136261)
	for _, b := range []byte(statefile.Layout(reflect.TypeFor[savedState]())) {
		h = (h ^ uint32(b)) * 16777619
	}
	if got := fmt.Sprintf("%08x", h); got != stateLayout {
		t.Errorf("the layout of savedState is %s, not %s: raise the version in statefile", got, stateLayout)
	}
}

// saveFormats writes the files.
func saveFormats(t *testing.T, dir string) {
	t.Helper()
	x, y, d, o := formatFit(filepath.Join(dir, "checkpoint.2"))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	o.MaxSteps = 2
	if _, _, err := Fit(t.Context(), x, y, d, o); err != nil {
		t.Fatal(err)
	}
	o.MaxSteps, o.Checkpoint = 4, ""
	m, _, err := Fit(t.Context(), x, y, d, o)
	if err != nil {
		t.Fatal(err)
	}
	m.Features, m.Targets = []string{"a", "b=x"}, []string{"y"}
	if err := m.Save(filepath.Join(dir, "model.6")); err != nil {
		t.Fatal(err)
	}
	net := m.Nets[0]
	for k, cut := range [][2]int{{0, 10}, {10, 24}} {
		part := *m
		part.Nets = []jacobian.Network{{M: cut[1] - cut[0], D: net.D, W: net.W[cut[0]*net.D : cut[1]*net.D], A: net.A[cut[0]:cut[1]]}}
		part.Share = &model.Share{First: cut[0], Neurons: net.M}
		if err := part.SaveShare(filepath.Join(dir, fmt.Sprintf("share.1.%d", k))); err != nil {
			t.Fatal(err)
		}
	}
}

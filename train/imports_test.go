package train_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/nearlinear/nearlinear/"

// rooms are the packages in an order in which each may import those before it alone.
var rooms = []string{
	"asm", "hadamard", "solver", "jacobian",
	"train/internal/atomicfile", "train/internal/memory", "train/internal/fault", "train/internal/format", "train/internal/portable",
	"train/internal/folds", "train/internal/loss", "train/internal/phase", "train/internal/ranks", "train/internal/statefile", "train/internal/newton",
	"train/table", "train/features", "train/model", "train/internal/calibration", "train", "train/page", "train/internal/fitflags", "train/cmd/nearlinear",
}

// list runs go list and returns its lines.
func list(t *testing.T, args ...string) []string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command where the test runs")
	}
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}

// TestArrowsRunDown: no package imports one that stands after it, and none is missing
// from the list but those that tests alone use.
func TestArrowsRunDown(t *testing.T) {
	for _, name := range list(t, module+"...") {
		room := strings.TrimPrefix(name, module)
		at := slices.Index(rooms, room)
		if at < 0 && room != "train/internal/specimen" {
			t.Errorf("%s has no place among the rooms", room)
		}
		for _, used := range list(t, "-f", `{{join .Imports "\n"}}`, name) {
			used, ours := strings.CutPrefix(used, module)
			if ours && at >= 0 && slices.Index(rooms, used) >= at {
				t.Errorf("%s imports %s, which stands above it", room, used)
			}
			if ours && slices.Index(rooms, used) < 0 {
				t.Errorf("%s imports %s, which is for tests", room, used)
			}
		}
	}
}

// TestWhatAProgramLinks: one that predicts links neither solvers nor pages, one that fits
// no pages.
func TestWhatAProgramLinks(t *testing.T) {
	for room, not := range map[string][]string{
		"train/model": {module + "solver", module + "train", "html/template"},
		"train/table": {module + "jacobian", module + "solver", "html/template"},
		"train":       {"html/template"},
	} {
		deps := list(t, "-deps", module+room)
		for _, name := range not {
			if slices.Contains(deps, name) {
				t.Errorf("who imports %s links %s", room, name)
			}
		}
	}
}

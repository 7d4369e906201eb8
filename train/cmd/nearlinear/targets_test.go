package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// plants has two numbers to predict, a class of three and one of two, and
// sample weights, of which some are 0 where the targets are wrong.
func plants() string {
	var b strings.Builder
	b.WriteString("a,b,\"height, cm\",mass,kind,alive,share\n")
	for i := range 150 {
		x, y := math.Sin(float64(i)), math.Cos(float64(3*i))
		kind := []string{"fern", "moss, dry", "oak"}[min(2, int(1.5*(x+1)))]
		share, height := 1+i%2, 10*x+y
		if i%10 == 0 {
			share, height = 0, 1e6
		}
		fmt.Fprintf(&b, "%g,%g,%g,%g,\"%s\",%t,%d\n", x, y, height, x*y, kind, y > 0, share)
	}
	return b.String()
}

func TestSeveralTargets(t *testing.T) {
	dir := t.TempDir()
	data, model, out := file(t, dir, "plants.csv", plants()), filepath.Join(dir, "m"), filepath.Join(dir, "p.csv")
	code, stdout, stderr := call(t, "fit", "-data", data, "-target", `"height, cm",mass`, "-drop", "kind,alive", "-weight", "share", "-width", "128", "-steps", "6", "-out", model, "-report", filepath.Join(dir, "r.html"))
	if code != exitDone || !strings.Contains(stdout, "test     height, cm: RMSE") || !strings.Contains(stdout, "test     mass: RMSE") || !strings.Contains(stdout, "2 networks") || !strings.Contains(stdout, "target 1 loss") {
		t.Fatalf("code %d\n%s%s", code, stdout, stderr)
	}
	code, _, stderr = call(t, "predict", "-model", model, "-data", data, "-out", out)
	if code != exitDone || !strings.Contains(stderr, "height, cm: RMSE") || !strings.Contains(stderr, "mass: RMSE") {
		t.Fatalf("code %d\n%s", code, stderr)
	}
	rows := readRows(t, out)
	if !slices.Equal(rows[0], []string{"predicted_height, cm", "predicted_mass"}) || len(rows) != 151 {
		t.Fatalf("%d rows, first %q", len(rows), rows[0])
	}
	// Without the weights of 0 the rows of a million decide.
	for i, row := range rows[1:] {
		got, err := strconv.ParseFloat(row[0], 64)
		if want := 10*math.Sin(float64(i)) + math.Cos(float64(3*i)); err != nil || math.Abs(got-want) > 5 {
			t.Fatalf("row %d: height %s, want about %g", i, row[0], want)
		}
	}
	code, stdout, _ = call(t, "info", "-model", model)
	if code != exitDone || !strings.Contains(stdout, "networks 2 of these") || !strings.Contains(stdout, "target   mass: mean") {
		t.Errorf("code %d\n%s", code, stdout)
	}
}

func TestClasses(t *testing.T) {
	dir := t.TempDir()
	data, model, out := file(t, dir, "plants.csv", plants()), filepath.Join(dir, "m"), filepath.Join(dir, "p.csv")
	for _, c := range []struct {
		target, drop string
		header       []string
	}{
		{"kind", "alive", []string{"predicted_kind", "p:fern", "p:moss, dry", "p:oak"}},
		{"alive", "kind", []string{"predicted_alive", "p:false", "p:true"}},
	} {
		code, stdout, stderr := call(t, "fit", "-data", data, "-target", c.target, "-classes", "-drop", c.drop+`,mass,share,"height, cm"`, "-width", "128", "-steps", "6", "-validation", "0.2", "-out", model)
		if code != exitDone || !strings.Contains(stdout, "test     accuracy ") || !strings.Contains(stdout, "; accuracy ") || !strings.Contains(stdout, ", validation ") || !strings.Contains(stdout, "classes  ") {
			t.Fatalf("code %d\n%s%s", code, stdout, stderr)
		}
		code, _, stderr = call(t, "predict", "-model", model, "-data", data, "-out", out)
		if code != exitDone || !strings.Contains(stderr, c.target+": accuracy ") {
			t.Fatalf("code %d\n%s", code, stderr)
		}
		rows, truth := readRows(t, out), readRows(t, data)
		if !slices.Equal(rows[0], c.header) || len(rows) != 151 {
			t.Fatalf("%d rows, first %q", len(rows), rows[0])
		}
		right := 0
		at := slices.Index(truth[0], c.target)
		for i, row := range rows[1:] {
			if row[0] == truth[i+1][at] {
				right++
			}
		}
		if want := fmt.Sprintf("accuracy %.2f %% (150 rows)", 100*float64(right)/150); right < 130 || !strings.Contains(stderr, want) {
			t.Errorf("%d of 150 rows are right; %s", right, stderr)
		}
		code, stdout, _ = call(t, "info", "-model", model)
		if code != exitDone || !strings.Contains(stdout, "classes  ") {
			t.Errorf("code %d\n%s", code, stdout)
		}
	}
	for _, args := range [][]string{
		{"-classes", "-target", "kind,alive"},
		{"-target", "mass,,kind"},
	} {
		if code, _, stderr := call(t, append([]string{"fit", "-data", data}, args...)...); code != exitUsage {
			t.Errorf("%q: code %d, %s", args, code, stderr)
		}
	}
}

// readRows reads a CSV file.
func readRows(t *testing.T, path string) [][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(string(text))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

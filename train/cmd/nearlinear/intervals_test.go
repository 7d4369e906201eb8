package main

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// TestPredictWritesIntervals: columns lower_TARGET and upper_TARGET behind each prediction, as the library
// has them, in text and as an array.
func TestPredictWritesIntervals(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("a,b,y,z\n")
	for i := range 80 {
		u, v := float64(i*37%80)/40-1, float64(i*i%79)/40-1
		fmt.Fprintf(&b, "%g,%g,%g,%g\n", u, v, u+0.1*math.Sin(float64(i*i)), 5*v+float64(i%3))
	}
	data, m := file(t, dir, "data.csv", b.String()), filepath.Join(dir, "m")
	if code, _, stderr := call(t, "fit", "-data", data, "-target", "y,z", "-test", "0", "-width", "64", "-out", m); code != 0 {
		t.Fatal(stderr)
	}
	code, stdout, stderr := call(t, "predict", "-model", m, "-data", data, "-interval", "0.8")
	if code != 0 {
		t.Fatal(stderr)
	}
	if !strings.Contains(stderr, "\ny: intervals of level 0.8 contain ") || !strings.Contains(stderr, "\nz: intervals of level 0.8 contain ") {
		t.Errorf("no coverage: %s", stderr)
	}
	rows, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rows[0], " "); got != "predicted_y lower_y upper_y predicted_z lower_z upper_z" {
		t.Errorf("columns %s", got)
	}
	loaded, err := model.Load(m)
	if err != nil {
		t.Fatal(err)
	}
	lower, upper := make([]float64, 2), make([]float64, 2)
	if err := loaded.PredictInterval(lower, upper, []float64{-1, -1}, 0.8); err != nil {
		t.Fatal(err)
	}
	for j := range 2 {
		for c, want := range []float64{lower[j], upper[j]} {
			if got, _ := strconv.ParseFloat(rows[1][3*j+1+c], 64); got != want {
				t.Errorf("target %d: end %v, want %v", j, got, want)
			}
		}
	}
	if _, stdout, _ := call(t, "info", "-model", m); !strings.Contains(stdout, ", intervals up to level 0.98") {
		t.Errorf("info: %s", stdout)
	}
	npy := filepath.Join(dir, "p.npy")
	if code, _, stderr := call(t, "predict", "-model", m, "-data", data, "-interval", "0.8", "-out", npy); code != 0 {
		t.Fatal(stderr)
	}
	if text, _ := os.ReadFile(npy); !strings.Contains(string(text[:128]), "(80, 6)") {
		t.Errorf("%q", text[:128])
	}
	for level, want := range map[string]string{"1.5": "between 0 and 1", "0.999": "too few rows out of fold"} {
		if code, _, stderr := call(t, "predict", "-model", m, "-data", data, "-interval", level); code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("level %s: %d, %s", level, code, stderr)
		}
	}
	if code, _, stderr := call(t, "predict", "-model", tiny(t, t.TempDir()), "-data", data, "-interval", "0.8"); code == 0 || !strings.Contains(stderr, "no intervals: it was trained without rows out of fold") {
		t.Errorf("%d, %s", code, stderr)
	}
}

// TestPredictTellsCoverage of the targets that are there, each by itself.
func TestPredictTellsCoverage(t *testing.T) {
	nan := math.NaN()
	rows := &table.Table{Targets: []string{"y", "z"}, Features: []string{"a"}, X: make([]float64, 4), Y: []float64{1, 1, 2, nan, 9, nan, 3, nan}}
	numbers := []float64{
		0, 0.5, 1.5, 0, 2, 4,
		0, 2, 3, 0, 0, 1,
		0, 0, 5, 0, 0, 1,
		0, -1, 3, 0, 0, 1,
	}
	var b strings.Builder
	noteCoverage(&b, rows, numbers, 0.8)
	// Of y three of four, the ends inside, with widths 1, 1, 5, 4; of z none of one.
	want := "y: intervals of level 0.8 contain 75.00 ± 21.65 %, and are 2.75 wide on average (4 rows)\n" +
		"z: intervals of level 0.8 contain 0.00 ± 0.00 %, and are 2 wide on average (1 rows)\n"
	if b.String() != want {
		t.Errorf("%s\nwant %s", b.String(), want)
	}
}

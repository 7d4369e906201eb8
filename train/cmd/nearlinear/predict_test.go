package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/features"
	"github.com/nearlinear/nearlinear/train/model"
)

// tiny writes a model that predicts 10 + 2·z/‖(z, 1)‖ with z = a − 3, and ignores b.
func tiny(t *testing.T, dir string) string {
	t.Helper()
	m := &model.Model{
		Nets:     []jacobian.Network{{M: 4, D: 3, W: []float64{2, 0, 0, -2, 0, 0, 0, 0, 0, 0, 0, 0}, A: []float64{1, -1, 1, 1}}},
		Scaler:   features.Scaler{Mean: []float64{3, 0}, Std: []float64{1, 1e300}, YMean: []float64{10}, YStd: []float64{2}, Bias: 1},
		Features: []string{"a", "b"}, Targets: []string{"y"},
	}
	path := filepath.Join(dir, "m")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPredictSelectsColumnsByName(t *testing.T) {
	dir := t.TempDir()
	m := tiny(t, dir)
	const want = "predicted_y\n10\n11.414213562373096\n"
	for _, c := range []struct{ name, text, stderr string }{
		{"target absent", "a,b\n3,1\n4,1\n", ""},
		{"other order, other columns", "id,b,a\nr1,1,3\nr2,1,4\n", ""},
		{"target present", "y,a,b\n10,3,1\n11.414213562373096,4,1\n", "y: RMSE 0, that is 0.0000 standard deviations; R² 1.0000 (2 rows)\n"},
		{"target known once", "y,a,b\n10,3,1\n,4,1\n", "y: RMSE 0, that is 0.0000 standard deviations (1 rows)\n"},
		{"target empty", "y,a,b\n,3,1\n,4,1\n", ""},
	} {
		code, stdout, stderr := callWith(context.Background(), c.text, "predict", "-model", m, "-data", "-")
		if code != 0 || stdout != want || stderr != c.stderr {
			t.Errorf("%s: code %d, stdout %q, stderr %q", c.name, code, stdout, stderr)
		}
		out := filepath.Join(dir, "out")
		data := file(t, dir, "data.csv", c.text)
		code, stdout, _ = call(t, "predict", "-model", m, "-data", data, "-out", out)
		if b, _ := os.ReadFile(out); code != 0 || stdout != "" || string(b) != want {
			t.Errorf("%s: code %d, stdout %q, file %q", c.name, code, stdout, b)
		}
	}
	holds(t, dir, "data.csv", "m", "out")
}

// TestPredictAnswersNoRowsByAHeader.
func TestPredictAnswersNoRowsByAHeader(t *testing.T) {
	m := tiny(t, t.TempDir())
	for _, text := range []string{"a,b\n", "y,b,a\n\n", "b,a"} {
		code, stdout, stderr := callWith(context.Background(), text, "predict", "-model", m, "-data", "-")
		if code != 0 || stdout != "predicted_y\n" || stderr != "" {
			t.Errorf("%q: code %d, stdout %q, stderr %q", text, code, stdout, stderr)
		}
	}
}

func TestPredictRepeatsTheTestOfFit(t *testing.T) {
	dir := t.TempDir()
	m := filepath.Join(dir, "m")
	if code, _, stderr := call(t, quick("-data", someRows(t, t.TempDir()), "-test", "0", "-out", m)...); code != 0 {
		t.Fatal(stderr)
	}
	data := file(t, dir, "data.csv", string(concrete))
	code, stdout, stderr := call(t, "predict", "-model", m, "-data", data)
	if code != 0 || strings.Count(stdout, "\n") != 1031 || !strings.Contains(stderr, "compressive_strength: RMSE ") || !strings.Contains(stderr, "(1030 rows)") {
		t.Errorf("code %d, %d lines, stderr %q", code, strings.Count(stdout, "\n"), stderr)
	}
}

func TestFailedPredictWritesNothing(t *testing.T) {
	dir := t.TempDir()
	m := tiny(t, dir)
	whole, _ := os.ReadFile(m)
	bare := filepath.Join(dir, "bare")
	loaded, _ := model.Load(m)
	loaded.Features, loaded.Targets = nil, nil
	if err := loaded.Save(bare); err != nil {
		t.Fatal(err)
	}
	cut := file(t, dir, "cut", string(whole[:len(whole)/2]))
	whole[100] ^= 1
	altered := file(t, dir, "altered", string(whole))
	good := file(t, dir, "good.csv", "a,b\n1,2\n")
	bad := file(t, dir, "bad.csv", "a,b\n1,2\n1,NaN\n")
	lacks := file(t, dir, "lacks.csv", "a,c\n1,2\n")
	old := file(t, dir, "old", "precious")
	for _, c := range []struct{ name, model, data, want string }{
		{"no model", filepath.Join(dir, "none"), good, "none"},
		{"truncated model", cut, good, "before its end"},
		{"altered model", altered, good, "altered: "},
		{"table for a model", good, good, "not a model file"},
		{"no names", bare, good, "no column names"},
		{"no data", m, filepath.Join(dir, "none"), "none"},
		{"NaN", m, bad, `bad.csv: csv line 3, column "b": "NaN"`},
		{"missing column", m, lacks, `no feature column "b"; it has "a", "c"`},
	} {
		code, stdout, stderr := call(t, "predict", "-model", c.model, "-data", c.data, "-out", old)
		if code != exitFailed || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d, stdout %q, stderr %q; want %q", c.name, code, stdout, stderr, c.want)
		}
		if b, _ := os.ReadFile(old); string(b) != "precious" {
			t.Errorf("%s: the old file became %q", c.name, b)
		}
	}
	if code, _, stderr := call(t, "predict", "-model", m, "-data", good, "-out", filepath.Join(dir, "no", "p")); code != exitFailed || !strings.Contains(stderr, "cannot write") {
		t.Errorf("no directory: code %d, %q", code, stderr)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errors.New("enough"))
	if code, stdout, stderr := callWith(ctx, "", "predict", "-model", m, "-data", good, "-out", old); code != exitFailed || stdout != "" || !strings.Contains(stderr, "enough") {
		t.Errorf("cancelled: code %d, %q, %q", code, stdout, stderr)
	}
	holds(t, dir, "altered", "bad.csv", "bare", "cut", "good.csv", "lacks.csv", "m", "old")
}

func TestInfo(t *testing.T) {
	code, stdout, stderr := call(t, "info")
	if code != 0 || stderr != "" {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"go1.", "kernels  ", "threads  ", "FMA  ", "GF/s on 1 thread", "memory  ", "GB/s on 1 thread"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout lacks %q:\n%s", want, stdout)
		}
	}
	m := tiny(t, t.TempDir())
	code, stdout, _ = call(t, "info", "-model", m)
	for _, want := range []string{"4 neurons, 3 inputs, 12 weights", "target   y: mean 10, standard deviation 2", "feature  a: mean 3"} {
		if code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("code %d, stdout lacks %q:\n%s", code, want, stdout)
		}
	}
	if code, _, _ := call(t, "info", "-model", m+"x"); code != exitFailed {
		t.Errorf("no model: code %d", code)
	}
}

// TestPredictionsThatDoNotFit: a model of many targets and a table of many rows are
// small files, their predictions are not: 3.2 TB here.
func TestPredictionsThatDoNotFit(t *testing.T) {
	const targets, rows = 100_000, 4_000_000
	m := &model.Model{Scaler: features.Scaler{Mean: []float64{0}, Std: []float64{1}}}
	for range targets {
		m.Nets = append(m.Nets, jacobian.Network{M: 1, D: 1, W: []float64{1}, A: []float64{1}})
		m.Scaler.YMean, m.Scaler.YStd = append(m.Scaler.YMean, 0), append(m.Scaler.YStd, 1)
	}
	if out, err := predictRows(t.Context(), m, make([]float64, rows), 0); out != nil || !errors.Is(err, train.ErrMemory) {
		t.Error(err)
	}
	if out, err := predictRows(t.Context(), m, make([]float64, 10), rows); out != nil || !errors.Is(err, train.ErrMemory) {
		t.Errorf("the last rows of many: %v", err)
	}
}

// TestPartsAnswerAsTheTable: predictions, intervals, notices and scores do not depend on where parts end.
func TestPartsAnswerAsTheTable(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("a,b,y\n")
	for i := range 90 {
		u, v := float64(i*37%80)/40-1, i%3
		fmt.Fprintf(&b, "%g,k%d,%g\n", u, v, u*float64(v)+0.1*math.Sin(float64(i*i)))
	}
	data, path := file(t, dir, "data.csv", b.String()), filepath.Join(dir, "m")
	if code, _, stderr := call(t, "fit", "-data", data, "-test", "0", "-width", "64", "-out", path); code != 0 {
		t.Fatal(stderr)
	}
	m, err := model.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	b.WriteString("7,k1,2\n9,other,3\n")
	whole := &answers{m: m, level: 0.8, part: 1000}
	rows, err := whole.read(t.Context(), strings.NewReader(b.String()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(whole.predicted) != 92 || whole.outside.ranges != 2 || len(rows.Notices) != 1 {
		t.Fatalf("%d rows, %d outside, notices %q", len(whole.predicted), whole.outside.ranges, rows.Notices)
	}
	names, numbers := whole.columns()
	for _, part := range []int{1, 5, 91, 92} {
		parts := &answers{m: m, level: 0.8, part: part}
		rest, err := parts.read(t.Context(), strings.NewReader(b.String()), nil)
		if err != nil || !reflect.DeepEqual(rest, rows) {
			t.Errorf("parts of %d rows: %+v, %v", part, rest, err)
		}
		n, v := parts.columns()
		if !slices.Equal(n, names) || !slices.Equal(v, numbers) || !reflect.DeepEqual(parts.outside, whole.outside) {
			t.Errorf("parts of %d rows answer otherwise", part)
		}
	}
}

// TestPredictNotesWhatTrainingHasNotSeen: once for all rows, on standard error, and the
// predictions of what was constant do not depend on it.
func TestPredictNotesWhatTrainingHasNotSeen(t *testing.T) {
	dir := t.TempDir()
	var rows, inside, beyond strings.Builder
	for _, b := range []*strings.Builder{&rows, &inside, &beyond} {
		b.WriteString("a,year,b,c,d,y\n")
	}
	for i := range 40 {
		fmt.Fprintf(&rows, "%d,2023,%d,%d,%d,%d\n", i%7, i%5, i%3, i%4, i%7+i%5)
	}
	inside.WriteString("3,2023,1,1,1,\n6,2023,4,0,3,\n")
	beyond.WriteString("7,2024,4,0,3,\n-1,2123,5,0,3,\n0,2023,0,0,0,\n0,2023,0,-1,4,\n8,2023,9,0,0,\n")
	m := filepath.Join(dir, "m")
	if code, _, stderr := call(t, quick("-data", file(t, dir, "rows.csv", rows.String()), "-test", "0", "-out", m)...); code != 0 {
		t.Fatal(stderr)
	}
	if code, _, stderr := callWith(t.Context(), inside.String(), "predict", "-model", m, "-data", "-"); code != 0 || stderr != "" {
		t.Errorf("inside: code %d, %q", code, stderr)
	}
	const want = "note: 4 of 5 rows have features outside their range in training, most often in a (3, beyond 0 to 6), b (2, beyond 0 to 4), c (1, beyond 0 to 2), and 1 more\n" +
		"note: 2 of 5 rows differ where all training rows were equal, which changes no prediction: in year (2, was 2023)\n"
	code, stdout, stderr := callWith(t.Context(), beyond.String(), "predict", "-model", m, "-data", "-")
	if code != 0 || stderr != want {
		t.Errorf("beyond: code %d, %q", code, stderr)
	}
	same := strings.NewReplacer("2024", "2023", "2123", "2023").Replace(beyond.String())
	if _, again, _ := callWith(t.Context(), same, "predict", "-model", m, "-data", "-"); again != stdout {
		t.Errorf("predictions depend on the year:\n%s%s", stdout, again)
	}
	if _, stdout, _ := call(t, "info", "-model", m); !strings.Contains(stdout, "feature  year: 2023 in all training rows, not used\n") {
		t.Errorf("info:\n%s", stdout)
	}
}

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// quick makes a fit small.
func quick(args ...string) []string {
	return append([]string{"fit", "-width", "64", "-steps", "4", "-members", "1"}, args...)
}

// someRows writes the first rows of the built-in table to a file.
func someRows(t *testing.T, dir string) string {
	lines := strings.SplitAfterN(string(concrete), "\n", 122)
	return file(t, dir, "some.csv", strings.Join(lines[:121], ""))
}

func TestFitTrainsOnTheBuiltInTable(t *testing.T) {
	dir := t.TempDir()
	out, page := filepath.Join(dir, "concrete.model"), filepath.Join(dir, "r.html")
	code, stdout, stderr := call(t, quick("-out", out, "-report", page)...)
	if code != 0 || stderr != "" {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	for _, want := range []string{"1030 rows, 8 features, target compressive_strength", "824 rows to train on, 206 held out", "\nstep   0 loss ", "\nstep   4 loss ", "\nmethod   ", "\nridge    0.01: error 0.2", "\nplan     0.0", " MiB\nstopped  ", "step limit after 4 steps", "\ntest     RMSE ", "standard deviations; R² 0.", "(206 rows)", "saved    model " + out + ", report " + page} {
		if !strings.Contains(stdout, want) {
			t.Errorf("stdout lacks %q:\n%s", want, stdout)
		}
	}
	if strings.Contains(stdout, "\r") {
		t.Error("a carriage return went into a pipe")
	}
	m, err := model.Load(out)
	if err != nil || m.Nets[0].M != 64 || m.Targets[0] != "compressive_strength" || len(m.Features) != 8 || m.Features[7] != "age" {
		t.Errorf("%v, %+v", err, m)
	}
	html, err := os.ReadFile(page)
	if err != nil || !bytes.Contains(html, []byte("206 rows that were not trained on")) || !bytes.Contains(html, []byte("true compressive_strength")) {
		t.Errorf("report: %v, %d bytes", err, len(html))
	}
	holds(t, dir, "concrete.model", "r.html")
}

func TestFitIsDeterministic(t *testing.T) {
	dir := t.TempDir()
	data := someRows(t, dir)
	models := make(map[string][]byte)
	for _, workers := range []string{"1", "3"} {
		for _, seed := range []string{"1", "2"} {
			out := filepath.Join(dir, workers+seed)
			if code, _, stderr := call(t, quick("-data", data, "-seed", seed, "-workers", workers, "-out", out)...); code != 0 {
				t.Fatal(stderr)
			}
			models[workers+seed], _ = os.ReadFile(out)
		}
	}
	if !bytes.Equal(models["11"], models["31"]) || !bytes.Equal(models["12"], models["32"]) {
		t.Error("the number of workers changes the model")
	}
	if bytes.Equal(models["11"], models["12"]) {
		t.Error("the seed does not change the model")
	}
}

func TestFitPrintsJSONLines(t *testing.T) {
	code, stdout, stderr := call(t, quick("-data", someRows(t, t.TempDir()), "-json", "-seed", "3", "-validation", "0")...)
	if code != 0 || stderr != "" {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	for i, line := range lines {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("line %d: %v: %s", i, err, line)
		}
		if i < len(lines)-1 {
			loss, ok := v["loss"].(float64)
			if v["type"] != "step" || v["step"] != float64(i) || !ok || loss <= 0 || v["valid_rmse"] != nil {
				t.Errorf("line %d: %s", i, line)
			}
			continue
		}
		tests, _ := v["test"].([]any)
		if len(tests) != 1 {
			t.Fatalf("result: %s", line)
		}
		test := tests[0].(map[string]any)
		if v["type"] != "result" || v["seed"] != 3. || v["train_rows"] != 96. || v["valid_rmse"] != nil || v["interrupted"] != false || test["rows"] != 24. || test["rmse_standard_deviations"].(float64) > 2 {
			t.Errorf("result: %s", line)
		}
		if saved, ok := v["saved"].([]any); !ok || len(saved) != 0 {
			t.Errorf("saved: %v", v["saved"])
		}
	}
	if len(lines) != 6 {
		t.Errorf("%d lines:\n%s", len(lines), stdout)
	}
}

func TestFitReadsStandardInputAndTarget(t *testing.T) {
	var b strings.Builder
	b.WriteString("y,a,b\n")
	for i := range 40 {
		fmt.Fprintf(&b, "%d,%d,%d\n", 3*i-i*i/9, i, i*i%11)
	}
	code, stdout, stderr := callWith(context.Background(), b.String(), quick("-data", "-", "-target", "y", "-test", "0")...)
	if code != 0 || !strings.Contains(stdout, "standard input: 40 rows, 2 features, target y") || !strings.Contains(stdout, "40 rows to train on, 0 held out") || strings.Contains(stdout, "\ntest ") {
		t.Errorf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
}

func TestFailedFitWritesNothing(t *testing.T) {
	for _, c := range []struct{ name, text, flags, want string }{
		{"ragged", "a,y\n1,2\n1\n", "", "line 3 has 1 fields"},
		{"text", "a,y\n1,2\nred,2\n", "-type a=number", `line 3, column "a": "red" is not a number`},
		{"no target at all", "a,y\n1,nan\n2,\n", "", `none of 2 rows has a value of target "y"`},
		{"infinity", "a,y\n1,inf\n", "", "not finite"},
		{"empty", "", "", "is empty"},
		{"header only", "a,y\n", "", "no rows"},
		{"no target", "a,b\n1,2\n", "-target price", `no target column "price"; it has "a", "b"`},
		{"option", "a,y\n1,2\n2,3\n3,4\n", "-rule gn -ridge 2", "idge"},
		{"memory", "a,y\n1,2\n2,3\n3,4\n", "-width " + fmt.Sprint(math.MaxInt/2), ""},
	} {
		dir := t.TempDir()
		data := file(t, dir, "data.csv", c.text)
		old := file(t, dir, "old.model", "precious")
		args := append([]string{"fit", "-data", data, "-out", old, "-report", filepath.Join(dir, "new.html")}, strings.Fields(c.flags)...)
		code, stdout, stderr := call(t, args...)
		want := exitFailed
		if c.name == "option" {
			want = exitUsage
		}
		if code != want || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d, stderr %q; want %q", c.name, code, stderr, c.want)
		}
		if strings.Contains(stdout, "saved") {
			t.Errorf("%s: stdout %q", c.name, stdout)
		}
		holds(t, dir, "data.csv", "old.model")
		if b, _ := os.ReadFile(old); string(b) != "precious" {
			t.Errorf("%s: the old model became %q", c.name, b)
		}
	}
}

func TestBadOutputsAreRefusedBeforeTheWork(t *testing.T) {
	dir := t.TempDir()
	for name, path := range map[string]string{"no directory": filepath.Join(dir, "none", "m"), "a directory": dir} {
		for _, flag := range []string{"-out", "-report"} {
			code, stdout, stderr := call(t, "fit", flag, path)
			if code != exitFailed || stdout != "" || !strings.Contains(stderr, "cannot write "+path) {
				t.Errorf("%s %s: code %d, stdout %q, stderr %q", flag, name, code, stdout, stderr)
			}
		}
	}
	if code, _, stderr := call(t, "fit", "-data", filepath.Join(dir, "none.csv")); code != exitFailed || !strings.Contains(stderr, "none.csv") {
		t.Errorf("no data: code %d, %q", code, stderr)
	}
}

// TestOutliersAreRowsOfTheFile: fit names them on the screen, on the page and in JSON, and
// the option that helps, which helps.
func TestOutliersAreRowsOfTheFile(t *testing.T) {
	dir := t.TempDir()
	lines := strings.SplitAfterN(string(concrete), "\n", 302)[:301]
	at := 151 // row 150
	lines[at] = lines[at][:strings.LastIndexByte(lines[at], ',')+1] + "1e9\n"
	data, page := file(t, dir, "far.csv", strings.Join(lines, "")), filepath.Join(dir, "r.html")
	const name = "1 target lies more than 10 robust scales off what other rows say: row 150 by 1e+09 (the first row is 0)"
	code, stdout, stderr := call(t, quick("-data", data, "-report", page, "-test", "0.3", "-seed", "2")...)
	if code != 0 || !strings.Contains(stdout, "\noutliers "+name+"; -loss huber ") {
		t.Fatalf("code %d, stderr %q:\n%s", code, stderr, stdout)
	}
	html, err := os.ReadFile(page)
	if err != nil || !bytes.Contains(html, []byte("row 150 by 1e")) || !bytes.Contains(html, []byte("Outliers")) {
		t.Errorf("the page does not name it: %v", err)
	}
	code, stdout, stderr = call(t, quick("-data", data, "-test", "0.3", "-seed", "2", "-loss", "huber", "-json")...)
	if code != 0 {
		t.Fatalf("code %d, stderr %q", code, stderr)
	}
	var r jsonResult
	objects := strings.Split(strings.TrimSpace(stdout), "\n")
	if err := json.Unmarshal([]byte(objects[len(objects)-1]), &r); err != nil {
		t.Fatal(err)
	}
	if r.Loss != "huber" || r.OutlierRows != 1 || len(r.Outliers) != 1 || r.Outliers[0].Row != 150 || r.Estimate.Rows != 209 || !(r.Estimate.R2 > 0.5) {
		t.Errorf("result %+v", r)
	}
	for _, args := range [][]string{{"-loss", "absolute"}, {"-effort", "fast"}, {"-loss", "huber", "-rule", "gn"}} {
		if code, _, stderr := call(t, quick(args...)...); code != exitUsage || !strings.Contains(strings.ToLower(stderr), args[0][1:]) {
			t.Errorf("%v: code %d, stderr %q", args, code, stderr)
		}
	}
}

func TestHoldOutSplitsAllRows(t *testing.T) {
	rows, err := readTable(context.Background(), "", nil, func(r io.Reader) (*table.Table, error) { return table.Read(context.Background(), r, nil) })
	if err != nil || rows.Rows() != 1030 || len(rows.Features) != 8 {
		t.Fatal(err)
	}
	rest, held, at := holdOut(rows, 0.2, 1)
	for p, i := range at {
		if rest.Y[p] != rows.Y[i] {
			t.Fatalf("row %d to train on is not row %d of the file", p, i)
		}
	}
	again, _, _ := holdOut(rows, 0.2, 1)
	other, _, _ := holdOut(rows, 0.2, 2)
	if rest.Rows() != 824 || held.Rows() != 206 || fmt.Sprint(rest.Y) != fmt.Sprint(again.Y) || fmt.Sprint(rest.Y) == fmt.Sprint(other.Y) {
		t.Error("the split is not what the seed says")
	}
	count := make(map[string]int)
	for i := range rows.Y {
		count[fmt.Sprint(rows.X[8*i:8*i+8], rows.Y[i])]++
	}
	for _, p := range []*table.Table{rest, held} {
		for i := range p.Y {
			count[fmt.Sprint(p.X[8*i:8*i+8], p.Y[i])]--
		}
	}
	for row, n := range count {
		if n != 0 {
			t.Errorf("row %s: %d too many", row, n)
		}
	}
	if rest, held, _ := holdOut(rows, 0.9999, 1); rest.Rows() != 1 || held.Rows() != 1029 {
		t.Error("no row is left to train on")
	}
}

func TestScore(t *testing.T) {
	s := newScore([]float64{1, 2, 3, math.NaN()}, []float64{1, 2, 5, 9}, 2)
	if s.Rows != 3 || math.Abs(float64(s.RMSE)-math.Sqrt(4./3)) > 1e-15 || math.Abs(float64(s.Deviation)-math.Sqrt(1./3)) > 1e-15 || s.R2 != -1 {
		t.Errorf("%+v", s)
	}
	if s := newScore([]float64{3, 3}, []float64{3, 3}, 1); s.RMSE != 0 || s.R2 == s.R2 {
		t.Errorf("%+v", s)
	}
	if s := newScore([]float64{1e200, -1e200}, []float64{1e200, 1e200}, 1e200); math.Abs(float64(s.Deviation)-math.Sqrt2) > 1e-15 || s.R2 != -1 {
		t.Errorf("%+v", s)
	}
}

func TestLiveLineFitsATerminal(t *testing.T) {
	var b bytes.Buffer
	p := newProgress(&b, liveLine, 60)
	locked := func(f func()) { // the line moves by itself
		p.mu.Lock()
		defer p.mu.Unlock()
		f()
	}
	for drawn := false; !drawn; time.Sleep(10 * time.Millisecond) {
		locked(func() { drawn = b.Len() > 0 })
	}
	p.step(train.Step{Loss: 400, TrainRMSE: 1, ValidRMSE: 1.1})
	p.step(train.Step{Index: 1, Accepted: true, Loss: 1.23456789e-100, TrainRMSE: 1.23456e-100, ValidRMSE: 1.23456e-100, Damping: 1e-100, InnerIters: 123456})
	locked(func() { b.WriteString("|") })
	p.step(train.Step{Index: 12, Accepted: true, Loss: 1.234e-2, TrainRMSE: 0.03123, ValidRMSE: 0.2412, Damping: 1.2e-3, InnerIters: 12})
	locked(func() { b.WriteString("|") })
	locked(func() {
		if line := strings.Split(b.String(), "|")[1]; !strings.Contains(line, "left") {
			t.Errorf("an ordinary line is cut: %q", line)
		}
	})
	p.step(train.Step{Index: 2, Loss: 3, TrainRMSE: 0.5, ValidRMSE: math.NaN(), Damping: 0.1})
	p.close()
	text := strings.ReplaceAll(b.String(), "|", "")
	if !strings.HasSuffix(text, "\n") || strings.Count(text, "\n") != 1 || !strings.HasPrefix(text, "\rpreparing") {
		t.Errorf("%q", text)
	}
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\r")[1:]
	before := 0
	for _, line := range lines {
		n := len([]rune(line))
		if n > 79 || n < before {
			t.Errorf("line of %d characters after one of %d: %q", n, before, line)
		}
		before = len([]rune(strings.TrimRight(line, " ")))
	}
	if last := lines[len(lines)-1]; !regexp.MustCompile(`^2/60 loss 3\.00e\+00 \(taken back\) train 0\.5 λ 1e-01 \d+\.\ds, ≤ \d+s left *$`).MatchString(last) {
		t.Errorf("%q", last)
	}
}

func TestNumbersInJSON(t *testing.T) {
	b, err := json.Marshal([]number{1.5, number(math.NaN()), number(math.Inf(-1)), 1e300, 5e-324})
	if err != nil || string(b) != "[1.5,null,null,1e+300,5e-324]" {
		t.Errorf("%s, %v", b, err)
	}
}

// TestFitTellsOfLogarithmsOfTheTarget: in the lines, on the page, as JSON, and of the model.
func TestFitTellsOfLogarithmsOfTheTarget(t *testing.T) {
	dir := t.TempDir()
	var b strings.Builder
	b.WriteString("a,b,y\n")
	for i := range 200 {
		u, v := float64(7*i%200)/50-2, float64(11*i*i%197)/50-2
		fmt.Fprintf(&b, "%g,%g,%g\n", u, v, math.Exp(u+v))
	}
	data, m, page := file(t, dir, "d.csv", b.String()), filepath.Join(dir, "m"), filepath.Join(dir, "p.html")
	code, stdout, stderr := call(t, quick("-data", data, "-out", m, "-report", page)...)
	if code != 0 || !strings.Contains(stdout, "target in logarithms") || !strings.Contains(stdout, " standard deviations of the logarithm of the target") || !strings.Contains(stdout, "test     RMSE ") {
		t.Fatalf("code %d, %s%s", code, stdout, stderr)
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "standard deviations of the logarithm of the target") {
		t.Errorf("the page: %v", err)
	}
	if _, stdout, _ := call(t, "info", "-model", m); !strings.Contains(stdout, ", fitted in logarithms\n") {
		t.Errorf("info: %s", stdout)
	}
	for _, c := range []struct {
		data, want string
	}{{data, `"targets_in_logarithms":[true]`}, {someRows(t, dir), `"targets_in_logarithms":null`}} {
		if _, stdout, _ := call(t, quick("-data", c.data, "-json")...); !strings.Contains(stdout, c.want) {
			t.Errorf("no %s in %s", c.want, stdout)
		}
	}
}

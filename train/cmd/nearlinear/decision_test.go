package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
)

// rareClass returns a table of which one row in ten is a yes.
func rareClass(rows int, seed uint64) string {
	rng := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	b.WriteString("a,b,y\n")
	for range rows {
		u, v, y := rng.NormFloat64(), rng.NormFloat64(), "no"
		if u+0.7*rng.NormFloat64() > 1.6 {
			y = "yes"
		}
		fmt.Fprintf(&b, "%.3f,%.3f,%s\n", u, v, y)
	}
	return b.String()
}

// TestDecideIsToldAndKept: the threshold that fit tells is in the file, and predict tells more rows to be of the
// rare class than by probability.
func TestDecideIsToldAndKept(t *testing.T) {
	dir := t.TempDir()
	data, saved := file(t, dir, "data.csv", rareClass(300, 1)), filepath.Join(dir, "m.model")
	code, stdout, stderr := call(t, "fit", "-data", data, "-width", "32", "-decide", "balanced", "-out", saved)
	if code != 0 || !strings.Contains(stdout, "; balanced accuracy 0.") || !strings.Contains(stdout, "\ndecision yes is told from the probability 0.") || !strings.Contains(stdout, "%, balanced accuracy 0.") {
		t.Fatalf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	_, described, _ := call(t, "info", "-model", saved)
	if at := strings.Index(stdout, "decision yes"); !strings.Contains(described, stdout[at:at+strings.IndexByte(stdout[at:], '\n')]) {
		t.Errorf("info says\n%s", described)
	}
	code, predicted, stderr := call(t, "predict", "-model", saved, "-data", file(t, dir, "new.csv", rareClass(200, 2)))
	said, probable := 0, 0
	for _, line := range strings.Split(strings.TrimSpace(predicted), "\n")[1:] {
		var no, yes float64
		fields := strings.Split(line, ",")
		fmt.Sscan(fields[1], &no)
		fmt.Sscan(fields[2], &yes)
		if fields[0] == "yes" {
			said++
		}
		if yes >= no {
			probable++
		}
	}
	if code != 0 || said <= probable+5 {
		t.Errorf("code %d, %d rows are told to be yes, %d by probability; %s", code, said, probable, stderr)
	}
	code, stdout, stderr = call(t, "fit", "-data", data, "-width", "32", "-balanced", "-decide", "f1", "-json")
	var result struct {
		Balanced bool
		Decision struct {
			Metric    string
			Value     float64
			Threshold float64
			Offsets   []float64
		}
		Test []struct {
			Metric string
			Value  float64 `json:"metric_value"`
		}
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &result); err != nil || code != 0 {
		t.Fatalf("%v, code %d, %s", err, code, stderr)
	}
	if d := result.Decision; !result.Balanced || d.Metric != "f1" || !(d.Value > 0 && d.Value <= 1) || !(d.Threshold > 0 && d.Threshold < 1) || len(d.Offsets) != 1 || result.Test[0].Metric != "F1" || !(result.Test[0].Value > 0) {
		t.Errorf("%+v", result)
	}
}

// TestDecideRefusesWhatItCannotDo.
func TestDecideRefusesWhatItCannotDo(t *testing.T) {
	data := file(t, t.TempDir(), "data.csv", rareClass(60, 3))
	for _, c := range []struct {
		flags string
		code  int
		want  string
	}{
		{"-decide auc", exitUsage, `-decide "auc" is none of probable, accuracy, balanced, f1`},
		{"-decide f1 -ridge 0.1", exitUsage, "Decide"},
		{"-target a -balanced -drop y", exitUsage, "Balanced is for classes"},
	} {
		code, _, stderr := call(t, append([]string{"fit", "-data", data, "-width", "8"}, strings.Fields(c.flags)...)...)
		if code != c.code || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d, %s", c.flags, code, stderr)
		}
	}
}

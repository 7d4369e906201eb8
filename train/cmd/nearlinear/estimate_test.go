package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kinds is a table of two classes told by a category and a number, beside noise.
func kinds(t *testing.T, dir string) string {
	rng := rand.New(rand.NewPCG(3, 3))
	var b strings.Builder
	b.WriteString("noise,kind,size,class\n")
	for range 300 {
		k, v := rng.IntN(3), rng.NormFloat64()
		fmt.Fprintf(&b, "%g,%s,%g,%s\n", rng.NormFloat64(), []string{"low", "mid", "high"}[k], v, []string{"bad", "good"}[min(1, int(math.Exp(2*float64(k-1)+v+0.5*rng.NormFloat64())))])
	}
	return file(t, dir, "kinds.csv", b.String())
}

// TestFitTellsClassesAndColumns: the last object of -json has them as data, with the values of a category, the text
// has a line each, and without -importance or -report there is none of columns.
func TestFitTellsClassesAndColumns(t *testing.T) {
	dir := t.TempDir()
	args := []string{"fit", "-data", kinds(t, dir), "-target", "class", "-test", "0", "-width", "64", "-steps", "1"}
	code, stdout, stderr := call(t, append(args, "-json", "-importance")...)
	if code != 0 {
		t.Fatal(stderr)
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	var result struct{ Estimate estimate }
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &result); err != nil {
		t.Fatal(err)
	}
	e := result.Estimate
	rows, right := number(0), number(0)
	for c, row := range e.Confusion {
		for told, n := range row {
			if rows += n; told == c {
				right += n
			}
		}
	}
	if int(rows) != e.Rows || math.Abs(float64(right/rows-e.Accuracy)) > 1e-12 || len(e.Reliability) != 15 || !(e.ECE > 0 && e.ECEByChance > 0) || len(e.Recall) != 2 || !(e.Precision[1] > 0.5) {
		t.Errorf("%+v", e)
	}
	i := e.Importance
	if i == nil || len(i.Columns) != 3 || i.Columns[0].Column != "kind" || !i.Columns[0].Significant || i.Columns[2].Column != "noise" || i.Columns[2].Significant {
		t.Fatalf("%+v", i)
	}
	good := map[string]number{}
	for _, p := range i.Columns[0].Dependence {
		good[p.Text] = p.Mean[1]
	}
	if !(good["low"] < good["mid"] && good["mid"] < good["high"]) {
		t.Errorf("probability of good by kind: %v", good)
	}
	page := filepath.Join(dir, "page.html")
	for _, c := range []struct {
		flag, value string
		columns     bool
	}{{"-report", page, true}, {"-seed", "0", false}} {
		code, stdout, stderr := call(t, append(args, c.flag, c.value)...)
		if code != 0 {
			t.Fatal(stderr)
		}
		if !strings.Contains(stdout, "recall   (and precision) of ") || !strings.Contains(stdout, "confused ") || !strings.Contains(stdout, "calibration error") || strings.Contains(stdout, "permuted log-loss rises by kind ") != c.columns {
			t.Errorf("%s: %s", c.flag, stdout)
		}
	}
	if text, err := os.ReadFile(page); err != nil || !strings.Contains(string(text), "Predictions along columns") || !strings.Contains(string(text), ">kind<") {
		t.Errorf("the page lacks columns, %v", err)
	}
}

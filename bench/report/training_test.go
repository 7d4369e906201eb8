package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/bench"
	"github.com/nearlinear/nearlinear/bench/internal/sections"
	"github.com/nearlinear/nearlinear/train"
)

// The curve of a fit has the errors of its report, at times that rise, and ends with the
// result. Without a ridge training comes to errors that the ridge keeps it from.
func TestTrainOurs(t *testing.T) {
	t.Chdir("..") // where the tables are
	ctx := context.Background()
	table, err := bench.LoadTable(ctx, t.TempDir(), "concrete")
	if err != nil {
		t.Fatal(err)
	}
	fit, test := table.Split(1)
	fit = fit[:200]
	var runs [][]trained
	for _, c := range contenders(512)[:2] {
		r, err := trainOurs(ctx, table, fit, test, c.options)
		if err != nil {
			t.Fatal(err)
		}
		for i, at := range r.Curve[1:] {
			if at[0] < r.Curve[i][0] || at[1] > r.Curve[i][1]+0.01 {
				t.Errorf("%s: %g after %g", c.name, at, r.Curve[i])
			}
		}
		if e, f := end(r); e > 0.5 || f > 1 || r.Curve[len(r.Curve)-1][0] != r.Seconds {
			t.Errorf("%s: training error %g, test error %g", c.name, e, f)
		}
		runs = append(runs, []trained{r})
	}
	with, _ := end(runs[0][0])
	without, _ := end(runs[1][0])
	if without > with/2 {
		t.Errorf("training error with ridge %g, without %g", with, without)
	}
}

// The least error that a peer came to is looked for in the curves of this library, down to the
// goal.
func TestRaces(t *testing.T) {
	run := func(curve ...[3]float64) []trained { return []trained{{Seconds: curve[len(curve)-1][0], Curve: curve}} }
	runs := [][]trained{
		run([3]float64{1, 0.3, 0}, [3]float64{2, 0.15, 1}),
		run([3]float64{0.1, 0.5, 0}, [3]float64{0.2, 9e-4, 0}),
		run([3]float64{1, 0.3, 0.9}, [3]float64{2, 0.2, 0.7}, [3]float64{3, 0.4, 0.9}),
		run([3]float64{1, 0.2, 0.9}, [3]float64{3, 8e-4, 0.8}, [3]float64{4, 1e-6, 0.8}),
		nil,
		run([3]float64{1, 1e-3, 0.4}),
	}
	want := []string{"set|Adam, PyTorch|0.2|2 s|2 s|200 ms", "set|L-BFGS, PyTorch|0.001|3 s|never|200 ms"}
	got := races(trainingSet{name: "set"}, contenders(64), runs)
	if len(got) != len(want) {
		t.Fatalf("races %q", got)
	}
	for i := range want {
		if strings.Join(got[i], "|") != want[i] {
			t.Errorf("race %q, want %q", got[i], want[i])
		}
	}
	if !math.IsNaN(reachTime(runs[0][0], 0.1)) {
		t.Error("an error that was never reached has a time")
	}
}

// The study as a whole, small: all that is there has a line of results, and each neural network
// of the peers one of its race.
func TestTrainingStudy(t *testing.T) {
	t.Chdir("..")
	p := &page{Page: &sections.Page{Name: "training"}, dir: t.TempDir(), quick: true}
	if err := os.Mkdir(filepath.Join(p.dir, "plots"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := training(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	text := p.Body.String()
	want, got := len(contenders(1))+3, 0
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "| concrete |") {
			got++
		}
	}
	for _, note := range p.peers {
		if strings.Contains(note, "left out") {
			t.Log(note)
			want = got
		}
	}
	if got != want || got < 2 {
		t.Errorf("%d lines of concrete, want %d, in\n%s", got, want, text)
	}
	svg, err := os.ReadFile(filepath.Join(p.dir, "plots", "training-concrete.svg"))
	if err != nil || !bytes.Contains(svg, []byte("no ridge")) || strings.Contains(text, "NaN") {
		t.Errorf("plot: %v; text:\n%s", err, text)
	}
}

// What is not known of a test error on the way does not count as the least.
func TestTrainingRows(t *testing.T) {
	all := []contender{{name: "ours", options: train.Options{}}, {name: "peer", peer: "mlp"}, {name: "absent", peer: "adam"}}
	runs := [][]trained{
		{{Seconds: 1, Curve: [][3]float64{{0.5, 0.2, math.NaN()}, {1, 0.1, 0.3}}}},
		{{Seconds: 2, Curve: [][3]float64{{1, 0.5, 0.4}, {2, 0.2, 0.6}}}, {Seconds: 4, Curve: [][3]float64{{4, 0.4, 0.8}}}},
		nil,
	}
	got := trainingRows(trainingSet{name: "set"}, all, runs)
	want := [][]string{{"set", "ours", "1 s", "0.1", "0.3", "–"}, {"set", "peer", "3 s", "0.3 ± 0.1", "0.7 ± 0.1", "0.6"}}
	if len(got) != len(want) {
		t.Fatalf("rows %q", got)
	}
	for i := range want {
		if strings.Join(got[i], "|") != strings.Join(want[i], "|") {
			t.Errorf("row %q, want %q", got[i], want[i])
		}
	}
}

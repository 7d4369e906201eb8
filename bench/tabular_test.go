package bench

import (
	"bufio"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/nearlinear/nearlinear/train"
)

// BenchmarkTabular compares test errors, all with their defaults: this library's Fit,
// scikit-learn's HistGradientBoostingRegressor, and its MLPRegressor on standardised
// features and targets, over five seeded splits of 80 to 20. Errors are root mean squares in
// standard deviations of the training target.
//
// The tables were fixed before any was trained on: concrete, and those of scikit-learn
// and of R's own packages datasets and MASS with 300 to 2500 rows, at least four
// features that are numbers or yes and no, and a response, repeated measurements and
// series along a line aside. Apart from concrete they are read from where they are installed, and
// skipped if they are not. The rules of Fit were developed on other tables.
func BenchmarkTabular(b *testing.B) {
	for _, name := range []string{"concrete", "Boston", "diabetes", "quakes", "nlschools"} {
		b.Run("set="+name, func(b *testing.B) {
			splits := 5
			if smoke() {
				splits = 1
			}
			for b.Loop() {
				compare(b, name, splits)
			}
		})
	}
}

// peerTable is the first line of peers/tabular.py.
type peerTable struct {
	About, Missing string
	X              [][]float64
	Y              []float64
}

func compare(b *testing.B, name string, splits int) {
	python, err := findPython()
	if err != nil {
		b.Skip(err)
	}
	cmd := exec.Command(python, "peers/tabular.py", name, "../train/cmd/nearlinear/concrete.csv")
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "PYTHONDONTWRITEBYTECODE=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer cmd.Wait()
	defer in.Close()
	said := json.NewDecoder(bufio.NewReader(out))
	var t peerTable
	if err := said.Decode(&t); err != nil {
		b.Fatal(err)
	}
	if t.Missing != "" {
		b.Skip(t.Missing)
	}
	errs := map[string][]float64{}
	for seed := range splits {
		perm := rand.New(rand.NewPCG(uint64(seed), 80)).Perm(len(t.Y))
		k := len(perm) * 8 / 10
		if err := json.NewEncoder(in).Encode(map[string]any{"train": perm[:k], "test": perm[k:], "seed": seed}); err != nil {
			b.Fatal(err)
		}
		var peers map[string]float64
		if err := said.Decode(&peers); err != nil {
			b.Fatal(err)
		}
		for who, e := range peers {
			errs[who] = append(errs[who], e)
		}
		errs["nearlinear"] = append(errs["nearlinear"], t.testError(b, perm[:k], perm[k:], uint64(seed)))
	}
	b.Logf("%s, %d rows, %d features", t.About, len(t.Y), len(t.X[0]))
	for _, who := range []string{"nearlinear", "boosting", "mlp"} {
		mean, sd := meanAndDeviation(errs[who])
		b.Logf("%-10s %.4f ± %.4f  %.4f", who, mean, sd, errs[who])
		b.ReportMetric(mean, who)
	}
	b.ReportMetric(0, "ns/op")
}

// testError trains on some rows with the defaults and returns the error on others.
func (t *peerTable) testError(b *testing.B, rows, test []int, seed uint64) float64 {
	part := func(at []int) (x, y []float64) {
		for _, i := range at {
			x, y = append(x, t.X[i]...), append(y, t.Y[i])
		}
		return x, y
	}
	x, y := part(rows)
	model, _, err := train.Fit(b.Context(), x, y, len(t.X[0]), &train.Options{Seed: seed})
	if err != nil {
		b.Fatal(err)
	}
	xt, yt := part(test)
	pred := make([]float64, len(yt))
	if err := model.Predict(pred, xt); err != nil {
		b.Fatal(err)
	}
	for i, v := range yt {
		pred[i] -= v
	}
	_, scale := meanAndDeviation(y)
	mean, sd := meanAndDeviation(pred)
	return math.Hypot(mean, sd) / scale
}

func meanAndDeviation(v []float64) (mean, sd float64) {
	for _, a := range v {
		mean += a / float64(len(v))
	}
	for _, a := range v {
		sd += (a - mean) * (a - mean) / float64(len(v))
	}
	return mean, math.Sqrt(sd)
}

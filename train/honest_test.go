package train

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

// Fit is honest: where there is nothing to learn it says so, and the error that it tells is the
// one on new rows.

// noisy draws n rows of d normal features; the target is 3·sin of the first, plus the product of
// the next two, times signal, and normal noise.
func noisy(n, d int, signal float64, seed uint64) (x, y []float64) {
	rng := rand.New(rand.NewPCG(seed, 77))
	x, y = make([]float64, n*d), make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	for i := range y {
		row := x[i*d:]
		y[i] = rng.NormFloat64() + signal*(3*math.Sin(row[0])+row[1]*row[2%d])
	}
	return x, y
}

// signalOf returns the targets without noise.
func signalOf(x []float64, d int) []float64 {
	y := make([]float64, len(x)/d)
	for i := range y {
		row := x[i*d:]
		y[i] = 3*math.Sin(row[0]) + row[1]*row[2%d]
	}
	return y
}

// onNew fits, and returns the root mean square error on new rows in standard deviations of
// the target in training.
func onNew(t *testing.T, x, y []float64, d int, xNew, yNew []float64) (float64, *Report) {
	t.Helper()
	m, r, err := Fit(t.Context(), x, y, d, &Options{Width: 512})
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, len(yNew))
	if err := m.Predict(p, xNew); err != nil {
		t.Fatal(err)
	}
	asm.Axpy(p, -1, yNew)
	return rmse(p) / m.Scaler.YStd[0], r
}

// TestNoiseIsNotLearnt: on pure noise the mean R² on new rows is not below −0.03, and the error
// told is that of the mean.
func TestNoiseIsNotLearnt(t *testing.T) {
	notUnderRace(t)
	seeds := uint64(8)
	if testing.Short() {
		seeds = 3
	}
	for _, c := range [][2]int{{100, 100}, {100, 500}, {300, 100}} {
		r2, told := 0.0, 0.0
		for seed := range seeds {
			x, y := noisy(c[0], c[1], 0, seed)
			xNew, yNew := noisy(2000, c[1], 0, seed+1000)
			e, r := onNew(t, x, y, c[1], xNew, yNew)
			mean, spread := 0.0, 0.0
			for _, v := range y {
				mean += v / float64(len(y))
			}
			for _, v := range y {
				spread += (v - mean) * (v - mean) / float64(len(y))
			}
			r2 += (1 - e*e*spread/float64(rmse(yNew)*rmse(yNew))) / float64(seeds)
			told += math.Log(r.Estimate.RMSE/e) / float64(seeds)
		}
		t.Logf("n=%d d=%d: R² %.4f, told/measured %.3f", c[0], c[1], r2, math.Exp(told))
		if r2 < -0.03 || math.Abs(told) > 0.05 {
			t.Errorf("n=%d d=%d: mean R² %.4f on new rows, error told %.3f times the measured", c[0], c[1], r2, math.Exp(told))
		}
	}
}

// TestRepeatedRowsDeceiveNobody: rows that stand twice, some that do, and rows five times with
// other noise: no error on new rows is more than a few per cent above that of the plain table, nor is the
// error told below the one measured.
func TestRepeatedRowsDeceiveNobody(t *testing.T) {
	notUnderRace(t)
	const n, d = 150, 5
	seeds := uint64(6)
	if testing.Short() {
		seeds = 2
	}
	ratio, told := map[string]float64{}, map[string]float64{}
	for seed := range seeds {
		x, y := noisy(n, d, 1, seed)
		xNew, yNew := noisy(2000, d, 1, seed+1000)
		plain, _ := onNew(t, x, y, d, xNew, yNew)
		scale := func(y []float64) float64 { return deviation(y) / deviation(yNew) }
		plain *= scale(y)
		rng := rand.New(rand.NewPCG(seed, 3))
		without := signalOf(x, d)
		for name, c := range map[string]struct {
			rows, times int
			noise       float64
		}{"all twice": {n, 2, 0}, "some twice": {45, 2, 0}, "five times with noise": {n, 5, 1}} {
			xs, ys := append([]float64(nil), x...), append([]float64(nil), y...)
			for range c.times - 1 {
				xs = append(xs, x[:c.rows*d]...)
				for i, v := range y[:c.rows] {
					if c.noise > 0 { // the same signal, and noise of its own
						v = without[i] + c.noise*rng.NormFloat64()
					}
					ys = append(ys, v)
				}
			}
			e, r := onNew(t, xs, ys, d, xNew, yNew)
			ratio[name] += math.Log(e*scale(ys)/plain) / float64(seeds)
			told[name] += math.Log(r.Estimate.RMSE/e) / float64(seeds)
		}
	}
	for name := range ratio {
		line := fmt.Sprintf("%s: error %.3f times that of the plain table, told %.3f times the measured", name, math.Exp(ratio[name]), math.Exp(told[name]))
		t.Log(line)
		if limit := math.Log(1.05); ratio[name] > limit || told[name] < math.Log(0.9) {
			t.Error(line)
		}
	}
}

func deviation(y []float64) float64 {
	mean, square := 0.0, 0.0
	for _, v := range y {
		mean += v / float64(len(y))
	}
	for _, v := range y {
		square += (v - mean) * (v - mean) / float64(len(y))
	}
	return math.Sqrt(square)
}

// TestFewFeaturesOfMany: five features of a hundred matter; the scales find them.
func TestFewFeaturesOfMany(t *testing.T) {
	notUnderRace(t)
	const n, d = 300, 100
	x, y := noisy(n, d, 1, 5)
	xNew, yNew := noisy(2000, d, 1, 6)
	e, r := onNew(t, x, y, d, xNew, yNew)
	m, _, err := Fit(t.Context(), x, y, d, &Options{Width: 512, KeepScale: true})
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, len(yNew))
	if err := m.Predict(p, xNew); err != nil {
		t.Fatal(err)
	}
	asm.Axpy(p, -1, yNew)
	kept := rmse(p) / m.Scaler.YStd[0]
	t.Logf("R² %.3f, %.3f with the scales kept; told %.3f", 1-e*e, 1-kept*kept, r.Estimate.R2)
	if r.Choice.Rescaled == 0 || !(e < 0.95*kept) || math.Abs(math.Log(r.Estimate.RMSE/e)) > 0.15 {
		t.Errorf("error %.3f, %.3f with the scales kept, told %.3f, rescaled %d times", e, kept, r.Estimate.RMSE, r.Choice.Rescaled)
	}
}

// TestEstimateIsTheErrorOnNewRows, over tables of more and less signal.
func TestEstimateIsTheErrorOnNewRows(t *testing.T) {
	notUnderRace(t)
	total, count := 0.0, 0.0
	for seed := range uint64(6) {
		for _, signal := range []float64{0.3, 1, 4} {
			const n, d = 400, 4
			x, y := noisy(n, d, signal, seed)
			xNew, yNew := noisy(2000, d, signal, seed+1000)
			e, r := onNew(t, x, y, d, xNew, yNew)
			total += math.Log(r.Estimate.RMSE / e)
			count++
			if math.Abs(math.Log(r.Estimate.RMSE/e)) > 5*r.Estimate.RMSEError/r.Estimate.RMSE+0.05 {
				t.Errorf("signal %g, seed %d: told %.3f ± %.3f, measured %.3f", signal, seed, r.Estimate.RMSE, r.Estimate.RMSEError, e)
			}
		}
		if testing.Short() {
			break
		}
	}
	if r := math.Exp(total / count); r < 0.95 || r > 1.07 {
		t.Errorf("told %.3f times the measured, in the geometric mean", r)
	}
}

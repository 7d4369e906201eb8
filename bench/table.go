package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// ErrNoTable: the package that a table comes with is not installed.
var ErrNoTable = errors.New("a table is not installed")

// Table is a table of numbers, as a file for peers, and as read.
type Table struct {
	Path string // CSV under a header line, the target in the last column
	*table.Table
}

// expressions of R, and the Debian package that has the data.
var expressions = map[string][2]string{
	"Boston":    {"MASS::Boston", "r-cran-mass"},
	"quakes":    {"datasets::quakes[c('lat', 'long', 'depth', 'stations', 'mag')]", "r-base-core"},
	"nlschools": {"with(MASS::nlschools, data.frame(IQ, GS, SES, COMB, lang))", "r-cran-mass"},
	"diamonds":  {"with(ggplot2::diamonds, data.frame(carat, cut = unclass(cut), color = unclass(color), clarity = unclass(clarity), depth, table, x, y, z, price))", "r-cran-ggplot2"},
	"Chicago":   {"{ data(Chicago, package = 'modeldata'); Chicago <- as.data.frame(Chicago); Chicago[c(setdiff(names(Chicago), c('ridership', 'date')), 'ridership')] }", "r-cran-modeldata"},
}

// LoadTable returns a table by name: digits and concrete are of this repository, diabetes is of
// scikit-learn, and others are of R, which write them into the folder dir. The error wraps
// ErrNoTable where the package is not installed, and names it.
func LoadTable(ctx context.Context, dir, name string) (*Table, error) {
	t := &Table{Path: filepath.Join(dir, name+".csv")}
	var cmd *exec.Cmd
	lacks := "python3-sklearn"
	switch name {
	case "digits":
		t.Path = filepath.Join("..", "train", "testdata", "digits.csv")
	case "concrete":
		t.Path = filepath.Join("..", "train", "cmd", "nearlinear", "concrete.csv")
	case "diabetes":
		python, err := findPython()
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrNoTable, err)
		}
		cmd = exec.CommandContext(ctx, python, filepath.Join("peers", "diabetes.py"), t.Path)
	default:
		e, ok := expressions[name]
		if !ok {
			return nil, fmt.Errorf("bench: there is no table %q", name)
		}
		lacks = e[1]
		cmd = exec.CommandContext(ctx, "Rscript", "-e", fmt.Sprintf("write.csv(%s, '%s', row.names = FALSE, quote = FALSE)", e[0], t.Path))
	}
	if cmd != nil {
		if text, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%w: Debian's package is %s (%w: %.200s)", ErrNoTable, lacks, err, text)
		}
	}
	file, err := os.Open(t.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if t.Table, err = table.Read(ctx, file, nil); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// Part returns the rows of the table at the given places, features and targets.
func (t *Table) Part(rows []int) (x, y []float64) {
	d := len(t.Features)
	for _, i := range rows {
		x, y = append(x, t.X[i*d:(i+1)*d]...), append(y, t.Y[i])
	}
	return x, y
}

// Split draws rows to train on, four fifths, and to test with.
func (t *Table) Split(seed uint64) (fit, test []int) {
	perm := rand.New(rand.NewPCG(seed, 80)).Perm(len(t.Y))
	k := len(perm) * 8 / 10
	return perm[:k], perm[k:]
}

// Training is what peers/tabular.py is asked for.
type Training struct {
	Method  string  `json:"method"` // boosting, mlp, adam or lbfgs
	Train   []int   `json:"train"`  // rows
	Test    []int   `json:"test"`
	Seed    uint64  `json:"seed"`
	Width   int     `json:"width,omitempty"`   // neurons, for adam and lbfgs
	Seconds float64 `json:"seconds,omitempty"` // that they may take
	Rate    float64 `json:"rate,omitempty"`    // of adam
}

// Trained is what it answers. Errors are root mean squares in standard deviations of the training
// target.
type Trained struct {
	Missing string       // why the method is not there
	Seconds float64      // of the whole training
	Curve   [][3]float64 // seconds, training error and test error on the way, the last of them the result
}

// RMSE is the error of a model on rows, in standard deviations of the target of the rows it was
// trained on.
func (t *Table) RMSE(model *model.Model, fit, rows []int) (float64, error) {
	x, y := t.Part(rows)
	pred := make([]float64, len(y))
	if err := model.Predict(pred, x); err != nil {
		return 0, err
	}
	sum := 0.0
	for i, v := range y {
		sum += (pred[i] - v) * (pred[i] - v)
	}
	_, target := t.Part(fit)
	_, scale := MeanAndDeviation(target)
	return math.Sqrt(sum/float64(len(y))) / scale, nil
}

// MeanAndDeviation returns the mean and the standard deviation of all of v.
func MeanAndDeviation(v []float64) (mean, sd float64) {
	for _, a := range v {
		mean += a / float64(len(v))
	}
	for _, a := range v {
		sd += (a - mean) * (a - mean) / float64(len(v))
	}
	return mean, math.Sqrt(sd)
}

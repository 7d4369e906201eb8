package train

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/internal/statefile"
)

// resumeCases are fits whose states differ in what they hold.
var resumeCases = []struct {
	name    string
	o       Options
	targets int
}{
	{"exact", Options{Method: Exact, Ridge: 0.1}, 1},
	{"two targets", Options{Method: Exact, Ridge: 0.1}, 2},
	{"low rank", Options{Method: GramCG, Rank: 4, Ridge: 0.01}, 1},
	{"low rank, two targets", Options{Method: GramCG, Rank: 4, Ridge: 0.1}, 2},
	{"low rank, no matrix", Options{Method: MatrixFree, Rank: 4, Ridge: 0.1}, 1},
	{"no preconditioner", Options{Method: MatrixFree, Rank: NoPreconditioner, Ridge: 0.1}, 1},
	{"sketched", Options{Method: Sketched, Ridge: 0.1}, 1},
	{"paper", Options{Rule: GaussNewton, Method: GramCG, Rank: 4, Width: 150}, 1},
	{"gradient descent", Options{Rule: GradientDescent, Ridge: 0.1}, 1},
	{"adam", Options{Rule: Adam, Ridge: 0.1}, 2},
}

// resumeData is what the cases fit.
func resumeData(targets int) (x, y []float64) {
	for i := range 8 {
		u, v := math.Sin(float64(3*i)), math.Cos(float64(5*i*i))
		x = append(x, u, v)
		for j := range targets {
			y = append(y, float64(j+1)*u*v+float64(j)*u)
		}
	}
	return x, y
}

// firstStep fits one step and returns the checkpoint's path and content.
func firstStep(t testing.TB, o *Options, targets int) (path string, file []byte) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "c")
	o.Width, o.Seed, o.MaxSteps, o.Checkpoint, o.Workers = max(o.Width, 9), 5, 1, path, 1
	x, y := resumeData(targets)
	if _, _, err := Fit(t.Context(), x, y, 2, o); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, file
}

// resumed goes on for some steps. A model that comes of it can be used, and whatever
// else comes of it is an error with a cause.
func resumed(t *testing.T, o Options, targets int) error {
	t.Helper()
	x, y := resumeData(targets)
	o.MaxSteps = 4
	m, _, err := Fit(t.Context(), x, y, 2, &o)
	if m != nil {
		fileOf(t, m) // which looks at it
	}
	switch {
	case m == nil && err == nil:
		t.Fatal("neither a model nor an error")
	case err != nil && strings.Contains(err.Error(), "%!w(<nil>)"):
		t.Fatal(err)
	}
	return err
}

// TestResumeFromAnyState sets each value of a state in turn to what no fit has there,
// under a right checksum.
func TestResumeFromAnyState(t *testing.T) {
	defer atomicfile.WithoutFlush()()
	for i, c := range resumeCases {
		if testing.Short() && i%4 != 1 {
			continue // all in the long run
		}
		t.Run(c.name, func(t *testing.T) {
			path, file := firstStep(t, &c.o, c.targets)
			head := string(file[12:][:binary.LittleEndian.Uint32(file[8:])])
			var facts statefile.Facts
			for line := range strings.Lines(head) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
				facts = append(facts, [2]string{name, value})
			}
			state := func() *savedState {
				var s savedState
				if err := os.WriteFile(path, file, 0o666); err != nil {
					t.Fatal(err)
				}
				if found, err := statefile.Read(t.Context(), path, facts, &s); !found || err != nil {
					t.Fatal(found, err)
				}
				return &s
			}
			resume := func(what string, s *savedState) error {
				if err := statefile.Write(t.Context(), path, facts, s); err != nil {
					t.Fatal(err)
				}
				defer func() {
					if p := recover(); p != nil {
						t.Errorf("%s: panic: %v", what, p)
					}
				}()
				return resumed(t, c.o, c.targets)
			}
			if err := resume("as it was", state()); err != nil {
				t.Fatal(err)
			}
			places := 0
			stride := 1
			if testing.Short() {
				stride = 5
			}
			for eachValue(state(), -1, nil, &places); places > 0; places -= stride {
				for k := range unlikely {
					s, name, at := state(), "", places
					eachValue(s, k, &name, &at)
					resume(fmt.Sprintf("%s, value %d", name, k), s)
				}
			}
			if c.targets > 1 {
				for _, stop := range []StopReason{0, -1, Cancelled, StoppedByCaller, 99} {
					s := state()
					if s.Done[0].Stop = int(stop); !errors.Is(resume("stopped", s), ErrCheckpoint) {
						t.Errorf("a target that is done and ended as %v is believed", stop)
					}
				}
			}
			for _, at := range []float64{0, math.NaN(), math.Inf(1), math.MaxFloat64} {
				s := state()
				s.Solver.Made, s.Solver.Ridge, s.Solver.At = true, 0.1, make([]float64, len(s.W))
				for i := range s.Solver.At {
					s.Solver.At[i] = at
				}
				err := resume(fmt.Sprint("preconditioner at ", at), s)
				if it := c.name == "no preconditioner"; (it || at-at != 0) && !errors.Is(err, ErrCheckpoint) {
					t.Errorf("a preconditioner at %v: %v", at, err)
				}
			}
			if strings.HasPrefix(c.name, "low rank") {
				s := state()
				s.Solver.Made, s.Solver.Ridge, s.Solver.At = true, 0.1, make([]float64, len(s.W))
				for i := 2; i < len(s.Solver.At); i += 3 {
					s.Solver.At[i] = -1 // by the bias all gates are closed, and JJᵀ is zero
				}
				if err := resume("closed gates", s); !errors.Is(err, ErrCheckpoint) {
					t.Errorf("a preconditioner of zero: %v", err)
				}
			}
		})
	}
}

var unlikely = []float64{0, -1, math.NaN(), math.Inf(1), math.MaxFloat64, math.MaxInt32}

// eachValue counts in *places, or sets the one that *places tells from behind to the
// extreme k, and says which it is. Of a slice it takes the length and the first element.
func eachValue(s *savedState, k int, name *string, places *int) {
	visitValue(reflect.ValueOf(s).Elem(), "state", k, name, places)
}

func visitValue(v reflect.Value, path string, k int, name *string, places *int) {
	mine := func() bool {
		if k < 0 {
			*places++
			return false
		}
		*places--
		if *places == 0 {
			*name = path
		}
		return *places == 0
	}
	switch v.Kind() {
	case reflect.Bool:
		if mine() {
			v.SetBool(unlikely[k] > 0)
		}
	case reflect.Int, reflect.Int64:
		if mine() {
			if e := unlikely[k]; e == e {
				v.SetInt(int64(max(math.MinInt32, min(e, math.MaxInt32))))
			}
		}
	case reflect.Float64:
		if mine() {
			v.SetFloat(unlikely[k])
		}
	case reflect.Struct:
		for i := range v.NumField() {
			visitValue(v.Field(i), path+"."+v.Type().Field(i).Name, k, name, places)
		}
	case reflect.Slice:
		if mine() { // its length
			if n := v.Len() + int(max(-1, min(unlikely[k], 1))); unlikely[k] == unlikely[k] && n >= 0 && n <= v.Len() {
				v.SetLen(n)
			} else if n > 0 {
				v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			}
			return
		}
		if v.Len() > 0 {
			visitValue(v.Index(0), path+"[0]", k, name, places)
		}
	}
}

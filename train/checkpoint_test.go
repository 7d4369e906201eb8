package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
	"github.com/nearlinear/nearlinear/train/internal/statefile"
	"github.com/nearlinear/nearlinear/train/model"
)

// checkpointCase is a fit whose checkpoints are tried: small, of every method
// and rule, with renewed preconditioners and rejected steps among them.
type checkpointCase struct {
	name    string
	targets int
	o       Options
}

var checkpointCases = []checkpointCase{
	{"exact", 1, Options{Method: Exact, Validation: 0.2, Patience: 3, MaxSteps: 9, Ridge: 0.01}},
	{"exact, two targets", 2, Options{Method: Exact, MaxSteps: 4, Folds: NoFolds}},
	{"gram-cg, two targets", 2, Options{Method: GramCG, Rank: 20, MaxSteps: 4, Ridge: 0.01}},
	{"gram-cg", 1, Options{Method: GramCG, Rank: 40, Damping: 1e-9, Ridge: NoRidge, MaxSteps: 9}},
	{"matrix-free", 1, Options{Method: MatrixFree, Rank: 30, Validation: 0.2, MaxSteps: 8, Ridge: 1e-3}},
	{"matrix-free without", 1, Options{Method: MatrixFree, MaxSteps: 6, Ridge: 0.01}},
	{"renewed", 1, Options{Method: Sketched, Damping: 1e-9, MaxSteps: 9, Ridge: 1e-6}},
	{"sketched", 1, Options{Method: Sketched, Damping: 1e-6, MaxSteps: 8, Ridge: 1e-3}},
	{"full sketch", 1, Options{Method: Sketched, Sketch: FullSRHT, MaxSteps: 4, Ridge: 0.01}},
	{"gradient descent", 2, Options{Rule: GradientDescent, MaxSteps: 12, Ridge: 0.01}},
	{"adam", 2, Options{Rule: Adam, MaxSteps: 12, Validation: 0.1, Ridge: 0.01}},
	{"chosen", 1, Options{MaxSteps: 2}},
	{"huber", 1, Options{Method: Exact, Loss: Huber, Validation: 0.2, MaxSteps: 5, Bias: 1, KeepSkew: true, KeepScale: true}},
}

func (c *checkpointCase) data() (x, y []float64, d int) {
	x, one := specimen.Tabular(160, 4, 3)
	y = make([]float64, 160*c.targets)
	for i, v := range one {
		for k := range c.targets {
			y[i*c.targets+k] = v*float64(1+k) + float64(k)*x[4*i]
		}
	}
	return x, y, 4
}

func (c *checkpointCase) fit(ctx context.Context, o Options) (*model.Model, *Report, error) {
	x, y, d := c.data()
	o.Width, o.Seed = 96, 5
	return Fit(ctx, x, y, d, &o)
}

// bitsOf tells all of a fit that has to be the same: the model file and the
// history without its times.
func bitsOf(t testing.TB, m *model.Model, r *Report) string {
	t.Helper()
	file := fileOf(t, m)
	steps := slices.Clone(r.Steps)
	for i := range steps {
		steps[i].Elapsed, steps[i].Phases = 0, Phases{}
	}
	text := fmt.Sprintf("%x %+v", file, steps)
	for _, h := range r.Targets {
		text += fmt.Sprint(len(h.Steps), h.Best, h.Stop, h.TrainRMSE, h.ValidRMSE)
	}
	return text + fmt.Sprint(r.Stop, r.Best, r.LearningRate)
}

// TestResumeHasTheSameBits ends each fit between every two of its steps, by a
// context that Progress cancels, and goes on in a Fit of its own.
func TestResumeHasTheSameBits(t *testing.T) {
	defer atomicfile.WithoutFlush()()
	renewed, rejected := 0, 0
	for _, c := range checkpointCases {
		model, report, err := c.fit(t.Context(), c.o)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		want := bitsOf(t, model, report)
		for i, s := range report.Steps {
			if s.Renewed && s.Index > 1 {
				renewed++
			}
			if !s.Accepted {
				rejected++
			}
			if !*faults && (i%5 != 1 || i > 1 && testing.Short()) {
				continue
			}
			o := c.o
			o.Checkpoint, o.CheckpointSteps = filepath.Join(t.TempDir(), "c"), 1
			ctx, cancel := context.WithCancel(t.Context())
			seen := 0
			o.Progress = func(Step) bool {
				if seen++; seen == i+2 { // the state after step i is written, and another one done
					cancel()
				}
				return true
			}
			c.fit(ctx, o)
			cancel()
			o.Progress = nil
			o.Workers = 1 + i%3
			model, r, err := c.fit(t.Context(), o)
			if err != nil {
				t.Fatalf("%s, after step %d: %v", c.name, i, err)
			}
			if r.Resumed < i || r.Resumed > i+2 || r.Resumed == 0 && i > 0 {
				t.Errorf("%s, after step %d: %d steps resumed", c.name, i, r.Resumed)
			}
			if got := bitsOf(t, model, r); got != want {
				t.Errorf("%s, after step %d: other bits", c.name, i)
				for j := range min(len(report.Steps), len(r.Steps)) {
					t.Logf("%+v\n%+v", report.Steps[j], r.Steps[j])
				}
			}
			// Again, the end is known.
			model, r, err = c.fit(t.Context(), o)
			if err != nil || bitsOf(t, model, r) != want || r.Resumed != len(r.Steps) {
				t.Errorf("%s, after step %d, once more: %v, %d steps resumed", c.name, i, err, r.Resumed)
			}
		}
	}
	if renewed == 0 || rejected == 0 {
		t.Errorf("%d renewed preconditioners, %d rejected steps: the cases are too tame", renewed, rejected)
	}
}

// fill sets every part of v to something else.
func fill(v reflect.Value, next *int) {
	*next++
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(*next%2 == 0)
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(-*next))
	case reflect.Uint64:
		v.SetUint(uint64(*next) << 40)
	case reflect.Float64:
		v.SetFloat(math.Ldexp(1.1, -*next))
	case reflect.String:
		v.SetString(strings.Repeat("ä", *next%7))
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+*next%3, 1+*next%3))
		for i := range v.Len() {
			fill(v.Index(i), next)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), next)
		}
	}
}

// TestCheckpointKeepsEveryField: whatever is added to the state, or to the
// history in it, can be written and comes back.
func TestCheckpointKeepsEveryField(t *testing.T) {
	path, f := filepath.Join(t.TempDir(), "c"), statefile.Facts{{"rows", "3"}, {"seed", "5"}}
	var s, got savedState
	next := 0
	fill(reflect.ValueOf(&s).Elem(), &next)
	if found, err := statefile.Read(t.Context(), path, f, &got); found || err != nil {
		t.Fatalf("without a file: %v, %v", found, err)
	}
	if err := statefile.Write(t.Context(), path, f, &s); err != nil {
		t.Fatal(err)
	}
	if found, err := statefile.Read(t.Context(), path, f, &got); !found || err != nil || !reflect.DeepEqual(s, got) {
		t.Fatalf("%v, %v\n%+v\n%+v", found, err, s, got)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := statefile.Write(ended, path, f, &savedState{}); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of the context: %v", err)
	}
	if found, err := statefile.Read(t.Context(), path, f, &got); !found || err != nil || !reflect.DeepEqual(s, got) {
		t.Error("an interrupted writing left its mark")
	}
}

// oneCheckpoint returns the fit of a case and its checkpoint after some steps.
func oneCheckpoint(t testing.TB, c *checkpointCase) (path string, file []byte) {
	t.Helper()
	o := c.o
	path = filepath.Join(t.TempDir(), "c")
	o.Checkpoint, o.CheckpointSteps, o.MaxSteps = path, 1, 2
	if _, _, err := c.fit(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return path, file
}

// TestAlteredCheckpointIsRefused: every byte and every length; under a right
// checksum too nothing worse happens than a wrong state.
func TestAlteredCheckpointIsRefused(t *testing.T) {
	c := checkpointCase{"", 2, Options{Method: GramCG, Rank: 20}}
	x, y, d := c.data()
	x, y = x[:8*d], y[:8*c.targets]
	path := filepath.Join(t.TempDir(), "c")
	o := Options{Width: 3, Seed: 5, Method: GramCG, Rank: 4, Ridge: 0.01, MaxSteps: 1, Checkpoint: path}
	fit := func() error {
		_, _, err := Fit(t.Context(), x, y, d, &o)
		return err
	}
	if err := fit(); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) {
		if err := os.WriteFile(path, b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	put(file)
	if err := fit(); err != nil {
		t.Fatal(err)
	}
	step := 53
	if *faults {
		step = 1
	}
	for i := 0; i < len(file); i += step {
		bad := slices.Clone(file)
		bad[i] ^= 1 << (i % 8)
		put(bad)
		if err := fit(); !errors.Is(err, ErrCheckpoint) {
			t.Fatalf("byte %d of %d altered: %v", i, len(file), err)
		}
		put(file[:i])
		if err := fit(); !errors.Is(err, ErrCheckpoint) {
			t.Fatalf("first %d bytes: %v", i, err)
		}
		for _, b := range []byte{0xff, 0x80, 1} {
			bad[i] = file[i] ^ b
			put(specimen.Reseal(bad))
			if err := fit(); err != nil && !errors.Is(err, ErrCheckpoint) && i < 8 {
				t.Fatalf("byte %d altered under a right checksum: %v", i, err)
			}
		}
	}
	put(append(slices.Clone(file), 0))
	if err := fit(); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("a byte behind: %v", err)
	}
}

// TestHostileCheckpointTakesNoMemory: a length that the file does not have is
// refused before anything is made for it.
func TestHostileCheckpointTakesNoMemory(t *testing.T) {
	path, f := filepath.Join(t.TempDir(), "c"), statefile.Facts{{"rows", "3"}}
	if err := statefile.Write(t.Context(), path, f, struct{ Elapsed, Done uint64 }{0, 1 << 40}); err != nil {
		t.Fatal(err)
	}
	var s savedState
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := statefile.Read(t.Context(), path, f, &s); !errors.Is(err, ErrCheckpoint) {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 1<<19 {
		t.Errorf("%d bytes allocated", n)
	}
}

// TestCheckpointOfAnotherFitIsRefused: the error names what differs.
func TestCheckpointOfAnotherFitIsRefused(t *testing.T) {
	c := checkpointCase{"", 1, Options{Method: MatrixFree, Rank: 20, Ridge: 1e-3}}
	path, _ := oneCheckpoint(t, &c)
	x, y, d := c.data()
	for want, alter := range map[string]func(o *Options){
		`rows: "160" there, "159" here`:               func(*Options) { x, y = x[:159*d], y[:159] },
		"hash of the features: ":                      func(*Options) { x[7]++ },
		"hash of the targets: ":                       func(*Options) { y[7]++ },
		`Ridge: "0.001" there, "0.25" here`:           func(o *Options) { o.Ridge = 0.25 },
		`Seed: "5" there, "6" here`:                   func(o *Options) { o.Seed = 6 },
		`Method: "matrix-free" there, "gram-cg" here`: func(o *Options) { o.Method = GramCG },
		`Validation: none there, "0.1" here`:          func(o *Options) { o.Validation = 0.1 },
		`Loss: none there, "huber" here`:              func(o *Options) { o.Loss = Huber },
		`Rank: "20" there, "21" here`:                 func(o *Options) { o.Rank = 21 },
		`Width: "96" there, "97" here`:                func(o *Options) { o.Width = 97 },
		`targets: "1" there, "2" here`:                func(o *Options) { y = append(y, y...) },
		`features: "4" there, "2" here`:               func(o *Options) { x, d = x[:320], 2 },
		"":                                            func(o *Options) { o.Workers, o.MaxSteps, o.TimeLimit = 3, 4, time.Hour },
	} {
		x, y, d = c.data()
		o := c.o
		o.Width, o.Seed, o.Checkpoint, o.MaxSteps = 96, 5, path, 2
		alter(&o)
		_, r, err := Fit(t.Context(), x, y, d, &o)
		if want == "" {
			if err != nil || r.Resumed != 3 || len(r.Steps) != 5 {
				t.Errorf("what may differ: %v, %d steps resumed", err, r.Resumed)
			}
			os.Remove(path)
			path, _ = oneCheckpoint(t, &c)
			continue
		}
		if !errors.Is(err, ErrCheckpoint) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if err := os.WriteFile(path, []byte("a,b,y\n1,2,3\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.fit(t.Context(), Options{Checkpoint: path}); !errors.Is(err, ErrCheckpoint) || !strings.Contains(err.Error(), "it is no checkpoint") {
		t.Errorf("a table: %v", err)
	}
}

// TestTimeLimitCountsAllRuns: what earlier runs took is gone.
func TestTimeLimitCountsAllRuns(t *testing.T) {
	c := checkpointCase{"", 1, Options{Method: Exact}}
	path, _ := oneCheckpoint(t, &c)
	model, report, err := c.fit(t.Context(), Options{Method: Exact, Checkpoint: path, TimeLimit: time.Nanosecond})
	if err != nil || model == nil || report.Stop != TimedOut || report.Resumed != 3 || len(report.Steps) != 3 {
		t.Fatalf("%v, %+v", err, report)
	}
	if want := report.Steps[report.Best].TrainRMSE; report.TrainRMSE != want || !(want < report.Steps[0].TrainRMSE) {
		t.Errorf("the model has error %g", report.TrainRMSE)
	}
}

// TestCheckpointThatCannotBeWritten: a bad path is refused before training; one that
// goes bad meanwhile ends nothing.
func TestCheckpointThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	c := checkpointCase{"", 1, Options{Method: Exact, MaxSteps: 3, CheckpointSteps: 1}}
	o := c.o
	o.Checkpoint = filepath.Join(dir, "none", "c")
	if _, _, err := c.fit(t.Context(), o); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no such directory: %v", err)
	}
	sub := filepath.Join(dir, "sub")
	if err := os.Mkdir(sub, 0o777); err != nil {
		t.Fatal(err)
	}
	o.Checkpoint = filepath.Join(sub, "c")
	o.Progress = func(s Step) bool { os.RemoveAll(sub); return true }
	_, report, err := c.fit(t.Context(), o)
	if err != nil || len(report.Steps) != 4 || !errors.Is(report.CheckpointErr, os.ErrNotExist) {
		t.Errorf("a directory that goes away: %v, %v", err, report)
	}
	o.Progress = func(s Step) bool { os.Mkdir(sub, 0o777); return true }
	if err := os.Mkdir(sub, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, report, err = c.fit(t.Context(), o); err != nil || report.CheckpointErr != nil {
		t.Errorf("%v, %v", err, report.CheckpointErr)
	}
}

package train

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/model"
)

// golden are hashes of the weights, the history and the predictions of five
// steps on a part of the concrete data. They hold on every path, worker count
// and architecture; a change of algorithm that is meant to change results
// changes them, and says so in the changelog.
var golden = map[string]string{
	"exact":       "488756310b1e32e0d4f126b0",
	"sketched":    "a5e24d66ee589033a176095f",
	"full":        "095ec0d0d17e2442cfd1d53a",
	"matrix-free": "0c52d714fdae2d0de95306dc",
	"gn":          "5ad535cc42662b8a54457ae4",
	"gram-cg":     "99338e6fc5293e0bf55bedb2",
	"low-rank":    "797c4e7d0123f17912628a49",
	"low-rank gn": "3c9181e38e9d12dc7918db44",
	"chosen":      "ccf1c869f24231e78cb922f2",
	"gd":          "8d255f464b2879e1053984f0",
	"adam":        "9b7c7944bc5c88f0fddc764a",
}

func goldenFit(t *testing.T, name string, workers int) string {
	table := readTable(t, concreteFile, "")
	x, y, d := table.X[:301*8], table.Y[:301], 8
	o := &Options{Width: 500, Seed: 7, MaxSteps: 5, Workers: workers, Ridge: 1e-3}
	switch name {
	case "chosen":
		x, y = x[:130*8], y[:130]
		o.Width, o.Ridge = 300, 0
	case "sketched":
		o.Method, o.Sketch = Sketched, KroneckerSRHT
	case "low-rank":
		o.Method, o.Rank = MatrixFree, 50
	case "low-rank gn":
		o.Method, o.Rule, o.Rank = GramCG, GaussNewton, 50
		p := sphere(150, 8, 1)
		x, y = p.x, p.y
	case "full":
		o.Method, o.Sketch = Sketched, FullSRHT
	case "gn":
		o.Method, o.Sketch, o.Rule = Sketched, KroneckerSRHT, GaussNewton
		p := sphere(150, 8, 1)
		x, y = p.x, p.y
	case "gd":
		o.Rule = GradientDescent
	case "adam":
		o.Rule, o.Momentum = Adam, 0.8
	default:
		var err error
		if o.Method, err = ParseMethod(name); err != nil {
			t.Fatal(err)
		}
	}
	if o.Rule == GaussNewton {
		o.Ridge = 0
	}
	model, report, err := Fit(t.Context(), x, y, d, o)
	if err != nil {
		t.Fatal(err)
	}
	pred := make([]float64, len(table.Y))
	if err := model.Predict(pred, table.X); err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	write := func(x ...float64) {
		for _, v := range x {
			var b [8]byte
			if v != v {
				v = math.Inf(1) // the payload of a NaN is nobody's promise
			}
			binary.LittleEndian.PutUint64(b[:], math.Float64bits(v))
			h.Write(b[:])
		}
	}
	write(model.Nets[0].W...)
	write(pred...)
	for _, s := range report.Steps {
		write(s.Loss, s.TrainRMSE, s.ValidRMSE, s.Damping, s.GainRatio, s.StepNorm, float64(s.Flips), float64(s.InnerIters), s.InnerTrue)
	}
	return fmt.Sprintf("%x", h.Sum(nil)[:12])
}

// TestGoldenModel hashes the model file of a fit of two sections of neurons and
// two targets: its bytes are the same on every platform, big-endian ones too.
func TestGoldenModel(t *testing.T) {
	table := readTable(t, concreteFile, "")
	const n, d = 60, 8
	both := make([]float64, 0, 2*n)
	for i, v := range table.Y[:n] {
		both = append(both, v, table.X[d*(n+i)])
	}
	m, _, err := Fit(t.Context(), table.X[:n*d], both, d, &Options{Width: jacobian.Section(1) + 77, Seed: 3, MaxSteps: 3})
	if err != nil {
		t.Fatal(err)
	}
	file := fileOf(t, m)
	const want = "9de24c58ab5eed0f30834224"
	if got := fmt.Sprintf("%x", sha256.Sum256(file))[:24]; got != want {
		t.Errorf("path %s: %s, want %s", asm.Info(), got, want)
	}
	again := new(model.Model)
	if err := again.UnmarshalBinary(file); err != nil || !bytes.Equal(fileOf(t, again), file) {
		t.Errorf("read and written it is another file; %v", err)
	}
}

// TestGoldenBits: the same bits for one, two and seven workers, on the path
// this process runs on.
func TestGoldenBits(t *testing.T) {
	procs := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(procs)
	for name, want := range golden {
		for _, workers := range []int{0, 1, 2, 7} {
			if workers > 0 {
				runtime.GOMAXPROCS(workers)
			}
			if got := goldenFit(t, name, 0); got != want {
				t.Errorf("%s, GOMAXPROCS=%d, path %s: %s, want %s", name, runtime.GOMAXPROCS(0), asm.Info(), got, want)
			}
			if testing.Short() {
				break
			}
		}
		runtime.GOMAXPROCS(procs)
		if got := goldenFit(t, name, 3); got != want {
			t.Errorf("%s, Workers=3, path %s: %s, want %s", name, asm.Info(), got, want)
		}
	}
}

// TestGoldenBitsOnEveryPath runs TestGoldenBits in processes that are told to
// do without the faster kernels.
func TestGoldenBitsOnEveryPath(t *testing.T) {
	if testing.Short() {
		t.Skip("runs TestGoldenBits as make paths does")
	}
	off := map[string][]string{"avx512": {"cpu.avx512f=off", "cpu.avx2=off"}, "avx2": {"cpu.avx2=off"}}[asm.Info()]
	if off == nil {
		t.Skipf("the path %s has no slower one to choose at run time", asm.Info())
	}
	for _, setting := range off {
		cmd := exec.Command(os.Args[0], "-test.run=^TestGoldenBits$", "-test.short", "-test.v")
		cmd.Env = append(os.Environ(), "GODEBUG="+setting)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", setting, err, out)
		}
		if !strings.Contains(string(out), "--- PASS: TestGoldenBits") {
			t.Fatalf("%s: the test did not run:\n%s", setting, out)
		}
	}
}

// TestWeightsAreStandardNormal compares moments and the tail with N(0, 1).
func TestWeightsAreStandardNormal(t *testing.T) {
	net := newNetwork(asm.NewTeam(2), 0, 20000, 11, 3)
	n := float64(len(net.W))
	var m [5]float64
	tail := 0.0
	for _, w := range net.W {
		p := 1.0
		for k := range m {
			m[k] += p / n
			p *= w
		}
		if math.Abs(w) > 2 {
			tail++
		}
	}
	for k, want := range []float64{1, 0, 1, 0, 3} {
		if math.Abs(m[k]-want) > 0.06 {
			t.Errorf("moment %d is %g, want %g", k, m[k], want)
		}
	}
	if want := math.Erfc(2 / math.Sqrt2); math.Abs(tail/n-want) > 0.002 {
		t.Errorf("%g of the weights beyond two, want %g", tail/n, want)
	}
	sum := 0.0
	for _, a := range net.A {
		sum += a
	}
	if math.Abs(sum) > 5*math.Sqrt(20000) {
		t.Errorf("signs sum to %g", sum)
	}
}

// fileOf returns the model file.
func fileOf(t testing.TB, m *model.Model) []byte {
	t.Helper()
	file, err := m.MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestGoldenProbabilities hashes the probabilities of a fit of three classes.
func TestGoldenProbabilities(t *testing.T) {
	x, labels, _ := classified(60, 3, 2, 8)
	m, _, err := FitClasses(t.Context(), x, labels, 3, &Options{Width: 64, MaxSteps: 1, Seed: 2})
	if err != nil {
		t.Fatal(err)
	}
	p := make([]float64, 3*len(labels))
	if err := m.Probabilities(p, x); err != nil {
		t.Fatal(err)
	}
	h := sha256.New()
	if err := binary.Write(h, binary.LittleEndian, p); err != nil {
		t.Fatal(err)
	}
	const want = "ce525dcd8348e368b35dc769"
	if got := fmt.Sprintf("%x", h.Sum(nil)[:12]); got != want {
		t.Errorf("path %s: %s, want %s", asm.Info(), got, want)
	}
}

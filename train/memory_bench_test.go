package train

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// memoryCase is a fit whose memory is measured, in a process of its own.
type memoryCase struct {
	N, D, M, Rank int
	Method        Method
	Sketch        SketchKind
	Validation    float64
}

func (c memoryCase) String() string {
	return fmt.Sprintf("method=%v/sketch=%v/n=%d/d=%d/m=%d/rank=%d/validation=%g", c.Method, c.Sketch, c.N, c.D, c.M, c.Rank, c.Validation)
}

var memoryCases = []memoryCase{
	{N: 824, D: 8, M: 4096, Method: Exact},
	{N: 4000, D: 10, M: 4096, Method: Exact},
	{N: 8000, D: 10, M: 4096, Method: Exact},
	{N: 2000, D: 64, M: 65536, Method: Exact},
	{N: 8000, D: 10, M: 4096, Method: GramCG, Rank: 512},
	{N: 50000, D: 10, M: 4096, Method: MatrixFree, Rank: 256, Validation: 0.1},
	{N: 50000, D: 64, M: 8192, Method: MatrixFree, Rank: NoPreconditioner, Validation: 0.2},
	{N: 200000, D: 10, M: 1024, Method: MatrixFree, Rank: 128},
	{N: 1500, D: 10, M: 16384, Method: Sketched, Sketch: KroneckerSRHT},
	{N: 1500, D: 10, M: 16384, Method: Sketched, Sketch: FullSRHT},
}

var memoryFlag = flag.String("memory", "", "run this case, as JSON, for BenchmarkMemory")

// TestMemoryOfOneFit is the child of BenchmarkMemory.
func TestMemoryOfOneFit(t *testing.T) {
	if *memoryFlag == "" {
		t.Skip("for BenchmarkMemory")
	}
	var c memoryCase
	if err := json.Unmarshal([]byte(*memoryFlag), &c); err != nil {
		t.Fatal(err)
	}
	x, y := specimen.Tabular(c.N, c.D, 1)
	debug.FreeOSMemory()
	before := peakOfProcess(t, true)
	_, report, err := Fit(t.Context(), x, y, c.D, &Options{Width: c.M, Method: c.Method, Sketch: c.Sketch, Rank: c.Rank, Validation: c.Validation, Ridge: 0.1, MaxSteps: 3})
	if err != nil {
		t.Fatal(err)
	}
	fmt.Printf("memory %d %d\n", peakOfProcess(t, false)-before, report.Bytes)
}

// BenchmarkMemory compares the peak of the resident memory of a fit, over what
// the process held before, with what the plan announced.
func BenchmarkMemory(b *testing.B) {
	if runtime.GOOS != "linux" {
		b.Skip("the peak of the resident memory is read from /proc")
	}
	for _, c := range memoryCases {
		b.Run(c.String(), func(b *testing.B) {
			text, err := json.Marshal(c)
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				out, err := exec.Command(os.Args[0], "-test.run=^TestMemoryOfOneFit$", "-test.count=1", "-memory", string(text)).CombinedOutput()
				var peak, planned float64
				if _, e := fmt.Sscanf(string(out), "memory %g %g", &peak, &planned); err != nil || e != nil {
					b.Fatalf("%v, %v:\n%s", err, e, out)
				}
				b.ReportMetric(peak/1e6, "MB-peak")
				b.ReportMetric(planned/1e6, "MB-planned")
				b.ReportMetric(peak/planned, "peak/planned")
			}
		})
	}
}

package main

import (
	"reflect"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

func TestOutputOfTests(t *testing.T) {
	const one = `=== RUN   TestA
=== RUN   TestA/b
--- PASS: TestA (0.10s)
    --- PASS: TestA/b (0.00s)
--- SKIP: TestC (0.00s)
    c_test.go:3: needs root
PASS
ok  	github.com/nearlinear/nearlinear/one	1.2s
`
	if got := read(one).String(); got != "tests passed: one 1; left out: TestC" {
		t.Errorf("passed: %s", got)
	}
	for want, output := range map[string]string{
		"TestD":                                one + "--- FAIL: TestD (0.00s)\n--- PASS: TestE (0.00s)\nFAIL\nFAIL\tgithub.com/nearlinear/nearlinear/two\t0.1s\nmake: *** [two] Error 1\n",
		"FAIL\texample.org/one [build failed]": "# example.org/one\none.go:1: undefined: x\nFAIL\texample.org/one [build failed]\nmake: *** [one] Error 1\n",
	} {
		if got := read(output).failures(); got != want {
			t.Errorf("failures %q, want %q", got, want)
		}
	}
}

// A column of each key and unit, and none of what every benchmark tells.
func TestOutputOfBenchmarks(t *testing.T) {
	o := read(`BenchmarkCancel/phase=prepare/n=20000
BenchmarkCancel/phase=prepare/n=20000-2         	       5	  12358182 ns/op	         1.570 ms-worst
BenchmarkCancel/phase=cg/rank=7-16 	       5	 1 ns/op	         24.0 ms-worst	 3 B/op
--- FAIL: BenchmarkCancel/phase=memory
BenchmarkPause 	       1	5000000000 ns/op	     1.020 transform/idle
`)
	var page sections.Page
	table(&page, o.benchmarks)
	want := sections.Table([]string{"phase", "n", "ms-worst", "rank", "transform/idle"},
		[][]string{{"prepare", "20000", "1.570", "", ""}, {"cg", "", "24.0", "7", ""}, {"", "", "", "", "1.020"}})
	if got := page.Body.String(); got != want+"\n" || o.String() != "benchmarks: 3" {
		t.Errorf("%s:\n%s", o, got)
	}
}

// A target that failed or was stopped does not pass.
func TestOutputOfFuzzing(t *testing.T) {
	const progress = "fuzz: elapsed: 0s, gathering baseline coverage: 0/192 completed\nfuzz: elapsed: 3s, execs: 1050 (350/sec), new interesting: 1 (total: 193)\n"
	got := read("make: entering\ngithub.com/nearlinear/nearlinear/one FuzzA\n" + strings.ReplaceAll(progress, "3s", "2s") + progress + "PASS\nok github.com/nearlinear/nearlinear/one FuzzA\n" +
		"github.com/nearlinear/nearlinear/two FuzzB\n" + progress + "--- FAIL: FuzzB (3.21s)\n    --- FAIL: FuzzB (0.00s)\nFAIL\nFAIL github.com/nearlinear/nearlinear/two FuzzB\n" +
		"github.com/nearlinear/nearlinear/two FuzzC\n" + progress).fuzzed
	var want []row
	for i, result := range []string{"passed", fuzzFailed, "stopped early"} {
		want = append(want, row{{"package", []string{"one", "two", "two"}[i]}, {"target", "Fuzz" + "ABC"[i:i+1]}, {"result", result},
			{"time", "3s"}, {"executions", "1050"}, {"new inputs", "1"}, {"inputs", "193"}})
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

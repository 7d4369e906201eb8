package main

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestOutputOfTests(t *testing.T) {
	const output = `=== RUN   TestA
=== RUN   TestA/b
--- PASS: TestA (0.10s)
    --- PASS: TestA/b (0.00s)
--- SKIP: TestC (0.00s)
    c_test.go:3: needs root
PASS
ok  	example.org/one	1.2s
--- FAIL: TestD (0.00s)
--- PASS: TestE (0.00s)
FAIL	example.org/two	0.1s
`
	if got := tally(output); got != "2 tests passed, 1 left out" {
		t.Errorf("tally: %q", got)
	}
	if got := failures(output); !slices.Equal(got, []string{"TestD"}) {
		t.Errorf("failures: %q", got)
	}
	if got := failures("# example.org/one\none.go:1: undefined: x\nFAIL\texample.org/one [build failed]\n"); len(got) != 1 || !strings.Contains(got[0], "build failed") {
		t.Errorf("failures of a build: %q", got)
	}
}

func TestOutputOfBenchmarks(t *testing.T) {
	const output = `goos: linux
BenchmarkCancel/phase=prepare/method=exact/n=20000-2         	       5	  12358182 ns/op	         1.570 ms-worst
BenchmarkCancel/phase=cg/method=gram-cg/rank=7-16 	       5	 1 ns/op	         24.0 ms-worst	 3 B/op
--- FAIL: BenchmarkCancel/phase=memory
BenchmarkPause 	       1	5000000000 ns/op	     1.020 transform/idle
PASS
`
	all := benchmarks(output)
	want := []measured{
		{"phase=prepare/method=exact/n=20000", []metric{{"ms-worst", "1.570"}}},
		{"phase=cg/method=gram-cg/rank=7", []metric{{"ms-worst", "24.0"}}},
		{"", []metric{{"transform/idle", "1.020"}}},
	}
	if !reflect.DeepEqual(all, want) {
		t.Fatalf("%v", all)
	}
	header, rows := benchmarkTable(all[:2])
	if !slices.Equal(header, []string{"phase", "method", "n", "ms-worst", "rank"}) ||
		!slices.Equal(rows[0], []string{"prepare", "exact", "20000", "1.570", ""}) || !slices.Equal(rows[1], []string{"cg", "gram-cg", "", "24.0", "7"}) {
		t.Errorf("%q\n%q", header, rows)
	}
}

func TestCommandsAreWrittenForAShell(t *testing.T) {
	for want, c := range map[string]command{
		"GOARCH=arm64 go test -v -count=1 -timeout 2h -run 'Guard|Inside' ./asm": test("", "GOARCH=arm64", "-run Guard|Inside ./asm"),
		"go test -run '^$' -bench Pause -benchtime 1x -timeout 2h ./hadamard":    benchmark("Pause", "1x", "./hadamard"),
	} {
		if got := c.String(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	if c := test("", "", "-race ./asm").needs("no-such-program"); c.missing != "left out: no no-such-program" {
		t.Errorf("missing: %q", c.missing)
	}
}

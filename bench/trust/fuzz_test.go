package main

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
)

func TestFuzzTargets(t *testing.T) {
	got := fuzzTargets("FuzzA\nFuzzB\nok  \texample.org/one\t0.01s\n?   \texample.org/none\t[no test files]\nok  \texample.org/two\t0.02s\nFuzzC\nok  \texample.org/three\t0.02s\n")
	want := []fuzzed{{pkg: "example.org/one", target: "FuzzA"}, {pkg: "example.org/one", target: "FuzzB"}, {pkg: "example.org/three", target: "FuzzC"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}

const fuzzLog = `fuzz: elapsed: 0s, gathering baseline coverage: 0/192 completed
fuzz: elapsed: 0s, gathering baseline coverage: 192/192 completed, now fuzzing with 2 workers
fuzz: elapsed: 3s, execs: 1050 (350/sec), new interesting: 1 (total: 193)
fuzz: elapsed: 10m0s, execs: 325017 (108336/sec), new interesting: 11 (total: 202)
PASS
ok  	example.org/one	600.692s
`

func TestReadFuzz(t *testing.T) {
	one := fuzzed{pkg: "example.org/one", elapsed: "10m0s", execs: "325017", fresh: "11", total: "202", passed: true, finished: true}
	alone, headed := one, one
	alone.target, headed.target = "FuzzAlone", "FuzzHeaded"
	broken := fuzzed{pkg: "example.org/two", target: "FuzzBroken", elapsed: "3s", execs: "1050", fresh: "1", total: "193", finished: true}
	stopped := fuzzed{pkg: "example.org/two", target: "FuzzStopped", elapsed: "6s", execs: "2000", fresh: "0", total: "5"}
	for _, c := range []struct {
		name, log string
		want      []fuzzed
	}{
		{"FuzzAlone", fuzzLog, []fuzzed{alone}},
		{"one.FuzzAlone", fuzzLog, []fuzzed{alone}},
		{"log of make fuzz", "make: entering\nexample.org/one FuzzHeaded\n" + fuzzLog +
			"example.org/two FuzzBroken\nfuzz: elapsed: 3s, execs: 1050 (350/sec), new interesting: 1 (total: 193)\n--- FAIL: FuzzBroken (3.21s)\n    --- FAIL: FuzzBroken (0.00s)\nFAIL\nexit status 1\nFAIL\texample.org/two\t3.3s\n" +
			"example.org/two FuzzStopped\nfuzz: elapsed: 6s, execs: 2000 (333/sec), new interesting: 0 (total: 5)\n", []fuzzed{headed, broken, stopped}},
		{"nothing", "make: entering\n", []fuzzed{}},
	} {
		if got := readFuzz(c.name, c.log); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s:\n%+v\nwant\n%+v", c.name, got, c.want)
		}
	}
}

// A target that failed or was stopped does not pass on the page.
func TestFuzzTableTellsFailures(t *testing.T) {
	p := &page{}
	p.fuzzTable([]fuzzed{{target: "FuzzA", finished: true, passed: true}})
	if p.failed {
		t.Error("what passed is told as failed")
	}
	p.fuzzTable([]fuzzed{{target: "FuzzA", finished: true}})
	if !p.failed {
		t.Error("what failed is told as passed")
	}
}

// Logs in a folder of their own are a table of their own, below its name.
func TestFuzzLogsByFolder(t *testing.T) {
	dir := t.TempDir()
	p := &page{}
	if err := p.fuzzLogs(dir); err == nil {
		t.Fatal("no error without a log")
	}
	for file, log := range map[string]string{
		"wide/one.FuzzA.log":   fuzzLog,
		"narrow/one.FuzzB.log": fuzzLog,
		"narrow/one.FuzzC.log": "fuzz: elapsed: 3s, execs: 7 (2/sec), new interesting: 1 (total: 2)\n--- FAIL: FuzzC (3.2s)\nFAIL\n",
		"one.FuzzD.log":        fuzzLog,
	} {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(log), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.fuzzLogs(dir); err != nil {
		t.Fatal(err)
	}
	order := regexp.MustCompile(`(?m)^(narrow|wide):$|Fuzz[A-D]|\*\*failed`).FindAllString(p.Body.String(), -1)
	if got, want := strings.Join(order, " "), "FuzzD narrow: FuzzB FuzzC **failed wide: FuzzA"; got != want || !p.failed {
		t.Errorf("the tables have, in order, %s, not %s, failed %v; page:\n%s", got, want, p.failed, p.Body.String())
	}
}

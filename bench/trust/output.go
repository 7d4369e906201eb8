package main

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// outcome is what go test -v wrote, called any number of times.
type outcome struct {
	passed             map[string]int // tests, by package
	skipped, failed    []string       // tests
	soaked             string         // what the test that repeats everything says
	benchmarks, fuzzed []row
	last               string // line, but for those of make
}

// row has the names of columns and what stands in them.
type row [][2]string

const fuzzFailed = "**failed**"

var (
	verdict      = regexp.MustCompile(`^--- (PASS|FAIL|SKIP): (\S+)`)
	packageEnd   = regexp.MustCompile(`^(ok|FAIL)\s+(?:github.com/nearlinear/nearlinear/)?(\S+)\s`)
	benchmark    = regexp.MustCompile(`^Benchmark[^/\s]*?((?:/\S+?)?)(?:-\d+)?\s+\d+\s(.* \S+/op.*)$`)
	fuzzHeader   = regexp.MustCompile(`^(?:github.com/nearlinear/nearlinear/)?(\S+) (Fuzz\w+)$`)
	fuzzProgress = regexp.MustCompile(`^fuzz: elapsed: (\S+), execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)
	rounds       = regexp.MustCompile(`\d+ rounds in .*`)
)

// read reads what go test -v or make fuzz wrote.
func read(output string) *outcome {
	o := &outcome{passed: map[string]int{}}
	passed := 0                             // tests of the package that is read
	fuzzing := &row{{}, {}, {"result", ""}} // the last of fuzzed
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\n")
		if m := verdict.FindStringSubmatch(line); m != nil {
			switch m[1] {
			case "PASS":
				passed++
			case "SKIP":
				if !slices.Contains(o.skipped, m[2]) {
					o.skipped = append(o.skipped, m[2])
				}
			case "FAIL":
				o.failed = append(o.failed, m[2])
			}
		} else if m := packageEnd.FindStringSubmatch(line); m != nil {
			if passed > 0 {
				o.passed[m[2]] += passed
			}
			passed = 0
			if (*fuzzing)[2][1] = fuzzFailed; m[1] == "ok" {
				(*fuzzing)[2][1] = "passed"
			}
		} else if m := fuzzHeader.FindStringSubmatch(line); m != nil {
			o.fuzzed = append(o.fuzzed, row{{"package", m[1]}, {"target", m[2]}, {"result", "stopped early"}})
			fuzzing = &o.fuzzed[len(o.fuzzed)-1]
		} else if m := fuzzProgress.FindStringSubmatch(line); m != nil {
			*fuzzing = append((*fuzzing)[:3], row{{"time", m[1]}, {"executions", m[2]}, {"new inputs", m[3]}, {"inputs", m[4]}}...)
		} else if m := benchmark.FindStringSubmatch(line); m != nil {
			o.benchmarks = append(o.benchmarks, told(m[1], m[2]))
		} else if found := rounds.FindString(line); found != "" {
			o.soaked = found
		}
		if line != "" && !strings.HasPrefix(line, "make: ") {
			o.last = line
		}
	}
	return o
}

// told are the key=value of a benchmark's name and its figures, without those that
// every benchmark has.
func told(name, figures string) (all row) {
	for part := range strings.SplitSeq(name, "/") {
		if key, value, ok := strings.Cut(part, "="); ok {
			all = append(all, [2]string{key, value})
		}
	}
	fields := strings.Fields(figures)
	for i := 0; i+1 < len(fields); i += 2 {
		if unit := fields[i+1]; !strings.HasSuffix(unit, "/op") {
			all = append(all, [2]string{unit, fields[i]})
		}
	}
	return all
}

// String says in a few words what succeeded.
func (o *outcome) String() string {
	if o.soaked != "" {
		return o.soaked
	}
	text := fmt.Sprintf("benchmarks: %d", len(o.benchmarks))
	var tests []string
	for _, pkg := range slices.Sorted(maps.Keys(o.passed)) {
		tests = append(tests, fmt.Sprintf("%s %d", pkg, o.passed[pkg]))
	}
	if tests != nil {
		text = "tests passed: " + strings.Join(tests, ", ")
	}
	if o.skipped != nil {
		text += "; left out: " + strings.Join(o.skipped, ", ")
	}
	return text
}

// failures names the tests that failed, or else gives the last line.
func (o *outcome) failures() string {
	if o.failed == nil {
		return o.last
	}
	return strings.Join(o.failed, ", ")
}

// table adds rows, each with the columns that it has.
func table(page *sections.Page, rows []row) {
	var header []string
	cells := make([][]string, len(rows))
	for _, r := range rows {
		for _, cell := range r {
			if !slices.Contains(header, cell[0]) {
				header = append(header, cell[0])
			}
		}
	}
	for i, r := range rows {
		cells[i] = make([]string, len(header))
		for _, cell := range r {
			cells[i][slices.Index(header, cell[0])] = cell[1]
		}
	}
	if rows != nil {
		page.Table(header, cells)
	}
}

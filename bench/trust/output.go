package main

import (
	"fmt"
	"regexp"
	"strings"
)

var verdict = regexp.MustCompile(`(?m)^--- (PASS|FAIL|SKIP): (\S+)`)

// tally says how many tests the output of go test -v tells of.
func tally(output string) string {
	n := map[string]int{}
	for _, m := range verdict.FindAllStringSubmatch(output, -1) {
		n[m[1]]++
	}
	text := fmt.Sprintf("%d tests passed", n["PASS"])
	if n["SKIP"] > 0 {
		text += fmt.Sprintf(", %d left out", n["SKIP"])
	}
	return text
}

// failures names the tests that failed, or else gives the last line of the output.
func failures(output string) []string {
	var names []string
	for _, m := range verdict.FindAllStringSubmatch(output, -1) {
		if m[1] == "FAIL" {
			names = append(names, m[2])
		}
	}
	if names == nil {
		lines := strings.Split(strings.TrimSpace(output), "\n")
		names = lines[len(lines)-1:]
	}
	return names
}

// measured is a line of a benchmark.
type measured struct {
	name    string // without that of the function and the number of processors
	metrics []metric
}

type metric struct{ unit, value string }

var benchmarkLine = regexp.MustCompile(`(?m)^Benchmark[^/\s]*?(?:/(\S+?))?(?:-\d+)?[ \t]+\d+\s(.*)$`)

// benchmarks returns what the output of go test -bench tells, without the units of
// every benchmark.
func benchmarks(output string) []measured {
	var all []measured
	for _, m := range benchmarkLine.FindAllStringSubmatch(output, -1) {
		b := measured{name: m[1]}
		fields := strings.Fields(m[2])
		for i := 0; i+1 < len(fields); i += 2 {
			switch unit := fields[i+1]; unit {
			case "ns/op", "B/op", "allocs/op":
			default:
				b.metrics = append(b.metrics, metric{unit, fields[i]})
			}
		}
		all = append(all, b)
	}
	return all
}

// benchmarkTable makes a column of each key=value of the names, and of each unit.
func benchmarkTable(all []measured) (header []string, rows [][]string) {
	at := map[string]int{}
	column := func(name string) int {
		if _, ok := at[name]; !ok {
			at[name] = len(header)
			header = append(header, name)
		}
		return at[name]
	}
	put := func(row []string, name, value string) []string {
		for column(name) >= len(row) {
			row = append(row, "")
		}
		row[column(name)] = value
		return row
	}
	for _, b := range all {
		var row []string
		for part := range strings.SplitSeq(b.name, "/") {
			if key, value, ok := strings.Cut(part, "="); ok {
				row = put(row, key, value)
			}
		}
		for _, m := range b.metrics {
			row = put(row, m.unit, m.value)
		}
		rows = append(rows, row)
	}
	for i, row := range rows {
		rows[i] = append(row, make([]string, len(header)-len(row))...)
	}
	return header, rows
}

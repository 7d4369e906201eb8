package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// fuzzed is what the log of a fuzz target tells.
type fuzzed struct {
	pkg, target      string
	elapsed          string
	execs, fresh     string
	total            string
	passed, finished bool
}

var (
	fuzzHeader   = regexp.MustCompile(`^(\S*) ?(Fuzz\w+)$`)
	fuzzName     = regexp.MustCompile(`^(.*)\.(Fuzz\w+)$`)
	fuzzProgress = regexp.MustCompile(`^fuzz: elapsed: (\S+), execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)
	fuzzFailed   = regexp.MustCompile(`^--- FAIL: (Fuzz\w+)`)
	fuzzOK       = regexp.MustCompile(`^ok\s+(\S+)\s`)
)

// readFuzz reads what go test -fuzz wrote of one target or, after lines of package
// and target as make fuzz writes them, of several. The first target, if no line names
// it, is called name, which may be package.target.
func readFuzz(name, log string) []fuzzed {
	all := []fuzzed{{target: name}}
	if m := fuzzName.FindStringSubmatch(name); m != nil {
		all[0].pkg, all[0].target = m[1], m[2]
	}
	for line := range strings.Lines(log) {
		line = strings.TrimSpace(line)
		last := &all[len(all)-1]
		if m := fuzzHeader.FindStringSubmatch(line); m != nil {
			all = append(all, fuzzed{pkg: m[1], target: m[2]})
		} else if m := fuzzProgress.FindStringSubmatch(line); m != nil {
			last.elapsed, last.execs, last.fresh, last.total = m[1], m[2], m[3], m[4]
		} else if m := fuzzFailed.FindStringSubmatch(line); m != nil {
			last.target, last.finished, last.passed = m[1], true, false
		} else if m := fuzzOK.FindStringSubmatch(line); m != nil {
			last.pkg, last.finished, last.passed = m[1], true, true
		} else if strings.HasPrefix(line, "FAIL") {
			last.finished, last.passed = true, false
		}
	}
	if all[0].execs == "" && !all[0].finished {
		all = all[1:] // the text before the first target
	}
	return all
}

// fuzz runs every target of every package, or reads logs of that.
func fuzz(ctx context.Context, p *page) error {
	if p.fuzzlogs != "" {
		return p.fuzzLogs(p.fuzzlogs)
	}
	list, _, err := p.do(ctx, command{args: []string{"test", "-list", "^Fuzz", "./..."}})
	if err != nil {
		return err
	}
	var all []fuzzed
	for _, f := range fuzzTargets(list) {
		output, _, err := p.do(ctx, command{args: []string{"test", "-run", "^$", "-fuzz", "^" + f.target + "$", "-fuzztime", short(p.fuzztime), "-fuzzminimizetime", "1s", "-timeout", "0", f.pkg}})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for _, got := range readFuzz(f.target, output) {
			got.pkg, got.passed = f.pkg, got.passed && err == nil
			all = append(all, got)
		}
	}
	p.Text("`make fuzz FUZZTIME=%s`, each target with the corpus that the machine has kept:", short(p.fuzztime))
	p.fuzzTable(all)
	return nil
}

// fuzzLogs tells what the logs in a folder say, and then those in each folder in it,
// under the name of that: the path of the kernels, say.
func (p *page) fuzzLogs(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	tables := map[string][]fuzzed{}
	var folders []string
	for _, entry := range entries {
		files, folder := []string{filepath.Join(dir, entry.Name())}, ""
		if entry.IsDir() {
			folder = entry.Name()
			if files, err = filepath.Glob(filepath.Join(dir, folder, "*")); err != nil {
				return err
			}
		}
		for _, file := range files {
			log, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
			tables[folder] = append(tables[folder], readFuzz(name, string(log))...)
		}
		if !slices.Contains(folders, folder) && len(tables[folder]) > 0 {
			folders = append(folders, folder)
		}
	}
	if len(folders) == 0 {
		return fmt.Errorf("no log in %s tells of a fuzz target", dir)
	}
	slices.Sort(folders)
	p.Text("Logs of earlier runs of `go test -fuzz`; what had not ended when they were read counts as stopped.")
	for _, folder := range folders {
		if folder != "" {
			p.Text("%s:", folder)
		}
		p.fuzzTable(tables[folder])
	}
	return nil
}

// fuzzTargets reads the output of go test -list: names, then the package that has them.
func fuzzTargets(list string) []fuzzed {
	var all []fuzzed
	first := 0
	for line := range strings.Lines(list) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "Fuzz") {
			all = append(all, fuzzed{target: line})
		} else if m := fuzzOK.FindStringSubmatch(line); m != nil {
			for ; first < len(all); first++ {
				all[first].pkg = m[1]
			}
		}
	}
	return all
}

func (p *page) fuzzTable(all []fuzzed) {
	var rows [][]string
	for _, f := range all {
		result := "passed"
		switch {
		case !f.finished:
			result = "stopped early"
		case !f.passed:
			result, p.failed = "**failed**", true
		}
		rows = append(rows, []string{strings.TrimPrefix(f.pkg, "github.com/nearlinear/nearlinear/"), f.target, f.elapsed, f.execs, f.fresh, f.total, result})
	}
	p.Table([]string{"package", "target", "time", "executions", "new inputs", "inputs", "result"}, rows)
}

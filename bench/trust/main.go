package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// part is one section of the page.
type part struct {
	name, title string
	about       string // in Markdown
	targets     []target
}

// target is one of the Makefile.
type target struct {
	shows string
	make  string // its name
	needs string // a program, if it does
}

func main() {
	dir := flag.String("dir", ".", "`folder` of TRUST.md")
	only := flag.String("only", "", "`names` of sections, with commas between; all others stay as they are")
	logs := flag.String("fuzzlogs", "", "`files`, with commas between, of what make fuzz wrote, to tell of instead")
	failed := false
	var all []sections.Section
	for _, p := range parts {
		all = append(all, sections.Section{Name: p.name, Title: p.title, Make: func(ctx context.Context, page *sections.Page) error {
			if p.name == "fuzz" && *logs != "" {
				return tellLogs(page, strings.Split(*logs, ","), &failed)
			}
			return p.run(ctx, page, &failed)
		}})
	}
	flag.Usage = sections.Usage("go run ./trust", all)
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := sections.Make(ctx, filepath.Join(*dir, "TRUST.md"), head, "go run ./trust", *only, all)
	if err == nil && failed {
		err = errors.New("not all targets succeeded, see the page and the output above")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "trust:", err)
		os.Exit(1)
	}
}

const head = `# What was tried

Written by ` + "`make trust-report`" + `; see [trust](trust/doc.go). Commands run in the root of the repository. Below each section
are the command that made it and the machine.`

// run makes the targets of the part, one after the other, in the root of the repository,
// and tells their results.
func (p *part) run(ctx context.Context, page *sections.Page, failed *bool) error {
	page.Text("%s", p.about)
	var made, benchmarks, fuzzed []row
	for _, t := range p.targets {
		result, took := "left out: no "+t.needs, "–"
		if _, err := exec.LookPath(t.needs); t.needs == "" || err == nil {
			page.Progress("make %s", t.make)
			cmd := exec.CommandContext(ctx, "make", t.make)
			cmd.Dir = ".."
			cmd.Env = append(os.Environ(), "GOFLAGS=-v")          // for verdicts of tests that pass
			cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that the end of ctx reaches the tests
			cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }
			cmd.WaitDelay = 30 * time.Second
			start := time.Now()
			output, err := cmd.CombinedOutput()
			if ctx.Err() != nil {
				return ctx.Err()
			}
			o := read(string(output))
			if result, took = o.String(), time.Since(start).Round(100*time.Millisecond).String(); err != nil {
				result, *failed = "**failed**: "+o.failures(), true
				fmt.Fprintf(os.Stderr, "%s\nmake %s: %v\n", output, t.make, err)
			}
			benchmarks, fuzzed = append(benchmarks, o.benchmarks...), append(fuzzed, o.fuzzed...)
		}
		made = append(made, row{{"what", t.shows}, {"result", result}, {"time", took}, {"command", "`make " + t.make + "`"}})
	}
	table(page, made)
	table(page, benchmarks)
	table(page, fuzzed)
	return nil
}

// tellLogs tells of files of what make fuzz wrote.
func tellLogs(page *sections.Page, files []string, failed *bool) error {
	page.Command += " -fuzzlogs …"
	page.Text("Earlier runs of `make fuzz`; a target that had not ended when its log was read counts as stopped.")
	for _, file := range files {
		log, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		o := read(string(log))
		if o.fuzzed == nil {
			return fmt.Errorf("%s tells of no fuzz target", file)
		}
		for _, f := range o.fuzzed {
			*failed = *failed || f[2][1] == fuzzFailed
		}
		page.Text("%s:", strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
		table(page, o.fuzzed)
	}
	return nil
}

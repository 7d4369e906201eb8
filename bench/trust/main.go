package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// settings are the flags that parts ask for.
type settings struct {
	quick          bool
	soak, fuzztime time.Duration
	fuzzlogs       string
}

// part is one section of the page.
type part struct {
	name  string // one lower-case word
	title string
	run   func(ctx context.Context, p *page) error
}

// parts are in the order of the page.
var parts = []part{
	{"golden", "The same bits", golden},
	{"guards", "Memory beside that of the kernels", guards},
	{"edges", "Numbers and shapes at the edge", edges},
	{"faults", "Faults", faults},
	{"cancel", "Time until a fit whose context ends returns", cancelled},
	{"memory", "Memory against plan", memory},
	{"pauses", "Pauses of the collector beside a transform", pauses},
	{"concurrency", "Concurrency", concurrency},
	{"fuzz", "Fuzzing", fuzz},
}

func main() {
	var s settings
	dir := flag.String("dir", ".", "`folder` of TRUST.md")
	only := flag.String("only", "", "`names` of parts, with commas between; all others stay as they are")
	flag.DurationVar(&s.soak, "soak", 20*time.Minute, "how long fits and predictions are repeated")
	flag.DurationVar(&s.fuzztime, "fuzztime", 10*time.Minute, "how long each fuzz target runs")
	flag.StringVar(&s.fuzzlogs, "fuzzlogs", "", "`folder` of logs of go test -fuzz, or of folders of them, to tell of instead")
	flag.BoolVar(&s.quick, "quick", false, "little of everything, to see it run")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./trust [flags], from the folder bench")
		flag.PrintDefaults()
		for _, p := range parts {
			fmt.Fprintf(flag.CommandLine.Output(), "  part %-12s %s\n", p.name, p.title)
		}
	}
	flag.Parse()
	if s.quick {
		s.soak, s.fuzztime = min(s.soak, 5*time.Second), min(s.fuzztime, time.Second)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, *only, s); err != nil {
		fmt.Fprintln(os.Stderr, "trust:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, only string, s settings) error {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	chosen, err := sections.Choose(names, only)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "TRUST.md")
	written, err := sections.Read(path)
	if err != nil {
		return err
	}
	failed := false
	for _, name := range chosen {
		part := parts[slices.Index(names, name)]
		p := &page{Page: sections.Page{Name: name}, settings: s}
		began := time.Now()
		if err := part.run(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		failed = failed || p.failed
		written[name] = p.section(part, time.Since(began))
		// After each part, so that a run that is stopped keeps what it has.
		if err := sections.Write(path, head(), names, written); err != nil {
			return err
		}
	}
	if failed {
		return errors.New("not all commands succeeded, see the page and the output above")
	}
	return nil
}

func head() string {
	return `# What was tried

Written by ` + "`make trust-report`" + `; see [trust](trust/doc.go). Commands run in the root of the repository. Below each section
are the command that made it and the machine.`
}

package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// studies are in the order of the page.
var studies = []study{
	{"nearlinear", "Near-linear, measured", nearlinear},
	{"precondition", "When preconditioning pays", preconditionStudy},
	{"transform", "The Walsh–Hadamard transform", transformStudy},
	{"operator", "The products with J, and the factors", operatorStudy},
	{"training", "Training error against time", training},
	{"paper", "The table of the paper", paper},
}

func main() {
	if len(os.Args) == 2 && os.Args[1] == transformChild {
		if err := serveTransforms(os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "report:", err)
			os.Exit(1)
		}
		return
	}
	dir := flag.String("dir", ".", "`folder` of RESULTS.md and plots")
	only := flag.String("only", "", "`names` of studies, with commas between; all others stay as they are")
	quick := flag.Bool("quick", false, "small problems, to see everything run")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: go run ./report [flags], from the folder bench")
		flag.PrintDefaults()
		for _, s := range studies {
			fmt.Fprintf(flag.CommandLine.Output(), "  study %-12s %s\n", s.name, s.title)
		}
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, *only, *quick); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, dir, only string, quick bool) error {
	chosen, err := sections.Choose(names(), only)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, "RESULTS.md")
	written, err := readSections(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "plots"), 0o755); err != nil {
		return err
	}
	start := time.Now()
	for i, name := range chosen {
		s := studies[slices.Index(names(), name)]
		began := time.Now()
		p := &page{Page: sections.Page{Name: s.name}, dir: dir, quick: quick}
		p.Progress("study %d of %d, %s, %v since the start", i+1, len(chosen), s.title, time.Since(start).Round(time.Second))
		if err := s.run(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		written[s.name] = p.section(s, time.Since(began))
		// After each study, so that a run that is stopped keeps what it has.
		if err := writeReport(path, written); err != nil {
			return err
		}
	}
	return nil
}

// names returns those of the studies.
func names() []string {
	var all []string
	for _, s := range studies {
		all = append(all, s.name)
	}
	return all
}

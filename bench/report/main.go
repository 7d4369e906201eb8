package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// study is one section of the report. Its name is also that of its plots.
type study struct {
	name, title string
	run         func(ctx context.Context, p *page) error
}

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
	flag.Usage = sections.Usage("go run ./report", all("", false))
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *dir, *only, *quick); err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

const head = `# Side by side

Written by ` + "`make bench-report`" + `; see [report](report/doc.go). Times are medians, with the first and the third quartile
where a range is given; what is compared took turns in the same run. Below each section are
the command that made it and the machine.`

func run(ctx context.Context, dir, only string, quick bool) error {
	if err := os.MkdirAll(filepath.Join(dir, "plots"), 0o755); err != nil {
		return err
	}
	return sections.Make(ctx, filepath.Join(dir, "RESULTS.md"), head, "go run ./report", only, all(dir, quick))
}

// all are the sections of the report, whose plots go to dir.
func all(dir string, quick bool) []sections.Section {
	var all []sections.Section
	for _, s := range studies {
		all = append(all, sections.Section{Name: s.name, Title: s.title, Make: func(ctx context.Context, on *sections.Page) error {
			p := &page{Page: on, dir: dir, quick: quick}
			if err := s.run(ctx, p); err != nil {
				return err
			}
			if len(p.peers) > 0 {
				p.Text("Peers: %s.", strings.Join(p.peers, "; "))
			}
			if quick {
				p.Command += " -quick"
			}
			return nil
		}})
	}
	return all
}

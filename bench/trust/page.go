package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// page collects what a part has to say.
type page struct {
	sections.Page
	settings
	failed bool // a command
}

// Commands runs one command after the other and adds a table of them. result says in a
// few words what the output of one that succeeded tells.
func (p *page) Commands(ctx context.Context, all []command, result func(output string) string) error {
	var rows [][]string
	for _, c := range all {
		said, took := c.missing, "–"
		if said == "" {
			output, duration, err := p.do(ctx, c)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			took = duration.String()
			if said = result(output); err != nil {
				said = "**failed**: " + strings.Join(failures(output), ", ")
			}
		}
		rows = append(rows, []string{c.what, said, took, "`" + strings.ReplaceAll(c.String(), "|", `\|`) + "`"})
	}
	p.Table([]string{"what", "result", "time", "command"}, rows)
	return nil
}

// do runs a command, shows what it wrote if it failed, and remembers that.
func (p *page) do(ctx context.Context, c command) (output string, took time.Duration, err error) {
	p.Progress("%s", c)
	output, took, err = c.run(ctx)
	if err != nil && ctx.Err() == nil {
		p.failed = true
		fmt.Fprintf(os.Stderr, "%s\n%s: %v\n", output, c, err)
	}
	return output, took, err
}

// section is the text of the part as it stands on the page.
func (p *page) section(of part, took time.Duration) string {
	command := "go run ./trust -only " + p.Name
	switch {
	case p.Name == "concurrency":
		command += " -soak " + short(p.soak)
	case p.Name == "fuzz" && p.fuzzlogs == "":
		command += " -fuzztime " + short(p.fuzztime)
	case p.Name == "fuzz":
		command += " -fuzzlogs …"
	}
	if p.quick {
		command += " -quick"
	}
	return p.Section(of.title, command, took)
}

// short writes whole minutes and seconds without the zeros of Duration.String.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

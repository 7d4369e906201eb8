package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// study is one section of the report.
type study struct {
	name  string // of the section and of its plots: one lower-case word
	title string
	run   func(ctx context.Context, p *page) error
}

// page collects what a study has to say.
type page struct {
	sections.Page
	dir   string
	quick bool
	peers []string // what peers said of themselves, and who was missing
}

// Plot draws the chart to plots/<name of the study>-<name>.svg and shows it with its
// title as the caption.
func (p *page) Plot(name string, c chart) error {
	file := "plots/" + p.Name + "-" + name + ".svg"
	if err := c.draw(filepath.Join(p.dir, file)); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	fmt.Fprintf(&p.Body, "![%s](%s)\n\n", c.title, file)
	return nil
}

// Peer notes a peer's versions for the foot of the section.
func (p *page) Peer(name, about string) {
	p.note(name + ": " + about)
}

// Missing notes that a peer is left out.
func (p *page) Missing(name string, why error) {
	p.Progress("without %s: %v", name, why)
	p.note(fmt.Sprintf("**left out: %s** (%s)", name, strings.ReplaceAll(why.Error(), "\n", "; ")))
}

func (p *page) note(line string) {
	for _, have := range p.peers {
		if have == line {
			return
		}
	}
	p.peers = append(p.peers, line)
}

// section is the text of the study as it stands in the report.
func (p *page) section(s study, took time.Duration) string {
	if len(p.peers) > 0 {
		p.Text("Peers: %s.", strings.Join(p.peers, "; "))
	}
	command := "go run ./report -only " + s.name
	if p.quick {
		command += " -quick"
	}
	return p.Section(s.title, command, took)
}

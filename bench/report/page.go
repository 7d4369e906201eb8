package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// page collects what a study has to say.
type page struct {
	*sections.Page
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
	if !slices.Contains(p.peers, line) {
		p.peers = append(p.peers, line)
	}
}

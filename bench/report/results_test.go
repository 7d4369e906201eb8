package main

import (
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// A peer is named once, at the foot of the section.
func TestSectionNamesPeersOnce(t *testing.T) {
	p := &page{Page: sections.Page{Name: "first"}, quick: true}
	p.Text("text of %s", "first")
	p.Table([]string{"a", "b"}, [][]string{{"1", "2"}})
	p.Peer("peer", "1.0")
	p.Peer("peer", "1.0")
	text := p.section(study{name: "first", title: "One"}, time.Minute)
	if n := strings.Count(text, "peer: 1.0"); n != 1 || !strings.Contains(text, "| 1 | 2 |") || !strings.Contains(text, "text of first") {
		t.Errorf("the peer is named %d times in\n%s", n, text)
	}
}

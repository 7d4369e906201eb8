package main

import (
	"errors"
	"slices"
	"testing"

	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// The foot of a section names each peer once.
func TestPeersAreNamedOnce(t *testing.T) {
	p := &page{Page: &sections.Page{Name: "first"}}
	for range 2 {
		p.Peer("peer", "1.0")
		p.Missing("other", errors.New("not\nhere"))
	}
	if want := []string{"peer: 1.0", "**left out: other** (not; here)"}; !slices.Equal(p.peers, want) {
		t.Errorf("%q, want %q", p.peers, want)
	}
}

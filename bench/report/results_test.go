package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Doing one study again leaves the sections of the others as they were.
func TestSectionsAreKept(t *testing.T) {
	saved := studies
	defer func() { studies = saved }()
	studies = []study{{name: "first", title: "One"}, {name: "second", title: "Two"}}
	path := filepath.Join(t.TempDir(), "RESULTS.md")
	sections := map[string]string{}
	for _, s := range studies {
		p := &page{name: s.name, quick: true}
		p.Text("text of %s", s.name)
		p.Table([]string{"a", "b"}, [][]string{{"1", "2"}})
		p.Peer("peer", "1.0")
		p.Peer("peer", "1.0")
		sections[s.name] = p.section(s, time.Minute)
	}
	if err := writeReport(path, sections); err != nil {
		t.Fatal(err)
	}
	got, err := readSections(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range sections {
		if got[name] != want {
			t.Errorf("section %s is read as\n%s\nwas\n%s", name, got[name], want)
		}
	}
	if n := strings.Count(got["first"], "peer: 1.0"); n != 1 {
		t.Errorf("the peer is named %d times", n)
	}
	got["second"] = "## Two, again\n"
	if err := writeReport(path, got); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	one, two := strings.Index(string(text), "text of first"), strings.Index(string(text), "Two, again")
	if one < 0 || two < one || strings.Contains(string(text), "text of second") {
		t.Errorf("the report is\n%s", text)
	}
}

func TestChoose(t *testing.T) {
	saved := studies
	defer func() { studies = saved }()
	studies = []study{{name: "a"}, {name: "b"}, {name: "c"}}
	chosen, err := choose("c,a")
	if err != nil || len(chosen) != 2 || chosen[0].name != "a" || chosen[1].name != "c" {
		t.Errorf("choose(c,a) = %v, %v", chosen, err)
	}
	if _, err := choose("d"); err == nil {
		t.Error("choose(d) chose")
	}
}

package sections

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// To make one section again leaves the others as they were.
func TestSectionsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "PAGE.md")
	if got, err := Read(path); err != nil || len(got) != 0 {
		t.Fatalf("of no page: %v, %v", got, err)
	}
	names := []string{"first", "second", "third"}
	sections := map[string]string{
		"second": "## Two\n\n" + Table([]string{"a", "b"}, [][]string{{"1", "2"}}),
		"first":  "## One\n\ntext of first\n",
	}
	if err := Write(path, "# Title\n", names, sections); err != nil {
		t.Fatal(err)
	}
	got, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range sections {
		if got[name] != want {
			t.Errorf("section %s is read as\n%s\nwas\n%s", name, got[name], want)
		}
	}
	got["second"] = "## Two, again\n"
	if err := Write(path, "# Title\n", names, got); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	one, two := strings.Index(string(text), "text of first"), strings.Index(string(text), "Two, again")
	if one < 0 || two < one || strings.Contains(string(text), "| 1 | 2 |") {
		t.Errorf("the page is\n%s", text)
	}
}

func TestChoose(t *testing.T) {
	names := []string{"a", "b", "c"}
	for only, want := range map[string][]string{"": names, "c,a": {"a", "c"}} {
		if got, err := Choose(names, only); err != nil || !slices.Equal(got, want) {
			t.Errorf("Choose(%q) = %v, %v", only, got, err)
		}
	}
	if _, err := Choose(names, "d"); err == nil {
		t.Error("Choose(d) chose")
	}
}

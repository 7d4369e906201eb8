package sections

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// To make one section again leaves the others as they were, and one that cannot be made loses
// none that were made before it.
func TestSectionsAreKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "PAGE.md")
	if got, err := Read(path); err != nil || len(got) != 0 {
		t.Fatalf("of no page: %v, %v", got, err)
	}
	made, failure := 0, error(nil)
	section := func(name string) Section {
		return Section{Name: name, Title: "Title of " + name, Make: func(_ context.Context, p *Page) error {
			if name == "third" && failure != nil {
				return failure
			}
			made++
			p.Text("%s is number %d", name, made)
			p.Table([]string{"a", "b"}, [][]string{{"1", "2"}})
			p.Command += " -fast"
			return nil
		}}
	}
	all := []Section{section("first"), section("second"), section("third")}
	page := func(only string) string {
		t.Helper()
		if err := Make(t.Context(), path, "# Head\n", "go run ./it", only, all); !errors.Is(err, failure) {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	before := page("")
	after := page("second")
	for _, want := range []string{"# Head\n", "## Title of third", "first is number 1", "third is number 3", "| 1 | 2 |", "*`cd bench && go run ./it -only second -fast`: 0s, "} {
		if !strings.Contains(before, want) || !strings.Contains(after, want) {
			t.Errorf("%q is missing on\n%s\nor, made again,\n%s", want, before, after)
		}
	}
	if want := strings.Replace(before, "second is number 2", "second is number 4", 1); after != want {
		t.Errorf("the page is\n%s\nnot\n%s", after, want)
	}
	failure = errors.New("no luck")
	if got := page("third,first"); got != strings.Replace(after, "first is number 1", "first is number 5", 1) {
		t.Errorf("where one section failed, the page is\n%s", got)
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

// Package sections keeps pages of Markdown whose sections are made one by one: to
// make some again leaves the others as they are.
package sections

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// mark precedes a section.
const mark = "<!-- study "

// Read returns the sections of the page at path by their names: none if there is no
// page.
func Read(path string) (map[string]string, error) {
	found := map[string]string{}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for i, part := range strings.Split(string(text), mark) {
		if i == 0 {
			continue // what Write writes above the sections
		}
		name, section, ok := strings.Cut(part, " -->\n")
		if !ok {
			return nil, fmt.Errorf("%s: section %d has no name", path, i)
		}
		found[name] = strings.TrimSpace(section) + "\n"
	}
	return found, nil
}

// Write replaces the page as a whole: head, and the sections of these names, where
// there are any, in their order.
func Write(path, head string, names []string, sections map[string]string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", strings.TrimSpace(head))
	for _, name := range names {
		if text, ok := sections[name]; ok {
			fmt.Fprintf(&b, "%s%s -->\n%s\n", mark, name, text)
		}
	}
	temp := path + ".tmp"
	if err := os.WriteFile(temp, []byte(b.String()), 0o644); err != nil {
		return err
	}
	return os.Rename(temp, path)
}

// Choose returns those of names, in their order, that only has with commas between;
// all if it is empty.
func Choose(names []string, only string) ([]string, error) {
	if only == "" {
		return names, nil
	}
	want := map[string]bool{}
	for name := range strings.SplitSeq(only, ",") {
		want[name] = true
	}
	var chosen []string
	for _, name := range names {
		if want[name] {
			chosen = append(chosen, name)
			delete(want, name)
		}
	}
	for name := range want {
		return nil, fmt.Errorf("nothing is called %q", name)
	}
	return chosen, nil
}

// Table returns a table. A row has as many cells as the header.
func Table(header []string, rows [][]string) string {
	var b strings.Builder
	line := func(cells []string) { fmt.Fprintf(&b, "| %s |\n", strings.Join(cells, " | ")) }
	line(header)
	rule := make([]string, len(header))
	for i := range rule {
		rule[i] = "---"
	}
	line(rule)
	for _, row := range rows {
		line(row)
	}
	return b.String()
}

package sections

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// Section says how a section is made.
type Section struct {
	Name  string // one lower-case word
	Title string
	Make  func(ctx context.Context, p *Page) error
}

// Page collects the text of the section that is called Name.
type Page struct {
	Name string
	Body strings.Builder
	// Command is what makes the section again, for its foot. It starts as program
	// and -only, and Make may append to it.
	Command string
}

// Make makes those of the sections that only names, all if it is empty, anew on the page
// at path, under head. The program runs in the folder bench as command.
func Make(ctx context.Context, path, head, command, only string, all []Section) error {
	var names []string
	for _, s := range all {
		names = append(names, s.Name)
	}
	chosen, err := Choose(names, only)
	if err != nil {
		return err
	}
	written, err := Read(path)
	if err != nil {
		return err
	}
	start := time.Now()
	for i, name := range chosen {
		s := all[slices.Index(names, name)]
		p := &Page{Name: name, Command: command + " -only " + name}
		p.Progress("section %d of %d, %s, %v since the start", i+1, len(chosen), s.Title, time.Since(start).Round(time.Second))
		began := time.Now()
		if err := s.Make(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		written[name] = fmt.Sprintf("## %s\n\n%s*`cd bench && %s`: %v, %s, revision %s; %s.*\n",
			s.Title, p.Body.String(), p.Command, time.Since(began).Round(time.Second), time.Now().Format("2 January 2006"), revision(), machine())
		// After each section, so that a run that is stopped keeps what it has.
		if err := Write(path, head, names, written); err != nil {
			return err
		}
	}
	return nil
}

// Usage tells of the command and its flags, and of the sections.
func Usage(command string, all []Section) func() {
	return func() {
		out := flag.CommandLine.Output()
		fmt.Fprintf(out, "usage: %s [flags], from the folder bench\n", command)
		flag.PrintDefaults()
		for _, s := range all {
			fmt.Fprintf(out, "  section %-13s %s\n", s.Name, s.Title)
		}
	}
}

// Progress tells the person who waits what is being done.
func (p *Page) Progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s %s: %s\n", time.Now().Format("15:04:05"), p.Name, fmt.Sprintf(format, args...))
}

// Text adds a paragraph, in Markdown.
func (p *Page) Text(format string, args ...any) {
	fmt.Fprintf(&p.Body, format+"\n\n", args...)
}

// Table adds a table. A row has as many cells as the header.
func (p *Page) Table(header []string, rows [][]string) {
	p.Body.WriteString(Table(header, rows) + "\n")
}

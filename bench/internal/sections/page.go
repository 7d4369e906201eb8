package sections

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// Page collects the text of the section that is called Name.
type Page struct {
	Name string
	Body strings.Builder
}

// Section is what Text and Table have collected as it stands on the page: below a
// heading, and above the command that made it, the time that it took, and of which
// revision on which machine.
func (p *Page) Section(title, command string, took time.Duration) string {
	return fmt.Sprintf("## %s\n\n%s*`cd bench && %s`: %v, %s, revision %s; %s.*\n",
		title, p.Body.String(), command, took.Round(time.Second), time.Now().Format("2 January 2006"), revision(), machine())
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

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

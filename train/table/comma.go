package table

import (
	"bufio"
	"bytes"
	"strings"
	"unicode/utf8"
)

// firstLines returns what the buffer holds when it has so many lines, or is full, or the
// text is complete. It waits for no more than it needs: a row may come at a time.
func firstLines(text *bufio.Reader, lines int) (head []byte, complete bool) {
	counted := 0
	for {
		n := text.Buffered()
		head, _ = text.Peek(n)
		lines -= bytes.Count(head[counted:], []byte("\n"))
		counted = n
		if lines <= 0 || n == text.Size() {
			return head, false
		}
		if _, err := text.Peek(n + 1); err != nil {
			return head, true
		}
	}
}

// commas are the separators that are looked for. Of several that all split each line alike,
// the first counts: a comma is the likeliest to be in the fields themselves, in numbers.
const commas = "\t;|,"

// linesLooked is the number of lines that are looked at.
const linesLooked = 20

// likeliestComma looks at the first lines, as far as they are within the buffer: it takes
// the separator that occurs equally often in all of them, outside quotes, and without one
// that which occurs most in the first.
func likeliestComma(text *bufio.Reader) rune {
	head, complete := firstLines(text, linesLooked)
	counts := countCommas(string(head), complete)
	if len(counts) == 0 {
		return ','
	}
	for k, ch := range commas {
		same := len(counts) > 1 && counts[0][k] > 0
		for _, line := range counts {
			same = same && line[k] == counts[0][k]
		}
		if same {
			return ch
		}
	}
	best := len(commas) - 1
	for k, n := range counts[0] {
		if n > counts[0][best] {
			best = k
		}
	}
	return rune(commas[best])
}

// countCommas counts each separator in each of the first lines that are not blank. The last
// line counts if it is the only one, or if the text is complete.
func countCommas(text string, complete bool) (lines [][len(commas)]int) {
	var line [len(commas)]int
	quoted, blank := false, true
	end := func() {
		if !blank {
			lines = append(lines, line)
		}
		line, blank = [len(commas)]int{}, true
	}
	for _, ch := range []byte(text) {
		switch {
		case ch == '"':
			quoted, blank = !quoted, false
		case quoted:
		case ch == '\n':
			if end(); len(lines) == linesLooked {
				return lines
			}
		case ch != ' ' && ch != '\r' && ch != '\t':
			blank = false
		}
		if k := strings.IndexByte(commas, ch); k >= 0 && !quoted {
			line[k]++
		}
	}
	if complete || len(lines) == 0 {
		end()
	}
	return lines
}

// separatorLine returns the separator that a first line such as sep=; names, which
// spreadsheets write; 0 if there is no such line.
func separatorLine(text *bufio.Reader) rune {
	head, _ := firstLines(text, 1)
	line, _, found := strings.Cut(string(head), "\n")
	name, ok := strings.CutPrefix(strings.Trim(line, "\"\r"), "sep=")
	if !ok || !found {
		return 0
	}
	r, n := utf8.DecodeRuneInString(name)
	if n == 0 || n < len(name) || !separates(r) {
		return 0
	}
	return r
}

// separates tells whether r can separate fields.
func separates(r rune) bool {
	return r != '"' && r != '\r' && r != '\n' && r != ' ' && r != utf8.RuneError && utf8.ValidRune(r)
}

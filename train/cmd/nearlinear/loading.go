package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

// loading shows how far a table has been read, in a line on a terminal that
// begins after a moment and is wiped in the end.
type loading struct {
	w     io.Writer // nil shows nothing
	start time.Time

	mu     sync.Mutex // guards what follows, and w: reading may outlive close
	last   time.Time
	wide   int
	closed bool
}

func newLoading(w io.Writer) *loading {
	now := time.Now()
	return &loading{w: w, start: now, last: now.Add(300 * time.Millisecond)}
}

func (l *loading) show(rows int, bytes int64) {
	now := time.Now()
	if l.w == nil || now.Sub(l.last) < 200*time.Millisecond {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.last = now
	text := fmt.Sprintf("reading: %d rows, %.0f MB, %.0f MB/s", rows, float64(bytes)/1e6, float64(bytes)/1e6/now.Sub(l.start).Seconds())
	wide := utf8.RuneCountInString(text)
	fmt.Fprint(l.w, "\r", text, strings.Repeat(" ", max(0, l.wide-wide)))
	l.wide = wide
}

func (l *loading) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wide > 0 {
		fmt.Fprint(l.w, "\r", strings.Repeat(" ", l.wide), "\r")
	}
	l.closed = true
}

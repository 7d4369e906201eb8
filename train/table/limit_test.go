package table

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// TestCategoriesMeetTheMemoryLimit: a few bytes of compressed text hold many categories,
// and encoding makes more of them: names, and columns.
func TestCategoriesMeetTheMemoryLimit(t *testing.T) {
	rows := func(column, value string, columns, n int) string {
		var b strings.Builder
		b.WriteString("y")
		for j := range columns {
			fmt.Fprintf(&b, ",%s%d", column, j)
		}
		for i := range n {
			b.WriteString("\n1")
			for range columns {
				fmt.Fprintf(&b, ",%s%d", value, i/2)
			}
		}
		return b.String()
	}
	long := strings.Repeat("x", 2000)
	for name, text := range map[string]string{
		"long categories": rows("c", long, 100, 80),
		"long names":      rows(long, "a", 100, 90),
		"many columns":    rows("c", "a", 20000, 3),
	} {
		o := &Options{MemoryLimit: 1 << 20, Targets: []string{"y"}}
		var tab *Table
		var err error
		took := memory.Allocated(func() { tab, err = Read(t.Context(), strings.NewReader(zipped(t, text)), o) })
		if tab != nil || !errors.Is(err, fault.ErrMemory) || took > hostileBytes {
			t.Errorf("%s: %d bytes allocated, %v", name, took, err)
		}
		if o.MemoryLimit = 1 << 30; name == "long names" {
			if tab, err = Read(t.Context(), strings.NewReader(text), o); err != nil {
				t.Fatal(err)
			}
			// What counted is about what the names of the features then take.
			names := memory.Allocated(func() { _, err = NewEncoder(tab, nil) })
			o.MemoryLimit = names
			if _, again := Read(t.Context(), strings.NewReader(text), o); err != nil || !errors.Is(again, fault.ErrMemory) {
				t.Errorf("within the %d bytes that the encoder allocates: %v, %v", names, err, again)
			}
		}
	}
}

// TestWideTextIsWithinBounds has as many columns of text as there may be.
func TestWideTextIsWithinBounds(t *testing.T) {
	for _, how := range []Options{{}, {Classes: true}} {
		how.NoHeader = true
		readHostile(t, []byte(strings.Repeat("a,", maxColumns-1)+"1\n"), &how)
	}
}

// TestReadingBlanksEndsWithTheContext: of much compressed text without a row the
// context is asked for every buffer.
func TestReadingBlanksEndsWithTheContext(t *testing.T) {
	file := []byte(zipped(t, "a,b\n"+strings.Repeat(" \n", 10<<20)))
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	counted := &specimen.Countdown{Context: ctx, Cancel: func() { cancel(gone) }}
	counted.Left.Store(20 << 20 >> 17) // a buffer has 64 KiB
	if _, err := Read(counted, bytes.NewReader(file), nil); !errors.Is(err, gone) {
		t.Errorf("%d bytes, 20 MiB unpacked: %v", len(file), err)
	}
}

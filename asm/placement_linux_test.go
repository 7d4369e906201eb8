package asm

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// Every function of this package that takes memory is run with each of its
// arguments in turn at every address modulo 64 that its elements allow, counted from
// the page before it that cannot be touched and from the one behind it, the
// other arguments anywhere. Whatever lies between an argument and such a page must
// stay as it is, and results have the bits that they have in ordinary memory.

// placed is a function and the sizes of its arguments.
type placed struct {
	name    string // exported function
	symbols string // of assembly that it runs on some processor
	sizes   string
	args    []arg
	call    func(m [][]byte) float64 // its result, or anything
}

// arg is an argument of n elements.
type arg struct {
	n, size int // bytes of an element
	fill    func(rng *rand.Rand, m []byte)
}

func argOf[T any](n int, value func(rng *rand.Rand) T) arg {
	return arg{n, int(unsafe.Sizeof(*new(T))), func(rng *rand.Rand, m []byte) {
		for i := range as[T](m) {
			as[T](m)[i] = value(rng)
		}
	}}
}

func float64s(n int) arg {
	return argOf(n, func(rng *rand.Rand) float64 { return float64(rng.IntN(9) - 4) })
}
func float32s(n int) arg {
	return argOf(n, func(rng *rand.Rand) float32 { return float32(rng.IntN(9) - 4) })
}
func counts(n int) arg { return argOf(n, func(rng *rand.Rand) int64 { return rng.Int64N(1 << 52) }) }
func words(n int) arg  { return argOf(n, (*rand.Rand).Uint64) }

// as views memory as a slice of T.
func as[T any](m []byte) []T {
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(m))), len(m)/int(unsafe.Sizeof(*new(T))))
}

// pages is memory between two pages that cannot be touched, with room for an
// argument and 64 bytes.
type pages struct{ all, inner []byte }

func newPages(t *testing.T, size int) *pages {
	t.Helper()
	page := syscall.Getpagesize()
	n := (size + 64 + page - 1) / page * page
	all, err := syscall.Mmap(-1, 0, n+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	for _, edge := range [][]byte{all[:page], all[page+n:]} {
		if err := syscall.Mprotect(edge, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return &pages{all, all[page : page+n]}
}

const untouched = 0xa5

// put copies m to gap bytes from an edge, and marks the rest.
func (p *pages) put(m []byte, gap int, atEnd bool) []byte {
	for i := range p.inner {
		p.inner[i] = untouched
	}
	if atEnd {
		gap = len(p.inner) - gap - len(m)
	}
	to := p.inner[gap : gap+len(m) : gap+len(m)]
	copy(to, m)
	return to
}

// intact reports whether all but m is as put has left it.
func (p *pages) intact(m []byte) bool {
	from := int(uintptr(unsafe.Pointer(unsafe.SliceData(m))) - uintptr(unsafe.Pointer(&p.inner[0])))
	left := len(p.inner) - len(m)
	return bytes.Count(p.inner[:from], []byte{untouched})+bytes.Count(p.inner[from+len(m):], []byte{untouched}) == left
}

// run calls the function with each argument at each place.
func (c *placed) run(t *testing.T) {
	rng := rand.New(rand.NewPCG(uint64(len(c.args)), 7))
	first, want := make([][]byte, len(c.args)), make([][]byte, len(c.args))
	memory, m := make([]*pages, len(c.args)), make([][]byte, len(c.args))
	for k, a := range c.args {
		first[k] = make([]byte, a.n*a.size)
		a.fill(rng, first[k])
		want[k] = make([]byte, a.n*a.size)
		copy(want[k], first[k])
		memory[k] = newPages(t, a.n*a.size)
		defer syscall.Munmap(memory[k].all)
	}
	result := c.call(want)
	for k, a := range c.args {
		for gap := 0; gap < 64; gap += a.size {
			for _, atEnd := range []bool{false, true} {
				where := fmt.Sprintf("%s %s, argument %d %d bytes from an edge, at the end %t (path %s)", c.name, c.sizes, k, gap, atEnd, Info())
				for j, b := range c.args {
					if j == k {
						m[j] = memory[j].put(first[j], gap, atEnd)
						continue
					}
					m[j] = memory[j].put(first[j], rng.IntN(64/b.size)*b.size, rng.IntN(2) == 0)
				}
				if got := c.call(m); !same(got, result) {
					t.Fatalf("%s: %v, want %v", where, got, result)
				}
				for j := range c.args {
					if !bytes.Equal(m[j], want[j]) {
						t.Fatalf("%s: argument %d has other bits than in ordinary memory", where, j)
					}
					if !memory[j].intact(m[j]) {
						t.Fatalf("%s: memory beside argument %d was written", where, j)
					}
				}
			}
		}
	}
}

func TestGuardsAroundEveryArgument(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, c := range placedCases() {
			c.run(t)
		}
	})
}

// TestGuardsMissNoKernel holds the table against the functions of the assembly
// and the exported ones that take memory.
func TestGuardsMissNoKernel(t *testing.T) {
	listed, exported := map[string]bool{"peakFMAAVX2": true, "peakFMAAVX512": true, "peakFMANEON": true}, map[string]bool{} // those take no memory
	for _, c := range placedCases() {
		exported[c.name] = true
		for symbol := range strings.FieldsSeq(c.symbols) {
			listed[symbol] = true
		}
	}
	files, err := filepath.Glob("*.s")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	var found []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^TEXT\s+·(\w+)`).FindAllSubmatch(text, -1) {
			found = append(found, string(m[1]))
			if !listed[string(m[1])] {
				t.Errorf("%s: no case runs %s", file, m[1])
			}
		}
	}
	for symbol := range listed {
		if !slices.Contains(found, symbol) {
			t.Errorf("there is no %s", symbol)
		}
	}
	sources, err := filepath.Glob("*.go")
	if err != nil || len(sources) < 20 {
		t.Fatal(sources, err)
	}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if ok && f.Recv == nil && f.Name.IsExported() && takesMemory(f) && !exported[f.Name.Name] {
				t.Errorf("no case runs %s", f.Name.Name)
			}
		}
	}
}

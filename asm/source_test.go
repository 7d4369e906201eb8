package asm

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What go vet does not look for in the assembly of amd64. A function that has
// touched a register of 256 or 512 bits executes VZEROUPPER right before each
// RET, or the SSE code of the caller is slow or, on old processors, slower by a
// state change an instruction. It leaves BP alone and SP where it is, calls nothing,
// does not change the direction flag or MXCSR, and reaches no further below SP
// than its frame. All are ABI0: their callers expect R14 (the goroutine), X15
// (zero), and every other register to be lost, and wrappers restore the two.

// TestAssemblySource reads every function, macros and included files expanded.
func TestAssemblySource(t *testing.T) {
	files, err := filepath.Glob("*_amd64.s")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	functions := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		faults, n := checkSource(string(text), func(name string) string {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		})
		functions += n
		for _, fault := range faults {
			t.Errorf("%s: %s", file, fault)
		}
	}
	if functions < 35 {
		t.Errorf("%d functions were found", functions)
	}
}

// TestCheckSource has a function for each fault.
func TestCheckSource(t *testing.T) {
	const macros = "#define LAST(r) \\\n\tVADDPD r, r, r \\\n\tRET // of all\n#define WIDE(F) F(Y3)\n#define FREE VZEROUPPER; RET\n"
	for body, want := range map[string]string{
		"$0-8\n\tADDQ $1, AX\n\tVADDSD X1, X2, X3\n\tRET":                 "",
		"$0-8\n\tVADDPD Z1, Z2, Z3\n\tVZEROUPPER\n\tRET":                  "",
		"$0-8\n\tVADDPD Y1, Y2, Y3\n\tFREE":                               "",
		"$0-8\n\tJMP end\n\tVZEROUPPER\nend:\n\tRET\n\tVXORPD Y1, Y1, Y1": "VZEROUPPER",
		"$0-8\n\tWIDE(LAST)":                                              "VZEROUPPER",
		"$0-8\n#include \"body.h\"\n":                                     "VZEROUPPER",
		"$0-8\n\tVADDPD (AX), Y2, Y3\n\tVZEROUPPER\n\tADDQ $1, AX\n\tRET": "VZEROUPPER",
		"$0-8\n\tMOVQ AX, BP\n\tRET":                                      "BP",
		"$0-8\n\tSUBQ $8, SP\n\tRET":                                      "SP",
		"$0-8\n\tPUSHQ AX\n\tRET":                                         "PUSHQ",
		"$0-8\n\tCALL ·other(SB)\n\tRET":                                  "CALL",
		"$0-8\n\tSTD\n\tRET":                                              "STD",
		"$64-8\n\tMOVQ AX, buf-64(SP)\n\tRET":                             "",
		"$64-8\n\tMOVQ AX, buf-72(SP)\n\tRET":                             "frame",
		"$0-8\n\tADDQ $1, AX":                                             "ends",
	} {
		faults, n := checkSource(macros+"TEXT ·f(SB), NOSPLIT, "+body, func(string) string { return "\tVADDPD Y1, Y1, Y1\n\tRET\n" })
		if got := strings.Join(faults, "; "); n != 1 || (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%q: %d functions, %q, want %q", body, n, got, want)
		}
	}
}

// checkSource returns what is wrong in the text of a file, and how many
// functions it has. include returns the text of a file of ours.
func checkSource(text string, include func(name string) string) (faults []string, functions int) {
	s := &source{macros: map[string]macro{}, include: include}
	s.read(text)
	for i, line := range s.lines {
		if !strings.HasPrefix(line, "TEXT") {
			continue
		}
		functions++
		end := i + 1
		for end < len(s.lines) && !strings.HasPrefix(s.lines[end], "TEXT") {
			end++
		}
		faults = append(faults, checkFunction(line, s.lines[i+1:end])...)
	}
	return faults, functions
}

var (
	textLine = regexp.MustCompile(`^TEXT\s+·(\w+)\(SB\),\s*(?:NOSPLIT|0),\s*\$(\d+)-(\d+)$`)
	wide     = regexp.MustCompile(`\b[YZ]\d+\b`)
	local    = regexp.MustCompile(`\b\w+-(\d+)\(SP\)`)
	banned   = regexp.MustCompile(`^(CALL|PUSH\w*|POP\w*|STD|V?LDMXCSR|FLDCW|EMMS|SYSCALL|ADJSP)\b`)
)

func checkFunction(text string, body []string) (faults []string) {
	m := textLine.FindStringSubmatch(text)
	if m == nil {
		return []string{text + ": not ABI0, NOSPLIT, with a frame and arguments"}
	}
	fault := func(format string, a ...any) { faults = append(faults, m[1]+": "+fmt.Sprintf(format, a...)) }
	frame, _ := strconv.Atoi(m[2])
	usesWide := slices.ContainsFunc(body, wide.MatchString)
	for i, line := range body {
		if usesWide && line == "RET" && (i == 0 || body[i-1] != "VZEROUPPER") {
			fault("RET without VZEROUPPER before it")
		}
		if b := banned.FindString(line); b != "" {
			fault("%s", b)
		}
		for _, at := range local.FindAllStringSubmatch(line, -1) {
			if n, _ := strconv.Atoi(at[1]); n > frame {
				fault("%s is outside its frame of %d", at[0], frame)
			}
		}
		for _, register := range []string{"BP", "SP"} {
			if slices.Contains(name.FindAllString(local.ReplaceAllString(line, ""), -1), register) {
				fault("%s in %q", register, line)
			}
		}
	}
	if last := body[len(body)-1]; last != "RET" && !strings.HasPrefix(last, "JMP") {
		fault("it ends with %q", last)
	}
	return faults
}

// source is a file after the preprocessor: instructions, labels and TEXT lines.
type source struct {
	lines   []string
	macros  map[string]macro
	include func(string) string
}

type macro struct {
	call   bool // has a list of parameters
	params []string
	body   string
}

var (
	comment = regexp.MustCompile(`//.*`)
	define  = regexp.MustCompile(`^#define\s+(\w+)(\(([^)]*)\))?\s*(.*)$`)
	name    = regexp.MustCompile(`[A-Za-z_]\w*`)
)

func (s *source) read(text string) {
	var lines []string
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(comment.ReplaceAllString(line, ""))
		if n := len(lines); n > 0 && strings.HasSuffix(lines[n-1], `\`) {
			lines[n-1] = strings.TrimSuffix(lines[n-1], `\`) + ";" + line
			continue
		}
		lines = append(lines, line)
	}
	for _, line := range lines {
		directive, rest, _ := strings.Cut(line, " ")
		switch {
		case directive == "#include":
			if file := strings.Trim(rest, `"`); file != "textflag.h" {
				s.read(s.include(file))
			}
		case directive == "#define":
			m := define.FindStringSubmatch(line)
			var params []string
			for p := range strings.SplitSeq(m[3], ",") {
				params = append(params, strings.TrimSpace(p))
			}
			s.macros[m[1]] = macro{m[2] != "", params, m[4]}
		case directive == "#undef":
			delete(s.macros, rest)
		case strings.HasPrefix(line, "#"):
			panic("unknown directive: " + line)
		default:
			for part := range strings.SplitSeq(s.expand(line), ";") {
				if part = strings.TrimSpace(part); part != "" && !strings.HasPrefix(part, "DATA") && !strings.HasPrefix(part, "GLOBL") {
					s.lines = append(s.lines, part)
				}
			}
		}
	}
}

// expand replaces the macros of a line until there is none.
func (s *source) expand(line string) string {
	for from := 0; ; {
		at := name.FindStringIndex(line[from:])
		if at == nil {
			return line
		}
		start, end := from+at[0], from+at[1]
		m, ok := s.macros[line[start:end]]
		if !ok || m.call && !strings.HasPrefix(line[end:], "(") {
			from = end
			continue
		}
		body := m.body
		if m.call {
			var args []string
			depth, first := 1, end+1
			for end++; depth > 0; end++ {
				switch c := line[end]; {
				case c == '(':
					depth++
				case c == ')':
					depth--
				}
				if depth == 0 || depth == 1 && line[end] == ',' {
					args = append(args, strings.TrimSpace(line[first:end]))
					first = end + 1
				}
			}
			body = name.ReplaceAllStringFunc(body, func(word string) string {
				if i := slices.Index(m.params, word); i >= 0 {
					return args[i]
				}
				return word
			})
		}
		line = line[:start] + body + line[end:]
		from = start
	}
}

package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain lets the test program stand in for the command, so that it can be
// sent signals.
func TestMain(m *testing.M) {
	if os.Getenv("NEARLINEAR_BE_THE_COMMAND") != "" {
		main()
	}
	os.Exit(m.Run())
}

// call runs the command and returns what it printed.
func call(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	return callWith(context.Background(), "", args...)
}

func callWith(ctx context.Context, stdin string, args ...string) (code int, stdout, stderr string) {
	var out, err bytes.Buffer
	code = run(ctx, args, strings.NewReader(stdin), &out, &err)
	return code, out.String(), err.String()
}

// file writes text to a new file in a directory of the test.
func file(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// holds fails unless dir has exactly the named files.
func holds(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if err != nil || strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("directory holds %v, %v; want %v", got, err, names)
	}
}

func TestHelpGoesToStandardOutput(t *testing.T) {
	for _, args := range [][]string{{"-h"}, {"help"}, {"--help"}, {"fit", "-h"}, {"fit", "-width", "3", "--help"}, {"predict", "-help"}, {"info", "-h"}} {
		if code, out, err := call(t, args...); code != 0 || !strings.Contains(out, "nearlinear") || err != "" {
			t.Errorf("%v: code %d, stdout %q, stderr %q", args, code, out, err)
		}
	}
}

func TestEveryFlagIsInTheHelp(t *testing.T) {
	for _, c := range []struct {
		command string
		flags   string
	}{
		{"fit", "sep header drop weight type onehot categories missing columns data target out report json v cpuprofile memprofile test validation seed width rule rate momentum method ridge steps timeout memory workers"},
		{"predict", "sep header unknown model data out"},
		{"info", "model"},
	} {
		_, help, _ := call(t, c.command, "-h")
		for _, name := range strings.Fields(c.flags) {
			if !strings.Contains(help, "\n  -"+name+" ") {
				t.Errorf("%s: -%s is not described", c.command, name)
			}
			if code, _, err := call(t, c.command, "-"+name+"=", "extra"); code != exitUsage || strings.Contains(err, "not defined") {
				t.Errorf("%s: -%s: %s", c.command, name, err)
			}
		}
	}
}

func TestWrongUsage(t *testing.T) {
	dir := t.TempDir()
	table := file(t, dir, "t.csv", "a,y\n1,2\n")
	out := filepath.Join(dir, "out")
	for _, c := range []struct {
		args string
		want string
	}{
		{"", "usage:"},
		{"train", `no command "train"`},
		{"fit -bogus", "-bogus"},
		{"fit table.csv", `unexpected argument "table.csv"`},
		{"fit -width x", "width"},
		{"fit -width 0", "-width 0"},
		{"fit -width -5", "-width -5"},
		{"fit -method fast", `-method "fast" is none of auto`},
		{"fit -rule sgd", `-rule "sgd" is none of lm`},
		{"fit -rate 0.1", "-rate and -momentum are for"},
		{"fit -rule gn -momentum 0.5", "-rate and -momentum are for"},
		{"fit -members 0", "-members 0"},
		{"fit -rule gd -rate 0", "-rate 0"},
		{"fit -rule gd -rate NaN", "-rate NaN"},
		{"fit -rule adam -momentum 1", "-momentum 1"},
		{"fit -rule adam -method exact", "leave out -method"},
		{"fit -test 1", "-test 1"},
		{"fit -test -0.1", "-test -0.1"},
		{"fit -test NaN", "-test NaN"},
		{"fit -validation 1.5", "-validation 1.5"},
		{"fit -ridge NaN", "-ridge NaN"},
		{"fit -ridge inf", "-ridge +Inf"},
		{"fit -steps 0", "-steps 0"},
		{"fit -seed -1", "seed"},
		{"fit -timeout 5", "timeout"},
		{"fit -memory 6", "memory"},
		{"fit -timeout -5s", "-timeout -5s"},
		{"fit -workers -1", "-workers -1"},
		{"fit -rule gn -ridge 1", "idge"},
		{"fit -data=", "-data is empty"},
		{"fit -sep=", `-sep "" is neither`},
		{"fit -sep ,,", `-sep ",,"`},
		{"fit -sep \"", `-sep "\""`},
		{"fit -header=perhaps", "header"},
		{"fit -drop a,,b", `-drop "a,,b" names an empty column`},
		{"fit -drop \"a", "is not a list"},
		{"fit -categories -1", "-categories -1"},
		{"fit -type a", `-type "a" names no type`},
		{"fit -type a=colour", "there are auto, number"},
		{"fit -missing mean", `-missing "mean" is none of`},
		{"predict -sep ab -model m", `-sep "ab"`},
		{"predict -unknown all -model m", `-unknown "all"`},
		{"fit -data " + table + " -out " + table, "is read from"},
		{"fit -out " + out + " -report " + out, "cannot take two outputs"},
		{"fit -out " + out + " -report " + dir + "/./out", "cannot take two outputs"},
		{"fit -cpuprofile " + out + " -memprofile " + out, "cannot take two outputs"},
		{"predict", "-model is missing"},
		{"predict -model m", "-data is missing"},
		{"predict -model m -data " + table + " -out " + table, "is read from"},
		{"predict -model " + table + " -data d -out " + table, "is read from"},
		{"predict -model m -data d x", `unexpected argument "x"`},
		{"info x", `unexpected argument "x"`},
		{"info -z", "-z"},
	} {
		code, stdout, stderr := call(t, strings.Fields(c.args)...)
		if code != exitUsage || !strings.Contains(stderr, c.want) {
			t.Errorf("%q: code %d, stderr %q; want %q", c.args, code, stderr, c.want)
		}
		if stdout != "" && !strings.Contains(c.args, "-rule gn") {
			t.Errorf("%q: stdout %q", c.args, stdout)
		}
	}
	holds(t, dir, "t.csv")
}

// brokenPipe takes some bytes and fails then.
type brokenPipe struct{ left int }

func (b *brokenPipe) Write(p []byte) (int, error) {
	if b.left -= len(p); b.left < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(p), nil
}

func TestOutputThatCannotBeWrittenIsAFailure(t *testing.T) {
	data := someRows(t, t.TempDir())
	for _, args := range []string{"-h", "fit -h", "fit -width 16 -steps 1 -data " + data, "fit -width 16 -steps 1 -json -data " + data, "info"} {
		if code := run(context.Background(), strings.Fields(args), strings.NewReader(""), &brokenPipe{}, io.Discard); code != exitFailed {
			t.Errorf("%s: code %d", args, code)
		}
	}
}

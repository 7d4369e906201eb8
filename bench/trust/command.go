package main

import (
	"context"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// command is one of the go tool, run in the root of the repository.
type command struct {
	what    string   // it shows
	env     []string // KEY=value
	args    []string
	missing string // why it cannot be run here, if so
}

// test is a command that runs tests; args are separated by single spaces, of which none is
// inside one.
func test(what, env, args string) command {
	return command{what: what, env: strings.Fields(env), args: append([]string{"test", "-v", "-count=1", "-timeout", "2h"}, strings.Fields(args)...)}
}

// benchmark is a command that runs benchmarks alone.
func benchmark(name, times, pkg string) command {
	return command{args: []string{"test", "-run", "^$", "-bench", name, "-benchtime", times, "-timeout", "2h", pkg}}
}

var plain = regexp.MustCompile(`^[\w./=,:+-]*$`)

// String is the command as a shell takes it.
func (c command) String() string {
	words := append(append([]string(nil), c.env...), "go")
	for _, arg := range c.args {
		if !plain.MatchString(arg) {
			arg = "'" + arg + "'"
		}
		words = append(words, arg)
	}
	return strings.Join(words, " ")
}

// run returns all that the command wrote. The end of ctx interrupts it, which lets
// tests clean up.
func (c command) run(ctx context.Context) (output string, took time.Duration, err error) {
	cmd := exec.CommandContext(ctx, "go", c.args...)
	cmd.Dir = ".."
	cmd.Env = append(os.Environ(), c.env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 30 * time.Second
	start := time.Now()
	out, err := cmd.CombinedOutput()
	return string(out), time.Since(start).Round(100 * time.Millisecond), err
}

// needs makes the command one that is left out where a program is missing.
func (c command) needs(program string) command {
	if _, err := exec.LookPath(program); err != nil {
		c.missing = "left out: no " + program
	}
	return c
}

// on makes the command one for another architecture, whose programs an emulator
// runs unless the machine does.
func (c command) on(ctx context.Context, goarch, emulator string) command {
	c.env = append(c.env, "GOARCH="+goarch)
	probe := command{env: c.env, args: []string{"test", "-count=1", "-run", "^$", "./hadamard"}}
	if _, _, err := probe.run(ctx); err == nil {
		return c
	}
	c.args = append(c.args, "-exec", emulator)
	return c.needs(emulator)
}

// Command nearlinear trains two-layer ReLU networks on tables by Gauss–Newton
// steps, predicts with them, and measures the machine.
//
//	nearlinear fit     -data table.csv -target column -out model
//	nearlinear predict -model model -data table.csv -out predictions.csv
//	nearlinear info
//
// Exit codes: 0 done, 1 failed or interrupted, 2 wrong usage.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/internal/fitflags"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second signal ends the program at once
	os.Exit(run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

const (
	exitDone = iota
	exitFailed
	exitUsage
)

// command is one verb. run returns a usageError for arguments it cannot use.
type command struct {
	name, usage string
	run         func(ctx context.Context, args []string, std streams) error
}

type streams struct {
	in       io.Reader
	out, err io.Writer
}

var commands = []command{
	{"fit", fitUsage, fit},
	{"predict", predictUsage, predict},
	{"info", infoUsage, info},
}

const usage = `nearlinear trains two-layer ReLU networks on tables.

usage: nearlinear <command> [flags]

  fit      train a network, report its test error, save model and report
  predict  apply a saved model to a table
  info     show processor path, threads and measured speed

"nearlinear <command> -h" describes the flags. Without any, fit trains on a
built-in table of concrete samples. Exit codes: 0 done, 1 failed or
interrupted, 2 wrong usage.
`

// usageError is about the arguments, and is answered with the usage.
type usageError struct{ error }

func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// run is the program: it takes the arguments after the name and returns the
// exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 0 {
		fmt.Fprint(stderr, usage)
		return exitUsage
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		if _, err := io.WriteString(stdout, usage); err != nil {
			return exitFailed
		}
		return exitDone
	}
	for _, c := range commands {
		if c.name != args[0] {
			continue
		}
		err := c.run(ctx, args[1:], streams{stdin, stdout, stderr})
		if errors.Is(err, flag.ErrHelp) {
			_, err = io.WriteString(stdout, c.usage)
		}
		if err == nil {
			return exitDone
		}
		fmt.Fprintf(stderr, "nearlinear %s: %s\n", c.name, bare{err}.Error())
		if errors.As(err, new(usageError)) {
			fmt.Fprintf(stderr, "\n%s", c.usage)
			return exitUsage
		}
		if errors.Is(err, train.ErrOption) {
			return exitUsage
		}
		return exitFailed
	}
	fmt.Fprintf(stderr, "nearlinear: there is no command %q\n\n%s", args[0], usage)
	return exitUsage
}

// parse reads the flags of a command, which takes no other arguments, and
// returns which of them were given.
func parse(fs *flag.FlagSet, args []string) (given map[string]bool, err error) {
	fs.SetOutput(io.Discard)
	if err := fs.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil, err
		}
		return nil, usageError{err}
	}
	if fs.NArg() > 0 {
		return nil, usagef("unexpected argument %q", fs.Arg(0))
	}
	return fitflags.Given(fs), nil
}

package bench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// What a peer needs is not here.
var (
	ErrNoPeer     = errors.New("install Debian's python3-numpy and python3-scipy, or put a python3 that has numpy and scipy on PATH")
	ErrNoCompiler = errors.New("install a C compiler, as cc on PATH, and Debian's libfftw3-dev and libopenblas-dev")
)

// Peer is a program in a process of its own, which does its work when asked, times
// it, and tells the time. Between turns it waits for input, so that turns of ours may be
// timed.
//
// Its first line says what it is. Then each line that it reads names a job, or is empty
// if the program knows but one; it does the work and answers with an object of
// JSON, numbers by name, of which "seconds" is the time. The end of its input ends it.
type Peer struct {
	// About is what it said of itself: versions, and the BLAS it has loaded.
	About string

	name string
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
	rest time.Duration // after a turn
}

// rest is how long the threads of OpenBLAS spin after a call, and more.
const rest = 200 * time.Millisecond

// StartPeer starts the Python program peers/script (see peers/turns.py) with its
// arguments on as many threads, and waits
// until it is ready. OpenBLAS is told to use its kernels of AVX-512, which it does not
// choose by itself on every processor that has it, and glibc to keep what is freed: to get it
// again from the system, page by page, may cost PyTorch more than its arithmetic. Threads of
// OpenMP wait for less long before they sleep: where another program wants a processor, they
// would wait for each other by turns of the scheduler.
// Environment variables that are set already have precedence. The error is ErrNoPeer if no Python will do.
func StartPeer(threads int, script string, args ...string) (*Peer, error) {
	python, err := findPython()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(python, append([]string{filepath.Join("peers", script)}, args...)...)
	cmd.Env = os.Environ()
	for name, value := range map[string]string{
		"OPENBLAS_CORETYPE":       "SkylakeX",
		"OPENBLAS_NUM_THREADS":    strconv.Itoa(threads),
		"OMP_NUM_THREADS":         strconv.Itoa(threads),
		"GOMP_SPINCOUNT":          "10000",
		"MALLOC_MMAP_THRESHOLD_":  "8589934592",
		"MALLOC_TRIM_THRESHOLD_":  "8589934592",
		"PYTHONDONTWRITEBYTECODE": "1",
	} {
		if _, set := os.LookupEnv(name); !set {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
	}
	p, err := StartProgram(script, cmd)
	if err == nil && threads > 1 {
		p.rest = rest
		time.Sleep(rest)
	}
	return p, err
}

// StartC compiles peers/source, linked with the libraries of the flags, and starts it.
// The error is ErrNoCompiler, with what the compiler says, if that fails.
func StartC(source string, flags ...string) (*Peer, error) {
	dir, err := os.MkdirTemp("", "peer")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // a program that runs is kept by the system
	program := filepath.Join(dir, strings.TrimSuffix(source, ".c"))
	args := append([]string{"-O3", "-march=native", "-o", program, filepath.Join("peers", source)}, flags...)
	if said, err := exec.Command("cc", args...).CombinedOutput(); err != nil {
		first, _, _ := strings.Cut(string(said), "\n")
		return nil, fmt.Errorf("%w: %v %s", ErrNoCompiler, err, first)
	}
	return StartProgram(source, exec.Command(program))
}

// StartProgram starts a program that takes turns and waits until it is ready. The name is
// for errors.
func StartProgram(name string, cmd *exec.Cmd) (*Peer, error) {
	p := &Peer{name: name, cmd: cmd}
	cmd.Stderr = os.Stderr
	var err error
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bench: peer %s: %w", name, err), p.Close())
	}
	p.About = strings.TrimSpace(line)
	return p, nil
}

// findPython returns the first Python that has numpy and scipy.
var findPython = sync.OnceValues(func() (string, error) {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if path, err := exec.LookPath(python); err == nil && exec.Command(path, "-c", "import numpy, scipy").Run() == nil {
			return path, nil
		}
	}
	return "", ErrNoPeer
})

// Turn has the job done, named by words without spaces; without any it is that of a
// program that knows but one. What it returns is what the program wrote; the time is
// there as "seconds".
func (p *Peer) Turn(job ...string) (map[string]float64, error) {
	var said map[string]float64
	err := p.ask(strings.Join(job, " "), &said)
	return said, err
}

// Ask has a program do what the question says that it gets as a line of JSON, and decodes
// its answer, if it is not a plain one as Turn has.
func (p *Peer) Ask(question, answer any) error {
	line, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("bench: peer %s: %w", p.name, err)
	}
	return p.ask(string(line), answer)
}

func (p *Peer) ask(line string, answer any) error {
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		return fmt.Errorf("bench: peer %s: %w", p.name, err)
	}
	said, err := p.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("bench: peer %s, asked for %.100q: %w", p.name, line, err)
	}
	if err := json.Unmarshal(said, answer); err != nil {
		return fmt.Errorf("bench: peer %s said %.1000q: %w", p.name, said, err)
	}
	time.Sleep(p.rest)
	return nil
}

// Close ends the process, by the end of its input.
func (p *Peer) Close() error {
	p.in.Close()
	return p.cmd.Wait()
}

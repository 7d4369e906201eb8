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
	"time"
)

// ErrNoPeer: there is no Python here that has what a peer needs.
var ErrNoPeer = errors.New("install Debian's python3-numpy and python3-scipy, or put a python3 that has numpy and scipy on PATH")

// Peer is a Python program of the folder peers in a process of its own, which
// does its work when asked, times it, and tells the time: see peers/turns.py.
// Between turns it waits for input, so that turns of ours may be timed.
type Peer struct {
	// About is what it said of itself: versions, and the BLAS it has loaded.
	About string

	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// rest is how long the threads of OpenBLAS spin after a call, and more.
const rest = 200 * time.Millisecond

// StartPeer starts peers/script with its arguments on as many threads, and waits
// until it is ready. OpenBLAS is told to use its kernels of AVX-512, which it does not
// choose by itself on every processor that has it; environment variables that are
// set already have precedence. The error is ErrNoPeer if no Python will do.
func StartPeer(threads int, script string, args ...string) (*Peer, error) {
	python, err := findPython()
	if err != nil {
		return nil, err
	}
	p := &Peer{cmd: exec.Command(python, append([]string{filepath.Join("peers", script)}, args...)...)}
	p.cmd.Env = os.Environ()
	for name, value := range map[string]string{
		"OPENBLAS_CORETYPE":       "SkylakeX",
		"OPENBLAS_NUM_THREADS":    strconv.Itoa(threads),
		"OMP_NUM_THREADS":         strconv.Itoa(threads),
		"PYTHONDONTWRITEBYTECODE": "1",
	} {
		if _, set := os.LookupEnv(name); !set {
			p.cmd.Env = append(p.cmd.Env, name+"="+value)
		}
	}
	p.cmd.Stderr = os.Stderr
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := p.out.ReadString('\n')
	if err != nil {
		return nil, errors.Join(fmt.Errorf("bench: peer %s: %w", script, err), p.Close())
	}
	p.About = strings.TrimSpace(line)
	time.Sleep(rest)
	return p, nil
}

// findPython returns the first Python that has numpy and scipy.
func findPython() (string, error) {
	for _, python := range []string{"python3", "/usr/bin/python3"} {
		if path, err := exec.LookPath(python); err == nil && exec.Command(path, "-c", "import numpy, scipy").Run() == nil {
			return path, nil
		}
	}
	return "", ErrNoPeer
}

// Turn has the work done once. What it returns is what the program wrote; the
// time is there as "seconds".
func (p *Peer) Turn() (map[string]float64, error) {
	if _, err := io.WriteString(p.in, "\n"); err != nil {
		return nil, fmt.Errorf("bench: peer: %w", err)
	}
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("bench: peer: %w", err)
	}
	var said map[string]float64
	if err := json.Unmarshal(line, &said); err != nil {
		return nil, fmt.Errorf("bench: peer said %q: %w", line, err)
	}
	time.Sleep(rest)
	return said, nil
}

// Close ends the process, by the end of its input.
func (p *Peer) Close() error {
	p.in.Close()
	return p.cmd.Wait()
}

package main

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"runtime/pprof"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
)

// profiles are the files that -cpuprofile and -memprofile name.
type profiles struct {
	cpu, mem string
	samples  bytes.Buffer
}

// start begins to profile the processor, if that was asked for.
func (p *profiles) start() error {
	if p.cpu == "" {
		return nil
	}
	if err := pprof.StartCPUProfile(&p.samples); err != nil {
		return fmt.Errorf("profiling: %w", err)
	}
	return nil
}

// stop ends what start began.
func (p *profiles) stop() {
	if p.cpu != "" {
		pprof.StopCPUProfile()
	}
}

// save writes the files and returns what they are.
func (p *profiles) save() (saved []string, err error) {
	if p.cpu != "" {
		err = atomicfile.Write(p.cpu, func(w io.Writer) error {
			_, err := w.Write(p.samples.Bytes())
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("saving profile: %w", err)
		}
		saved = append(saved, "profile "+p.cpu)
	}
	if p.mem != "" {
		runtime.GC() // the profile is that of the last collection
		err = atomicfile.Write(p.mem, func(w io.Writer) error { return pprof.Lookup("allocs").WriteTo(w, 0) })
		if err != nil {
			return saved, fmt.Errorf("saving profile: %w", err)
		}
		saved = append(saved, "profile "+p.mem)
	}
	return saved, nil
}

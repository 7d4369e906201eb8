package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nearlinear/nearlinear/train"
)

// progressStyle is how steps are shown.
type progressStyle int

const (
	plainLines progressStyle = iota // one line a step
	liveLine                        // one line that is rewritten
	jsonLines                       // one object a step
)

// styleFor picks the style for a writer: a live line on a terminal.
func styleFor(w io.Writer, asJSON bool) progressStyle {
	if asJSON {
		return jsonLines
	}
	if f, ok := w.(*os.File); ok && os.Getenv("TERM") != "dumb" {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			return liveLine
		}
	}
	return plainLines
}

// progress shows the steps of a running fit. The live line also moves between
// steps, so that a long step does not look like a hang; close stops that.
type progress struct {
	w        io.Writer
	style    progressStyle
	maxSteps int
	every    int // of plain lines: steps a line
	start    time.Time
	finish   chan struct{}
	ended    sync.WaitGroup

	mu      sync.Mutex // guards what follows, and w
	last    *train.Step
	reached time.Duration // when last ended, counted from start
	wide    int           // width of the line on the terminal
}

func newProgress(w io.Writer, style progressStyle, maxSteps int) *progress {
	p := &progress{w: w, style: style, maxSteps: maxSteps, every: 1, start: time.Now(), finish: make(chan struct{})}
	if style == liveLine {
		p.ended.Go(func() {
			tick := time.NewTicker(200 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-p.finish:
					return
				case <-tick.C:
					p.mu.Lock()
					p.draw()
					p.mu.Unlock()
				}
			}
		})
	}
	return p
}

// step shows one step.
func (p *progress) step(s train.Step) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last, p.reached = &s, time.Since(p.start)
	switch p.style {
	case jsonLines:
		json.NewEncoder(p.w).Encode(newJSONStep(&s, p.reached))
	case liveLine:
		p.draw()
	default:
		if s.Index%p.every != 0 {
			return
		}
		fmt.Fprintf(p.w, "step %3d %s %s\n", s.Index, stepText(&s, "loss %.3e", "damping %.1e"), clock(p.reached))
	}
}

// close ends the live line and leaves its last state on the screen.
func (p *progress) close() {
	close(p.finish)
	p.ended.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.style == liveLine && p.wide > 0 {
		fmt.Fprintln(p.w)
	}
}

// draw rewrites the live line, at most 79 characters: a longer one would wrap
// and could not be rewritten.
func (p *progress) draw() {
	elapsed := time.Since(p.start)
	text := "preparing " + clock(elapsed)
	if s := p.last; s != nil {
		text = fmt.Sprintf("%d/%d %s %s", s.Index, p.maxSteps, stepText(s, "loss %.2e", "λ %.0e"), clock(elapsed))
		// An upper bound: most runs stop before the step limit.
		if left := p.maxSteps - s.Index; s.Index > 0 && left > 0 {
			text += fmt.Sprint(", ≤ ", (p.reached / time.Duration(s.Index) * time.Duration(left)).Round(time.Second), " left")
		}
	}
	if r := []rune(text); len(r) > 79 {
		text = string(r[:79])
	}
	wide := utf8.RuneCountInString(text)
	fmt.Fprint(p.w, "\r", text, strings.Repeat(" ", max(0, p.wide-wide)))
	p.wide = wide
}

// stepText describes a step, with the given formats of loss and damping.
func stepText(s *train.Step, loss, damping string) string {
	text := fmt.Sprintf(loss, s.Loss)
	if s.Target > 0 {
		text = fmt.Sprintf("target %d ", s.Target) + text
	}
	if !s.Accepted && s.Index > 0 {
		text += " (taken back)"
	}
	text += fmt.Sprintf(" train %.3g", s.TrainRMSE)
	if s.ValidRMSE == s.ValidRMSE {
		text += fmt.Sprintf(" valid %.3g", s.ValidRMSE)
	}
	if s.Index > 0 && s.Damping > 0 {
		text += " " + fmt.Sprintf(damping, s.Damping)
	}
	if s.InnerIters > 0 {
		text += fmt.Sprintf(" inner %d", s.InnerIters)
	}
	return text
}

// clock formats a time for a line that is read in passing.
func clock(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}

// jsonStep is train.Step as a JSON object: times in seconds, null for what is
// not a number.
type jsonStep struct {
	Type       string     `json:"type"`   // "step"
	Target     int        `json:"target"` // index
	Step       int        `json:"step"`
	Accepted   bool       `json:"accepted"`
	Loss       number     `json:"loss"`
	TrainRMSE  number     `json:"train_rmse"`
	ValidRMSE  number     `json:"valid_rmse"`
	Ridge      number     `json:"ridge"`
	Damping    number     `json:"damping"`
	GainRatio  number     `json:"gain_ratio"`
	StepNorm   number     `json:"step_norm"`
	Flips      int64      `json:"flips"`
	FlipShare  number     `json:"flip_share"`
	InnerIters int        `json:"inner_iterations"`
	InnerTrue  number     `json:"inner_residual"`
	InnerStop  string     `json:"inner_stop"`
	Rank       int        `json:"preconditioner_rank"`
	Renewed    bool       `json:"preconditioner_renewed"`
	Time       number     `json:"step_seconds"`
	Elapsed    number     `json:"elapsed_seconds"` // since training began
	Phases     jsonPhases `json:"phase_seconds"`
}

type jsonPhases struct {
	Forward  number `json:"forward"`
	Gram     number `json:"gram"`
	Factor   number `json:"factor"`
	Solve    number `json:"solve"`
	Update   number `json:"update"`
	Validate number `json:"validate"`

	Checkpoint number `json:"checkpoint"`
}

func newJSONStep(s *train.Step, elapsed time.Duration) jsonStep {
	sec := func(d time.Duration) number { return number(d.Seconds()) }
	p := &s.Phases
	return jsonStep{"step", s.Target, s.Index, s.Accepted, number(s.Loss), number(s.TrainRMSE), number(s.ValidRMSE), number(s.Ridge), number(s.Damping), number(s.GainRatio), number(s.StepNorm), s.Flips, number(s.FlipShare), s.InnerIters, number(s.InnerTrue), s.InnerStop, s.Rank, s.Renewed, sec(s.Elapsed), sec(elapsed),
		jsonPhases{sec(p.Forward), sec(p.Gram), sec(p.Factor), sec(p.Solve), sec(p.Update), sec(p.Validate), sec(p.Checkpoint)}}
}

package main

import (
	"context"
	"fmt"
	"time"

	"github.com/nearlinear/nearlinear/bench"
)

// turn does the work once and says how long it took.
type turn func(ctx context.Context) (time.Duration, error)

// timed is the turn of work inside this process.
func timed(work func(ctx context.Context) error) turn {
	return func(ctx context.Context) (time.Duration, error) {
		seconds, err := bench.Timed(func() error { return work(ctx) })
		return time.Duration(seconds * 1e9), err
	}
}

// peerTurn is the turn at a job of a peer in a process of its own, timed by itself.
func peerTurn(peer *bench.Peer, job ...string) turn {
	return func(context.Context) (time.Duration, error) {
		said, err := peer.Turn(job...)
		if err != nil {
			return 0, err
		}
		return time.Duration(said["seconds"] * 1e9), nil
	}
}

// spread is what some turns took, in seconds.
type spread struct {
	median, low, high float64 // low and high: the first and the third quartile
	turns             int
}

// String gives the median in a unit that suits it, and the quartiles.
func (s spread) String() string {
	unit, name := 1.0, "s"
	switch {
	case s.median < 1e-6:
		unit, name = 1e-9, "ns"
	case s.median < 1e-3:
		unit, name = 1e-6, "µs"
	case s.median < 1:
		unit, name = 1e-3, "ms"
	}
	if s.turns < 3 {
		return fmt.Sprintf("%.3g %s", s.median/unit, name)
	}
	return fmt.Sprintf("%.3g %s (%.3g–%.3g)", s.median/unit, name, s.low/unit, s.high/unit)
}

// short writes seconds without quartiles.
func short(seconds float64) string { return spread{median: seconds}.String() }

// times is how many times as long s took as t.
func (s spread) times(t spread) float64 { return s.median / t.median }

// ratio writes a/b, or a dash where a was not measured.
func ratio(a, b float64) string {
	if a == 0 {
		return "–"
	}
	if a >= 100*b {
		return fmt.Sprintf("%.0f", a/b)
	}
	return fmt.Sprintf("%.3g", a/b)
}

// alternate has each of the works do its turn in order, again and again: at least once,
// at most so many times, and no new round after limit. A first round that is not
// counted warms up if there is room for it: if it takes less than a third of limit.
func alternate(ctx context.Context, turns int, limit time.Duration, works ...turn) ([]spread, error) {
	taken := make([][]float64, len(works))
	start := time.Now()
	for round := 0; round <= turns; round++ {
		if len(taken[0]) > 0 && time.Since(start) > limit {
			break
		}
		for i, work := range works {
			t, err := work(ctx)
			if err != nil {
				return nil, err
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			taken[i] = append(taken[i], t.Seconds())
		}
		if round == 0 && time.Since(start) < limit/3 {
			for i := range taken {
				taken[i] = taken[i][:0]
			}
		}
	}
	spreads := make([]spread, len(works))
	for i, t := range taken {
		spreads[i] = spreadOf(t)
	}
	return spreads, nil
}

func spreadOf(x []float64) spread {
	return spread{bench.Quantile(x, 0.5), bench.Quantile(x, 0.25), bench.Quantile(x, 0.75), len(x)}
}

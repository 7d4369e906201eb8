package main

import (
	"context"
	"fmt"
	"math/bits"
	"strconv"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/bench"
	"github.com/nearlinear/nearlinear/hadamard"
)

// A turn is told in whole nanoseconds, of which a short transform takes few: so turns tell
// the time of this many elements.
const batch = 1 << 20

func perBatch(seconds float64, n int) time.Duration {
	return time.Duration(seconds * 1e9 * batch / float64(n))
}

// transformer is one way to transform n elements of a type, float32 or float64.
type transformer struct {
	name string
	turn func(kind string, n int) turn
	most int // the largest length; 0 means all
	peer bool
}

// No peer is waited for longer than transformPatience a turn.
const transformPatience = 4 * time.Second

// scaling is the name of the pass that everything is measured against.
const scaling = "one pass, x ← αx"

func transformStudy(ctx context.Context, p *page) error {
	least, most, step, turns, limit := 4, 26, 1, 13, 8*time.Second
	if p.quick {
		most, step, turns, limit = 12, 4, 1, 0
	}
	p.Text("The Walsh–Hadamard transform of 2%s to 2%s elements, in place, unscaled, on one thread, on every path of the kernels: that of this processor, and those that GODEBUG "+
		"makes a process of its own take. Beside it *FFTW*: its real transform of rank k with all sides 2, the plan measured up to 2¹⁸ and estimated beyond. *numpy*: sums and "+
		"differences of neighbours to the halves of another array, k times. *scipy*: the product with `scipy.linalg.hadamard`. *Plain Go*: the usual three loops. "+
		"The limit is a pass that reads and writes every element once, multiplied by a number in assembly, in whatever cache or memory so many elements fit. Short transforms are repeated "+
		"for two milliseconds on the same data, which stays in cache if it fits. A peer that would take longer than %v a turn is left out at that length. All have shown the right result first.",
		superscript(least), superscript(most), transformPatience)

	var data buffers
	all, closeAll, err := transformers(p, &data)
	defer closeAll()
	if err != nil {
		return err
	}
	for _, kind := range []string{"float64", "float32"} {
		data.grow(kind, 1<<most)
		var sizes []int
		took := map[string][]spread{} // by transformer and size; no turns if it is left out
		skip := map[string]bool{}
		for k := least; k <= most; k += step {
			n := 1 << k
			p.Progress("%s, 2^%d", kind, k)
			var who []transformer
			var works []turn
			for _, c := range all {
				if !skip[c.name] && (c.most == 0 || n <= c.most) {
					who, works = append(who, c), append(works, c.turn(kind, n))
				}
			}
			spreads, err := alternate(ctx, turns, limit, works...)
			if err != nil {
				return fmt.Errorf("%s, 2^%d: %w", kind, k, err)
			}
			sizes = append(sizes, n)
			for _, c := range all {
				took[c.name] = append(took[c.name], spread{})
			}
			for i, c := range who {
				took[c.name][len(sizes)-1] = spreads[i]
				skip[c.name] = c.peer && spreads[i].low*float64(2*n)/batch > transformPatience.Seconds()
			}
		}
		if err := tellTransform(p, kind, all, sizes, took); err != nil {
			return err
		}
	}
	return nil
}

// buffers are what the functions of this process work on.
type buffers struct {
	single []float32
	double []float64
}

// grow takes n elements of a type and touches them, and lets go of the others.
func (b *buffers) grow(kind string, n int) {
	*b = buffers{}
	if kind == "float32" {
		b.single = make([]float32, n)
	} else {
		b.double = make([]float64, n)
	}
	clear(b.single)
	clear(b.double)
}

// turns are those of a function of this process.
func (b *buffers) turns(single func([]float32), double func([]float64)) func(kind string, n int) turn {
	return func(kind string, n int) turn {
		return func(context.Context) (time.Duration, error) {
			seconds, err := bench.Timed(func() error {
				if kind == "float32" {
					single(b.single[:n])
				} else {
					double(b.double[:n])
				}
				return nil
			})
			return perBatch(seconds, n), err
		}
	}
}

// transformTurns are those of a peer.
func transformTurns(peer *bench.Peer) func(kind string, n int) turn {
	return func(kind string, n int) turn {
		return func(context.Context) (time.Duration, error) {
			told, err := peer.Turn(kind, strconv.Itoa(n))
			if err == nil {
				err = checkTransform(told, n)
			}
			return perBatch(told["seconds"], n), err
		}
	}
}

// transformers are the path of this process first, then the other paths, the peers that are
// installed, and the pass that is the limit. The function that is returned ends their
// processes.
func transformers(p *page, data *buffers) ([]transformer, func(), error) {
	var started []*bench.Peer
	closeAll := func() {
		for _, peer := range started {
			peer.Close()
		}
	}
	all := []transformer{{name: asm.Info(), turn: data.turns(hadamard.Transform[float32], hadamard.Transform[float64])}}
	for _, setting := range []string{"cpu.avx512f=off", "cpu.avx2=off"} {
		child, err := startTransforms(setting)
		if err != nil {
			return nil, closeAll, err
		}
		started = append(started, child)
		known := false
		for _, c := range all {
			known = known || c.name == child.About
		}
		if !known {
			all = append(all, transformer{name: child.About, turn: transformTurns(child)})
		}
	}
	all = append(all, transformer{name: "plain Go", peer: true, turn: data.turns(bench.PlainTransform[float32], bench.PlainTransform[float64])})
	for _, c := range []struct {
		name  string
		most  int
		start func() (*bench.Peer, error)
	}{
		{"FFTW", 0, func() (*bench.Peer, error) {
			return bench.StartC("fwht_fftw.c", "-lfftw3", "-lfftw3f", "-lm")
		}},
		{"numpy", 0, func() (*bench.Peer, error) { return bench.StartPeer(1, "fwht.py", "numpy") }},
		{"scipy", 1 << 12, func() (*bench.Peer, error) { return bench.StartPeer(1, "fwht.py", "scipy") }},
	} {
		peer, err := c.start()
		if err != nil {
			p.Missing(c.name, err)
			continue
		}
		started = append(started, peer)
		p.Peer(c.name, peer.About)
		all = append(all, transformer{name: c.name, peer: true, most: c.most, turn: transformTurns(peer)})
	}
	all = append(all, transformer{name: scaling, turn: data.turns(
		func(x []float32) { asm.FWHTScale(x, 1) }, func(x []float64) { asm.FWHTScale(x, 1) })})
	return all, closeAll, nil
}

// tellTransform draws the time of an element, and gives it for some sizes.
func tellTransform(p *page, kind string, all []transformer, sizes []int, took map[string][]spread) error {
	c := chart{title: "Walsh–Hadamard transform, " + kind + ", one thread", x: "elements n", y: "time of an element (ns)", logX: true, logY: true, xTicks: map[float64]string{}}
	x, each := make([]float64, len(sizes)), map[string][]float64{}
	for i, n := range sizes {
		x[i] = float64(n)
		if k := bits.Len(uint(n)) - 1; k%2 == 0 {
			c.xTicks[x[i]] = "2" + superscript(k)
		}
	}
	for _, who := range all {
		s := series{name: who.name, x: x, noMarks: who.name == scaling}
		for _, t := range took[who.name] {
			s.y, s.low, s.high = append(s.y, t.median*1e9/batch), append(s.low, t.low*1e9/batch), append(s.high, t.high*1e9/batch)
		}
		each[who.name] = s.y
		c.series = append(c.series, s)
	}
	if err := p.Plot(kind, c); err != nil {
		return err
	}
	header := []string{"n"}
	for _, who := range all {
		if !who.peer {
			header = append(header, who.name+", ns")
		}
	}
	header = append(header, "limit, GB/s", "share of the limit")
	for _, who := range all {
		if who.peer {
			header = append(header, who.name+" ÷ "+all[0].name)
		}
	}
	var cells [][]string
	bytes := 8.0
	if kind == "float32" {
		bytes = 4
	}
	for i, n := range sizes {
		k := bits.Len(uint(n)) - 1
		if k%2 == 1 {
			continue
		}
		row := []string{"2" + superscript(k)}
		ours, limit := each[all[0].name][i], each[scaling][i]
		for _, who := range all {
			if !who.peer {
				row = append(row, ratio(each[who.name][i], 1))
			}
		}
		row = append(row, fmt.Sprintf("%.3g", 2*bytes/limit), fmt.Sprintf("%.0f %%", 100*limit/ours))
		for _, who := range all {
			if who.peer {
				row = append(row, ratio(each[who.name][i], ours))
			}
		}
		cells = append(cells, row)
	}
	p.Text("**%s**: nanoseconds an element; the limit as the bytes that it reads and writes; how much longer the others take:", kind)
	p.Table(header, cells)
	return nil
}

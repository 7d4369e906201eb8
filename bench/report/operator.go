package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strconv"
	"time"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/bench"
	"github.com/nearlinear/nearlinear/jacobian"
)

// operations are the products of package jacobian, with the operations of the dense method
// for m·n·d; those of Gram are not counted, since population counts do other ones.
var operations = []struct {
	name  string
	flops float64 // in units of mnd
}{{"Linearize", 2}, {"MulVec", 2}, {"MulTransVec", 2}, {"MulGramVec", 4}, {"Gram", 0}}

// layer is a network with its samples and the vectors that are multiplied, as
// peers/jacobian.py makes them.
type layer struct {
	n, m, d          int
	x, w, v, u, a    []float64
	f, back, entries []float64 // results
}

func newLayer(n, m, d int) *layer {
	l := &layer{
		n: n, m: m, d: d,
		x: fractions(n*d, math.Sqrt2), w: fractions(m*d, math.Sqrt(3)), v: fractions(m*d, math.Sqrt(5)), u: fractions(n, math.Sqrt(7)),
		a: make([]float64, m), f: make([]float64, n), back: make([]float64, m*d), entries: make([]float64, n*n),
	}
	for r := range l.a {
		l.a[r] = float64(1 - 2*(r%2))
	}
	return l
}

// fractions are those of the multiples of an irrational number, from −½ to ½.
func fractions(count int, multiple float64) []float64 {
	x := make([]float64, count)
	for i := range x {
		t := float64(i+1) * multiple
		x[i] = t - math.Floor(t) - 0.5
	}
	return x
}

// products are the operations in their order. They return their results.
func (l *layer) products() ([]func() []float64, error) {
	op, err := jacobian.New(&jacobian.Network{M: l.m, D: l.d, W: l.w, A: l.a}, l.x, nil)
	return []func() []float64{
		func() []float64 { op.Linearize(l.f); return l.f },
		func() []float64 { op.MulVec(l.f, l.v); return l.f },
		func() []float64 { op.MulTransVec(l.back, l.u); return l.back },
		func() []float64 { op.MulGramVec(l.f, l.u); return l.f },
		func() []float64 { op.Gram(l.entries); return l.entries },
	}, err
}

var errDiffers = errors.New("a peer computes something else")

// productTurns are the turns of a peer that does all operations when it is asked for the first:
// the others repeat what it said of them. It has to come to the norms that are given.
func productTurns(peer *bench.Peer, l *layer, norms []float64) []turn {
	var said map[string]float64
	turns := make([]turn, len(operations))
	for i, o := range operations {
		turns[i] = func(context.Context) (time.Duration, error) {
			if i == 0 {
				var err error
				if said, err = peer.Turn("jacobian", strconv.Itoa(l.n), strconv.Itoa(l.m), strconv.Itoa(l.d)); err != nil {
					return 0, err
				}
			}
			if norm := said["|"+o.name+"|"]; !(math.Abs(norm-norms[i]) <= 1e-9*norms[i]) {
				return 0, fmt.Errorf("%w: %s of n = %d, m = %d, d = %d has the norm %.12g, not %.12g", errDiffers, o.name, l.n, l.m, l.d, norm, norms[i])
			}
			return time.Duration(said[o.name] * 1e9), nil
		}
	}
	return turns
}

// peakTurn is the time of 10⁹ flops at the peak of so many workers.
func peakTurn(workers int) turn {
	return func(context.Context) (time.Duration, error) {
		return time.Duration(1e18 / bench.PeakRate(workers)), nil
	}
}

// densePeers are who does dense work in processes of their own, where they are installed.
// The function that is returned ends them.
func densePeers(p *page) (names []string, peers []*bench.Peer, closeAll func()) {
	for _, engine := range []string{"numpy", "torch"} {
		name := map[string]string{"numpy": "numpy", "torch": "PyTorch"}[engine]
		peer, err := bench.StartPeer(runtime.GOMAXPROCS(0), "dense.py", engine)
		if err != nil {
			p.Missing(name, err)
			continue
		}
		p.Peer(name, peer.About)
		names, peers = append(names, name), append(peers, peer)
	}
	return names, peers, func() {
		for _, peer := range peers {
			peer.Close()
		}
	}
}

// products of one size: seconds by who and operation, and the peak in flops a second.
type measuredProducts struct {
	m, d int
	took map[string][]spread
	peak float64
}

func operatorStudy(ctx context.Context, p *page) error {
	n, ms, ds, turns, limit := 1024, []int{1024, 4096, 16384}, []int{9, 16, 64, 200, 784}, 5, 8*time.Second
	if p.quick {
		n, ms, ds, turns, limit = 128, []int{256}, []int{9, 64}, 1, 0
	}
	workers := runtime.GOMAXPROCS(0)
	p.Text("The products with J, n = %d, on all processors. Rates count the operations of the dense method, 2mnd for a product with J or Jᵀ and for the forward pass, 4mnd for JJᵀ; "+
		"the peak is that of the fused multiply-add in registers on %d threads, measured in every round; the products with J, which make an addition for four of the terms that the gates choose "+
		"from, may exceed it. Peers do it with dense matrices in float64: X·Wᵀ, gates of 0 and 1 by which "+
		"products are multiplied, and for the Gram matrix the product of the gates in float32, which is exact. All come to the same numbers.", n, workers)
	names, peers, closeAll := densePeers(p)
	defer closeAll()
	p.Peer("gonum", moduleVersion("gonum.org/v1/gonum"))
	who := append([]string{"ours"}, append(slices.Clone(names), "gonum")...)
	var sizes []measuredProducts
	for _, m := range ms {
		for _, d := range ds {
			p.Progress("m = %d, d = %d", m, d)
			l := newLayer(n, m, d)
			ours, err := l.products()
			if err != nil {
				return err
			}
			var norms []float64
			var works []turn
			inProcess := func(products []func() []float64) {
				for _, product := range products {
					works = append(works, timed(func(context.Context) error { product(); return nil }))
				}
			}
			for _, product := range ours {
				norms = append(norms, asm.Nrm2(product()))
			}
			inProcess(ours)
			for _, peer := range peers {
				works = append(works, productTurns(peer, l, norms)...)
			}
			inProcess(gonumProducts(l))
			spreads, err := alternate(ctx, turns, limit, append(works, peakTurn(workers))...)
			if err != nil {
				return err
			}
			s := measuredProducts{m: m, d: d, took: map[string][]spread{}, peak: 1e9 / spreads[len(works)].median}
			for i, name := range who {
				s.took[name] = spreads[i*len(operations) : (i+1)*len(operations)]
			}
			sizes = append(sizes, s)
		}
	}
	if err := tellOperator(p, n, ms[len(ms)/2], who, sizes); err != nil {
		return err
	}
	return factors(ctx, p, names, peers)
}

// rate is that of operation o, in flops a second.
func (s *measuredProducts) rate(who string, o, n int) float64 {
	return operations[o].flops * float64(s.m) * float64(n) * float64(s.d) / s.took[who][o].median
}

func tellOperator(p *page, n, m int, who []string, sizes []measuredProducts) error {
	c := chart{title: fmt.Sprintf("Products with J, n = %d, m = %d", n, m), x: "features d", y: "share of the FMA peak (%)", logX: true, fromZero: true, xTicks: map[float64]string{}}
	curve := func(name, by string, o int) {
		s := series{name: name}
		for _, size := range sizes {
			if size.m == m {
				s.x, s.y = append(s.x, float64(size.d)), append(s.y, 100*size.rate(by, o, n)/size.peak)
				c.xTicks[float64(size.d)] = strconv.Itoa(size.d)
			}
		}
		c.series = append(c.series, s)
	}
	for o, operation := range operations {
		if operation.flops > 0 {
			curve(operation.name, "ours", o)
		}
	}
	for _, name := range who[1:] {
		curve("Linearize, "+name, name, 0)
	}
	peak := series{name: "FMA peak", x: c.series[0].x, noMarks: true}
	for range peak.x {
		peak.y = append(peak.y, 100)
	}
	c.series = append(c.series, peak)
	if err := p.Plot("share", c); err != nil {
		return err
	}
	header := []string{"m", "d"}
	for _, o := range operations {
		header = append(header, o.name)
	}
	var ours, theirs [][]string
	for _, s := range sizes {
		row, times := []string{strconv.Itoa(s.m), strconv.Itoa(s.d)}, []string{strconv.Itoa(s.m), strconv.Itoa(s.d)}
		for o, operation := range operations {
			cell := short(s.took["ours"][o].median)
			if operation.flops > 0 {
				r := s.rate("ours", o, n)
				cell += fmt.Sprintf(", %.0f GF/s, %.0f %%", r/1e9, 100*r/s.peak)
			}
			row = append(row, cell)
			cell = ""
			for _, name := range who[1:] {
				if cell != "" {
					cell += " / "
				}
				cell += ratio(s.took[name][o].median, s.took["ours"][o].median)
			}
			times = append(times, cell)
		}
		ours, theirs = append(ours, row), append(theirs, times)
	}
	p.Text("Ours: time, rate, share of the peak; the Gram matrix is by population counts, which are other operations:")
	p.Table(header, ours)
	text := ""
	for i, name := range who[1:] {
		if i > 0 {
			text += " / "
		}
		text += name
	}
	p.Text("How many times as long as ours the peers take, %s:", text)
	p.Table(header, theirs)
	return nil
}

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"time"

	"gonum.org/v1/gonum/mat"

	"github.com/nearlinear/nearlinear/bench"
	"github.com/nearlinear/nearlinear/solver"
)

// factor is a work of dense linear algebra of order n.
type factor struct {
	name, file string
	flops      func(n float64) float64
	job        func(n int) []string // of peers/dense.py
	// make returns the works of this library and of gonum.
	make func(ctx context.Context, n int) (ours, gonum func(ctx context.Context) error, err error)
}

var denseFactors = []factor{
	{"solver.Mul, n × n", "product", func(n float64) float64 { return 2 * n * n * n },
		func(n int) []string { s := strconv.Itoa(n); return []string{"product", s, s, s} }, products},
	{"solver.NewCholesky, n × n", "cholesky", func(n float64) float64 { return n * n * n / 3 },
		func(n int) []string { return []string{"cholesky", strconv.Itoa(n)} }, choleskys},
	{"solver.NewQR, 2n × n", "qr", func(n float64) float64 { return 2 * n * n * (2*n - n/3) },
		func(n int) []string { return []string{"qr", strconv.Itoa(2 * n), strconv.Itoa(n)} }, qrs},
}

func normals(n int) []float64 {
	rng := rand.New(rand.NewPCG(5, uint64(n)))
	x := make([]float64, n)
	for i := range x {
		x[i] = rng.NormFloat64()
	}
	return x
}

func products(_ context.Context, n int) (ours, gonum func(ctx context.Context) error, err error) {
	a, b, c := normals(n*n), normals(n*n), make([]float64, n*n)
	o := &solver.MulOptions{Workspace: new(solver.MulWorkspace)}
	p, q, r := mat.NewDense(n, n, a), mat.NewDense(n, n, b), mat.NewDense(n, n, nil)
	return func(ctx context.Context) error { return solver.Mul(ctx, c, a, b, n, n, n, o) },
		func(context.Context) error { r.Mul(p, q); return nil }, nil
}

func choleskys(ctx context.Context, n int) (ours, gonum func(ctx context.Context) error, err error) {
	a := normals(n * n)
	for i := range n {
		for j := range i {
			a[j*n+i] = a[i*n+j]
		}
		a[i*n+i] = 3 * float64(n) // more than the sum of the others, nearly always
	}
	c, err := solver.NewCholesky(ctx, a, n, nil)
	s := mat.NewSymDense(n, a)
	var g mat.Cholesky
	return func(ctx context.Context) error { return c.Factor(ctx, a, 0) }, func(context.Context) error {
		if !g.Factorize(s) {
			return errors.New("gonum: not positive definite")
		}
		return nil
	}, err
}

func qrs(ctx context.Context, n int) (ours, gonum func(ctx context.Context) error, err error) {
	a := normals(2 * n * n)
	q, err := solver.NewQR(ctx, a, 2*n, n, nil)
	d := mat.NewDense(2*n, n, a)
	var g mat.QR
	return func(ctx context.Context) error { return q.Factor(ctx, a) }, func(context.Context) error { g.Factorize(d); return nil }, err
}

// gonum is not waited for longer than factorPatience a turn.
const factorPatience = 4 * time.Second

// factors measures products and factors against their order, beside the peers of densePeers.
func factors(ctx context.Context, p *page, names []string, peers []*bench.Peer) error {
	sizes, turns, limit := []int{128, 256, 512, 1024, 2048, 4096}, 5, 15*time.Second
	if p.quick {
		sizes, turns, limit = []int{128}, 1, 0
	}
	p.Text("**Factors**, in float64 on all processors, with the same peak. Cholesky is counted as n³/3 operations, QR without Q of a 2n × n matrix as 10n³/3. numpy's product is that of its "+
		"BLAS, its factors are those of scipy and LAPACK; gonum is left out where it would take longer than %v.", factorPatience)
	who := append(append([]string{"this library"}, names...), "gonum")
	for _, f := range denseFactors {
		c := chart{title: f.name, x: "order n", y: "rate (GF/s)", logX: true, fromZero: true, xTicks: map[float64]string{}}
		for _, name := range append(who, "FMA peak") {
			c.series = append(c.series, series{name: name, noMarks: name == "FMA peak"})
		}
		var cells [][]string
		var last spread // of gonum
		for _, n := range sizes {
			p.Progress("%s, n = %d", f.name, n)
			c.xTicks[float64(n)] = strconv.Itoa(n)
			ours, gonum, err := f.make(ctx, n)
			if err != nil {
				return fmt.Errorf("%s, n = %d: %w", f.name, n, err)
			}
			works := []turn{peakTurn(runtime.GOMAXPROCS(0)), timed(ours)}
			for _, peer := range peers {
				works = append(works, peerTurn(peer, f.job(n)...))
			}
			if 8*last.low <= factorPatience.Seconds() {
				works = append(works, timed(gonum))
			}
			spreads, err := alternate(ctx, turns, limit, works...)
			if err != nil {
				return fmt.Errorf("%s, n = %d: %w", f.name, n, err)
			}
			flops, peak := f.flops(float64(n)), 1e9/spreads[0].median
			row := []string{strconv.Itoa(n), spreads[1].String(), fmt.Sprintf("%.0f", flops/spreads[1].median/1e9), fmt.Sprintf("%.0f %%", 100*flops/spreads[1].median/peak)}
			for i, name := range who {
				if i+1 == len(spreads) {
					row = append(row, "–")
					continue
				}
				s, took := &c.series[i], spreads[i+1]
				s.x, s.y, s.low, s.high = append(s.x, float64(n)), append(s.y, flops/took.median/1e9), append(s.low, flops/took.high/1e9), append(s.high, flops/took.low/1e9)
				if i > 0 {
					row = append(row, ratio(took.median, spreads[1].median))
				}
				if name == "gonum" {
					last = took
				}
			}
			limit := &c.series[len(who)]
			limit.x, limit.y = append(limit.x, float64(n)), append(limit.y, peak/1e9)
			cells = append(cells, row)
		}
		if err := p.Plot(f.file, c); err != nil {
			return err
		}
		header := []string{"n", "time", "GF/s", "of the peak"}
		for _, name := range who[1:] {
			header = append(header, name+" ÷ ours")
		}
		p.Text("%s:", f.name)
		p.Table(header, cells)
	}
	return nil
}

// Command ranks prints, as Markdown, the time of a matrix-free step that a simple
// model expects of p ranks, and what bounds it.
package main

import (
	"fmt"
	"math"
	"os"
)

// Rates of one rank of two cores: those of package train's plan (its cost.go tells how they
// were measured, and has the same names).
const (
	forwardRate = 190e9 // flops of the forward pass, 2nmd …
	forwardGate = 3e-11 // … and seconds for each gate
	featureTime = 1e-11 // seconds for each gate and feature of JJᵀu
	countRate   = 5e12  // population counts, n²m-wise
	lowRankRate = 120e9 // flops of a low-rank preconditioner, 3nk² …
	columnTime  = 5e-8  // … seconds for each of its n·k elements …
	coreRate    = 12e9  // … and flops of its core, 4k³
	applyRate   = 2.6e9 // elements n·k of it a solve, in float32; a fifth more if they are cached …
	applyCore   = 4e9   // … and flops of its core, 10k²
	cached      = 32 << 20
	callTime    = 3e-5 // what an iteration takes beside its arithmetic
)

// The step that is modelled.
const (
	iterations = 20 // products, and applications of the preconditioner
	features   = 64
	reuse      = 8  // steps that share a preconditioner
	sections   = 16 // vectors of an ordered sum
)

type network struct {
	name        string
	alpha, beta float64 // seconds a message, seconds a byte
}

// Start-up and bandwidth of a message as the makers of these networks give them, not measured here.
var networks = []network{
	{"InfiniBand, 2 µs and 12 GB/s", 2e-6, 1 / 12e9},
	{"10 Gb Ethernet, 30 µs and 1.1 GB/s", 30e-6, 1 / 1.1e9},
}

// parts of a step's time.
type parts struct{ shared, sums, replicated float64 }

func (t parts) total() float64 { return t.shared + t.sums + t.replicated }

// step models a step of n samples and m neurons on p ranks, with a preconditioner
// of rank k: work by neurons is shared, vectors are summed by
// recursive halving and doubling; on each rank are the preconditioner's n·k, its making and its
// application, and what an iteration takes beside its arithmetic.
func step(n, m, p, k float64, net network, vectors float64) parts {
	gates := n * m / p
	t := parts{shared: gates*(2*features/forwardRate+forwardGate) + (iterations+1)*gates*features*featureTime + n*k*2*m/p/countRate/reuse}
	sum := func(values float64) float64 {
		if p == 1 {
			return 0
		}
		return 2*math.Log2(p)*net.alpha + 2*(p-1)/p*8*values*net.beta
	}
	t.sums = (iterations+3)*sum(n*vectors) + sum(n*k/2)/reuse
	apply := n * k / applyRate
	if 4*n*k <= cached {
		apply /= 1.2
	}
	build := n*k*(columnTime+3*k/lowRankRate) + 4*k*k*k/coreRate
	t.replicated = iterations*(apply+10*k*k/applyCore) + (iterations+1)*callTime + build/reuse
	return t
}

func main() {
	if len(os.Args) > 1 {
		fmt.Fprintln(os.Stderr, "usage: ranks > RANKS.md")
		os.Exit(2)
	}
	fmt.Println(`# Ranks: what a model expects

Printed by ` + "`go run ./ranks`" + ` in bench. A step of Gauss–Newton, matrix-free, d = 64, 20 products, with a low-rank preconditioner of
n/64 columns, 64 to 1024, kept for 8 steps. Rates and terms are those that package train plans with, two cores a rank; the networks are not measured. A sum costs
2·log₂(p)·α + 2·(p−1)/p·bytes·β. Ordered sums take 16 vectors and end at 16 ranks; fast ones take one vector.

Speed-up over one rank, the share of sums in the time, and the wall: what takes most at 1024 ranks.`)
	for _, net := range networks {
		fmt.Printf("\n## %s\n\n| n | m | one rank | 16 ordered | 16 | 128 | 1024 | sums at 1024 | wall |\n|---|---|---|---|---|---|---|---|---|\n", net.name)
		for _, n := range []float64{1e4, 1e5, 1e6} {
			k := min(max(n/64, 64), 1024)
			for _, m := range []float64{1e5, 1e6, 1e7, 1e8} {
				one := step(n, m, 1, k, net, 1)
				at := func(p, vectors float64) string {
					return fmt.Sprintf("%.3g×", one.total()/step(n, m, p, k, net, vectors).total())
				}
				last := step(n, m, 1024, k, net, 1)
				wall := "the work by neurons: more ranks help"
				switch top := max(last.shared, last.sums, last.replicated); top {
				case last.sums:
					wall = "the sums"
				case last.replicated:
					wall = "the preconditioner, on every rank alike"
				}
				fmt.Printf("| %.0e | %.0e | %.3g s | %s | %s | %s | %s | %.0f %% | %s |\n", n, m, one.total(), at(16, sections), at(16, 1), at(128, 1), at(1024, 1), 100*last.sums/last.total(), wall)
			}
		}
	}
}

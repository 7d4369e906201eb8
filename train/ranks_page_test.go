package train

import (
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
)

// The page bench/RANKS.md: what the plan's model of a step expects of ranks. What is not the
// plan's, the networks, is not measured here.
const (
	ranksFeatures   = 64
	ranksIterations = 20 // products, and applications of the preconditioner
	ranksReuse      = 8  // steps that share a preconditioner
	ranksSections   = 16 // vectors of an ordered sum
)

const ranksHead = `# Ranks: what a model expects

Written by ` + "`make ranks-page`" + `. A step of Gauss–Newton, matrix-free, d = 64, 20 products, with a low-rank preconditioner of
n/64 columns, 64 to 1024, kept for 8 steps. Rates and terms are those that package train plans with, two cores a rank; the networks are not measured. A sum costs
2·log₂(p)·α + 2·(p−1)/p·bytes·β. Ordered sums take 16 vectors and end at 16 ranks; fast ones take one vector.

Speed-up over one rank, the share of sums in the time, and the wall: what takes most at 1024 ranks.
`

// network is how ranks are joined, in figures of its makers.
type network struct {
	name        string
	alpha, beta float64 // seconds a message, seconds a byte
}

// ranksStep is the time of a step in its parts.
type ranksStep struct{ shared, sums, replicated float64 }

func (t ranksStep) total() float64 { return t.shared + t.sums + t.replicated }

// on models a step of n samples and m neurons on p ranks, with a preconditioner of rank k: work
// by neurons is shared, vectors are summed by recursive halving and doubling; on each rank are
// the preconditioner's n·k, its making and its application, and what an iteration takes beside
// its arithmetic: what the plan expects of a rank without neurons.
func (net network) on(n, m, p, k int, vectors float64) ranksStep {
	own := &work{n: n, d: ranksFeatures, m: m / p, rhs: 1}
	none := &work{n: n, d: ranksFeatures, rhs: 1}
	making, _ := own.lowRank(k)
	fixed, apply := none.lowRank(k)
	t := ranksStep{
		shared:     own.common() - none.common() + ranksIterations*(own.product()-none.product()) + (making-fixed)/ranksReuse,
		replicated: none.common() + ranksIterations*(none.product()+apply) + fixed/ranksReuse,
	}
	if p > 1 {
		ranks := float64(p)
		sum := func(values float64) float64 {
			return 2*math.Log2(ranks)*net.alpha + 2*(ranks-1)/ranks*8*values*net.beta
		}
		t.sums = (ranksIterations+3)*sum(float64(n)*vectors) + sum(float64(n)*float64(k)/2)/ranksReuse
	}
	return t
}

// row is a line of the table.
func (net network) row(n, m int) string {
	k := min(max(n/64, 64), 1024)
	one, last := net.on(n, m, 1, k, 1), net.on(n, m, 1024, k, 1)
	gain := func(p int, vectors float64) string {
		return fmt.Sprintf("%.3g×", one.total()/net.on(n, m, p, k, vectors).total())
	}
	wall := "the work by neurons: more ranks help"
	switch max(last.shared, last.sums, last.replicated) {
	case last.sums:
		wall = "the sums"
	case last.replicated:
		wall = "the preconditioner, on every rank alike"
	}
	return fmt.Sprintf("| %.0e | %.0e | %.3g s | %s | %s | %s | %s | %.0f %% | %s |\n", float64(n), float64(m), one.total(),
		gain(16, ranksSections), gain(16, 1), gain(128, 1), gain(1024, 1), 100*last.sums/last.total(), wall)
}

var ranksPage = flag.Bool("ranks-page", false, "write bench/RANKS.md instead of comparing it")

// TestRanksPageIsOfThePlan: the page is what the constants of the plan give now.
func TestRanksPageIsOfThePlan(t *testing.T) {
	const path = "../bench/RANKS.md"
	var b strings.Builder
	b.WriteString(ranksHead)
	for _, net := range []network{{"InfiniBand, 2 µs and 12 GB/s", 2e-6, 1 / 12e9}, {"10 Gb Ethernet, 30 µs and 1.1 GB/s", 30e-6, 1 / 1.1e9}} {
		fmt.Fprintf(&b, "\n## %s\n\n| n | m | one rank | 16 ordered | 16 | 128 | 1024 | sums at 1024 | wall |\n|---|---|---|---|---|---|---|---|---|\n", net.name)
		for _, n := range []int{1e4, 1e5, 1e6} {
			for _, m := range []int{1e5, 1e6, 1e7, 1e8} {
				b.WriteString(net.row(n, m))
			}
		}
	}
	if *ranksPage {
		if err := os.WriteFile(path, []byte(b.String()), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != b.String() {
		t.Error("bench/RANKS.md is not what the plan gives: make ranks-page writes it")
	}
}

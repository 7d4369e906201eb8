package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/nearlinear/nearlinear/solver"
)

// solvers are the conjugate gradients that the study compares: with which preconditioner.
type preconditioned struct {
	name string
	make precondition
}

// preconditioners are made anew for each problem, in the order of the plots.
func preconditioners(n int) []preconditioned {
	rank := min(n, int(10*math.Sqrt(float64(n))))
	return []preconditioned{
		{"none", nil},
		{"Jacobi", jacobi},
		{"full SRHT, s = 4n", sketched(false, false, 4)},
		{"Kronecker SRHT, s = 4n", sketched(true, false, 4)},
		{fmt.Sprintf("Nyström, rank %d", rank), nystrom(rank)},
		{fmt.Sprintf("pivoted Cholesky, rank %d", rank), pivoted(rank, false)},
	}
}

// solved is what a preconditioner came to.
type solved struct {
	iterations int
	converged  bool
	build, all spread // of making it, and with the solve
}

const (
	preconditionTolerance = 1e-6
	preconditionLimit     = 3000
)

// trial makes each preconditioner and solves with it, in turn.
func trial(ctx context.Context, q *problem, quick bool, c float64, all []preconditioned) ([]solved, error) {
	q.residual()
	out, builds, works := make([]solved, len(all)), make([][]float64, len(all)), make([]turn, len(all))
	for i, way := range all {
		works[i] = func(ctx context.Context) (time.Duration, error) {
			start := time.Now()
			var pre solver.Preconditioner
			if way.make != nil {
				var err error
				if pre, err = way.make(ctx, q, c); err != nil {
					return 0, fmt.Errorf("%s: %w", way.name, err)
				}
			}
			builds[i] = append(builds[i], time.Since(start).Seconds())
			result, err := conjugate(ctx, q, pre, c, preconditionTolerance, preconditionLimit)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", way.name, err)
			}
			out[i].iterations, out[i].converged = result.Iterations, result.Converged()
			return time.Since(start), nil
		}
	}
	turns, limit := 3, 12*time.Second
	if quick {
		turns, limit = 1, 0
	}
	spreads, err := alternate(ctx, turns, limit, works...)
	if err != nil {
		return nil, err
	}
	for i := range out {
		out[i].build, out[i].all = spreadOf(builds[i][len(builds[i])-spreads[i].turns:]), spreads[i]
	}
	return out, nil
}

// cell is the iterations and the time of a table.
func (s solved) cell() string {
	more := ""
	if !s.converged {
		more = ">"
	}
	return fmt.Sprintf("%s%d, %s", more, s.iterations, short(s.all.median))
}

func preconditionStudy(ctx context.Context, p *page) error {
	n, m, d, decade := 1024, 4096, 16, []float64{1e-3, 3e-3, 1e-2, 3e-2, 0.1, 0.3, 1}
	dampings := []float64{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1}
	ratios := []float64{1.2, 1.5, 2, 3, 4, 6, 8}
	if p.quick {
		n, m, decade, dampings, ratios = 128, 512, []float64{1e-2, 0.1, 1}, []float64{1e-6, 1e-3, 1}, []float64{1.2, 2, 4}
	}
	centres := n / 8
	const damping, near = 1e-6, 1e-2
	p.Text("Conjugate gradients on (JJᵀ + cI)u = r by implicit products, to a true relative residual of %g, n = %d samples, d = %d, m = %d, gates of standard normal weights. Samples lie around "+
		"%d centres on the unit sphere, at about a distance from them that is called the separation: near 0 they are duplicates, at 1 little is left of the "+
		"clusters. Rank %d is the default of package solver. Times include making the preconditioner, in float64; where %d iterations "+
		"are not enough the solve stops there, marked > in the tables.", preconditionTolerance, n, d, m, centres, min(n, int(10*math.Sqrt(float64(n)))), preconditionLimit)

	sweep := func(name, axis, title string, xs []float64, at func(x float64) (*problem, float64, error)) error {
		ways := preconditioners(n)
		counts := chart{title: "Iterations against " + title, x: axis, y: "iterations", logX: true, logY: true}
		times := chart{title: "Time against " + title, x: axis, y: "time to make and solve (s)", logX: true, logY: true}
		for _, way := range ways {
			counts.series = append(counts.series, series{name: way.name, x: xs})
			times.series = append(times.series, series{name: way.name, x: xs})
		}
		header := []string{axis}
		for _, way := range ways {
			header = append(header, way.name)
		}
		var cells [][]string
		for _, x := range xs {
			p.Progress("%s %g", axis, x)
			q, c, err := at(x)
			if err != nil {
				return err
			}
			got, err := trial(ctx, q, p.quick, c, preconditioners(n))
			if err != nil {
				return err
			}
			row := []string{number(x)}
			for i, s := range got {
				counts.series[i].y = append(counts.series[i].y, float64(s.iterations))
				t := &times.series[i]
				t.y, t.low, t.high = append(t.y, s.all.median), append(t.low, s.all.low), append(t.high, s.all.high)
				row = append(row, s.cell())
			}
			cells = append(cells, row)
		}
		if err := p.Plot(name+"-iterations", counts); err != nil {
			return err
		}
		if err := p.Plot(name+"-time", times); err != nil {
			return err
		}
		p.Table(header, cells)
		return nil
	}
	p.Text("**Separation**, c = %g. Iterations and time:", damping)
	err := sweep("separation", "separation of the samples", fmt.Sprintf("the separation of the samples, c = %s", number(damping)), decade, func(x float64) (*problem, float64, error) {
		q, err := newProblem(clusters(n, d, centres, x), d, m)
		return q, damping, err
	})
	if err != nil {
		return err
	}
	clustered, err := newProblem(clusters(n, d, centres, near), d, m)
	if err != nil {
		return err
	}
	p.Text("**Damping**, separation %g. Iterations and time:", near)
	err = sweep("damping", "damping c", fmt.Sprintf("damping, separation %s", number(near)), dampings, func(c float64) (*problem, float64, error) {
		return clustered, c, nil
	})
	if err != nil {
		return err
	}
	return sketchSizes(ctx, p, clustered, damping, ratios)
}

// sketchSizes varies the rows of the sketch.
func sketchSizes(ctx context.Context, p *page, q *problem, c float64, ratios []float64) error {
	p.Text("**Size of the sketch**, separation as before, c = %g. The bound is that of Gaussian sketches: a singular value of JᵀR⁻¹ lies within 1/(1 ± √(n/s)), the "+
		"error falls by √(n/s) an iteration, and the residual takes ln(2/%g)/ln √(s/n) of them.", c, preconditionTolerance)
	kinds := []string{"full SRHT", "Kronecker SRHT"}
	counts := chart{title: "Iterations against the size of the sketch", x: "rows of the sketch, s/n", y: "iterations", logY: true, series: []series{
		{name: kinds[0], x: ratios}, {name: kinds[1], x: ratios}, {name: "bound for Gaussian", x: ratios, noMarks: true}}}
	times := chart{title: "Time against the size of the sketch", x: "rows of the sketch, s/n", y: "time (s)", logY: true, series: []series{
		{name: kinds[0] + ", made", x: ratios}, {name: kinds[0] + ", made and solved", x: ratios},
		{name: kinds[1] + ", made", x: ratios}, {name: kinds[1] + ", made and solved", x: ratios}}}
	var cells [][]string
	for _, ratio := range ratios {
		p.Progress("s/n = %g", ratio)
		got, err := trial(ctx, q, p.quick, c, []preconditioned{{kinds[0], sketched(false, false, ratio)}, {kinds[1], sketched(true, false, ratio)}})
		if err != nil {
			return err
		}
		bound := math.Log(2/preconditionTolerance) / math.Log(math.Sqrt(ratio))
		counts.series[2].y = append(counts.series[2].y, bound)
		row := []string{fmt.Sprint(ratio), fmt.Sprintf("%.0f", bound)}
		for i, s := range got {
			counts.series[i].y = append(counts.series[i].y, float64(s.iterations))
			for j, t := range []spread{s.build, s.all} {
				to := &times.series[2*i+j]
				to.y, to.low, to.high = append(to.y, t.median), append(to.low, t.low), append(to.high, t.high)
			}
			row = append(row, strconv.Itoa(s.iterations), s.build.String(), s.all.String())
		}
		cells = append(cells, row)
	}
	if err := p.Plot("sketch-iterations", counts); err != nil {
		return err
	}
	if err := p.Plot("sketch-time", times); err != nil {
		return err
	}
	p.Table([]string{"s/n", "bound", "full: iterations", "made", "made and solved", "Kronecker: iterations", "made", "made and solved"}, cells)
	return nil
}

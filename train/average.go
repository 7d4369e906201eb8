package train

import (
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/asm"
)

// The average of several shapes.
//
// Networks that see the rows in other shapes err in other ways, and their average errs less than
// they do. It is chosen greedily, with replacement (Caruana, Niculescu-Mizil, Crew and Ksikes 2004): the
// shape that helps the average most is added to it once more, by the predictions of rows out of
// fold that the choice has made anyway, as long as the error falls by more than the standard error of
// the difference.
const averageMost = 8 // shapes that are added, equal ones counted

// member is one shape of an average.
type member struct {
	shape
	ridge, weight float64
}

// average returns the shapes that make the average of least error, from best on, with their
// weights, and notes the error.
func (c *chooser) average(best *trial, all []*trial) []member {
	times := make([]int, len(all))
	times[slices.Index(all, best)] = 1
	left, squares := best.left, best.squares[best.best]
	most := c.cfg.Members
	if squares == nil || left == nil { // every system broke down
		most = 1
	}
	for count := 1; count < averageMost && most > 1; count++ {
		k, mixed, is := -1, []float64(nil), []float64(nil)
		for i, t := range all {
			if t.left == nil || times[i] == 0 && distinct(times) >= most {
				continue
			}
			m := make([]float64, len(left))
			asm.Scale(m, float64(count)/float64(count+1), left)
			asm.Axpy(m, 1/float64(count+1), t.left)
			if s := c.squared(c.deviations(best, m)); k < 0 || !(sum(is) <= sum(s)) {
				k, mixed, is = i, m, s
			}
		}
		if k < 0 {
			break
		}
		if gain, err := c.paired(is, squares); !(gain > err) {
			break
		}
		times[k]++
		left, squares = mixed, is
	}
	if squares != nil {
		c.report.RMSE = math.Sqrt(sum(squares) / c.count())
	}
	var out []member
	total := 0
	for i, t := range all {
		if times[i] == 0 {
			continue
		}
		total += times[i]
		m := member{shape: t.shape, ridge: ridges[t.ridge], weight: float64(times[i])}
		if t == best {
			c.curve(t)
			out = append([]member{m}, out...)
		} else {
			out = append(out, m)
		}
	}
	for i := range out {
		out[i].weight /= float64(total)
	}
	return out
}

// distinct returns how many numbers are not zero.
func distinct(times []int) int {
	k := 0
	for _, v := range times {
		if v > 0 {
			k++
		}
	}
	return k
}

// curve puts the errors of a shape by the ridge into the report.
func (c *chooser) curve(t *trial) {
	for k, e := range t.rmse {
		if e > 0 && e < math.Inf(1) {
			c.report.Curve = append(c.report.Curve, RidgeError{ridges[k], e})
		}
	}
}

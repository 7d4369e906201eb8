package model

import (
	"math"

	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// Calibration makes probabilities of the k predictions of a row of a model of classes: class j
// has the logit Scale[j]·s_j + Shift[j] (vector scaling; Guo, Pleiss, Sun and Weinberger 2017).
// Of two classes, with one prediction, that is the second, and the first has the logit 0.
type Calibration struct {
	Scale, Shift []float64 // k

	// Offset is added to the logits before the largest tells the class, k values, and changes no
	// probability; nil adds nothing. Of two classes the second is told from the probability Threshold on.
	Offset []float64
}

// Classes returns the number of classes.
func (c *Calibration) Classes() int { return max(2, len(c.Scale)) }

// Probabilities sets dst, Classes() values, to the probabilities of the classes of a row with
// the given predictions, k values. They are the same for k > 1 if dst is predictions.
func (c *Calibration) Probabilities(dst, predictions []float64) {
	if len(c.Scale) == 1 {
		dst[0], dst[1] = 0, float64(c.Scale[0]*predictions[0])+c.Shift[0]
	} else {
		for j, v := range predictions {
			dst[j] = float64(c.Scale[j]*v) + c.Shift[j]
		}
	}
	softmax(dst)
}

// Class returns the class of the largest logit of a row with the given predictions, Offset included: the most
// probable one where there is none. Of equals it is the first, of two classes the second.
func (c *Calibration) Class(predictions []float64) int {
	best, most := 0, math.Inf(-1)
	for j, v := range predictions {
		z := float64(c.Scale[j]*v) + c.Shift[j]
		if c.Offset != nil {
			z += c.Offset[j]
		}
		if len(c.Scale) == 1 {
			if z >= 0 {
				return 1
			}
			return 0
		}
		if z > most {
			best, most = j, z
		}
	}
	return best
}

// Threshold returns the probability of the second of two classes from which on Class tells it, 0.5 without
// Offset, and NaN of more classes.
func (c *Calibration) Threshold() float64 {
	switch {
	case len(c.Scale) != 1:
		return math.NaN()
	case c.Offset == nil:
		return 0.5
	}
	z := [2]float64{0, -c.Offset[0]}
	softmax(z[:])
	return z[1]
}

// check returns ErrModel unless the lengths are those of so many classes and predictions, and all
// is finite.
func (c *Calibration) check(classes, k int) error {
	if c == nil {
		return nil
	}
	if classes == 0 || len(c.Scale) != k || len(c.Shift) != k {
		return badModel("a calibration of %d scales and %d shifts for %d targets and %d classes", len(c.Scale), len(c.Shift), k, classes)
	}
	if n := len(c.Offset); n != 0 && n != k {
		return badModel("%d offsets of a calibration for %d targets", n, k)
	}
	for j, v := range c.Offset {
		if v-v != 0 {
			return badModel("the calibration of class %d has offset %v", j, v)
		}
	}
	for j := range c.Scale {
		if v := c.Scale[j] + c.Shift[j]; v-v != 0 {
			return badModel("the calibration of class %d has scale %v and shift %v", j, c.Scale[j], c.Shift[j])
		}
	}
	return nil
}

// expand turns n predictions, of which there are as many as classes for each row, or of two classes
// one in the second half of p, into probabilities.
func (c *Calibration) expand(p []float64, n int) {
	classes, k := c.Classes(), len(c.Scale)
	from := p[len(p)-n*k:]
	for i := range n { // what is written was read before
		c.Probabilities(p[i*classes:(i+1)*classes], from[i*k:(i+1)*k])
	}
}

// softmax turns logits into probabilities.
func softmax(z []float64) {
	largest, total := math.Inf(-1), 0.0
	for _, v := range z {
		largest = max(largest, v)
	}
	for j, v := range z {
		z[j] = portable.Exp(v - largest)
		total += z[j]
	}
	for j := range z {
		z[j] /= total
	}
}

package features

import (
	"context"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// Skew draws in a long tail of one standardised feature z by a logarithm,
//
//	u = (z − Origin)/Reach,   z' = (ln(1+u) − Mean)/Std   (u in place of ln(1+u) where u < 0)
//
// so that neurons are not spent on a few far rows. Origin is the end of the
// training rows away from the tail, Reach is negative for a tail to the left,
// and 0 for a feature that is left alone.
type Skew struct {
	Origin, Reach, Mean, Std float64
}

// skewLimit is the skewness from which a feature goes through a logarithm: that of an
// exponential distribution is 2, of a half-normal one 0.995.
const skewLimit = 1

// skewHalvings bounds the search for Reach: from the range of the feature down
// to 2⁻¹² of it.
const skewHalvings = 12

// apply maps one standardised value.
func (s *Skew) apply(z float64) float64 {
	if s.Reach == 0 {
		return z
	}
	return (s.log(z) - s.Mean) / s.Std
}

func (s *Skew) log(z float64) float64 {
	u := (z - s.Origin) / s.Reach
	if u > 0 {
		return portable.Log(1 + u)
	}
	return u
}

// fitSkew chooses the logarithm for standardised values z: none below
// skewLimit, else the one of the Reach that leaves the least skewness, with the
// given weights of the rows, nil for ones. It overwrites tmp, of the length of z.
// Once ctx is done, the choice is of no use.
func fitSkew(ctx context.Context, z, tmp, weights []float64) Skew {
	best := math.Abs(skewness(z, weights))
	if !(best > skewLimit) {
		return Skew{}
	}
	low, high := slices.Min(z), slices.Max(z)
	s := Skew{Origin: low, Reach: high - low}
	if skewness(z, weights) < 0 {
		s = Skew{Origin: high, Reach: low - high}
	}
	var found Skew
	for range skewHalvings + 1 {
		if ctx.Err() != nil {
			return Skew{}
		}
		for i, v := range z {
			tmp[i] = s.log(v)
		}
		if k := math.Abs(skewness(tmp, weights)); k < best {
			best, found = k, s
		}
		s.Reach /= 2
	}
	if found.Reach == 0 || best > skewLimit {
		return Skew{}
	}
	for i, v := range z {
		tmp[i] = found.log(v)
	}
	if found.Mean, found.Std = moments(tmp, weights); found.Std == 0 {
		return Skew{}
	}
	return found
}

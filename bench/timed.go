package bench

import (
	"slices"
	"time"
)

// Timed does the work and returns how many seconds it took. Work shorter than two milliseconds is
// repeated until it fills them, and the time is the mean, as peers take it.
func Timed(work func() error) (float64, error) {
	for count := 1; ; count *= 2 {
		start := time.Now()
		for range count {
			if err := work(); err != nil {
				return 0, err
			}
		}
		if t := time.Since(start); t >= 2*time.Millisecond {
			return t.Seconds() / float64(count), nil
		}
	}
}

// Quantile interpolates between the two values nearest to the place q·(n−1).
func Quantile(x []float64, q float64) float64 {
	y := slices.Sorted(slices.Values(x))
	place := q * float64(len(y)-1)
	i := min(int(place), len(y)-1)
	j := min(i+1, len(y)-1)
	return y[i] + (place-float64(i))*(y[j]-y[i])
}

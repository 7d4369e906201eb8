package bench

import "time"

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

package solver

import "context"

// bigFloats is a number of values that takes milliseconds to make.
const bigFloats = 1 << 18

// makeFloats is make([]float64, n), but returns nil once ctx is done. Memory that
// the process has used before is cleared, and may have to be fetched page by
// page from the system: gigabytes take seconds, which nothing can interrupt. So
// it is made by a goroutine, which ends with that whether or not anybody waits.
func makeFloats(ctx context.Context, n int) []float64 {
	if n < bigFloats || ctx.Done() == nil {
		return make([]float64, n)
	}
	made := make(chan []float64, 1)
	go func() { made <- make([]float64, n) }()
	select {
	case x := <-made:
		return x
	case <-ctx.Done():
		return nil
	}
}

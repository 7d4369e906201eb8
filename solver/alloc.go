package solver

import "context"

// bigFloats is a number of values that takes milliseconds to make.
const bigFloats = 1 << 18

// makeFloats is make([]T, n), but returns nil once ctx is done. Memory that
// the process has used before is cleared, and may have to be fetched page by
// page from the system: gigabytes take seconds, which nothing can interrupt. So
// it is made by a goroutine, which ends with that whether or not anybody waits.
func makeFloats[T Float](ctx context.Context, n int) []T {
	if n < bigFloats || ctx.Done() == nil {
		return make([]T, n)
	}
	made := make(chan []T, 1)
	go func() { made <- make([]T, n) }()
	select {
	case x := <-made:
		return x
	case <-ctx.Done():
		return nil
	}
}

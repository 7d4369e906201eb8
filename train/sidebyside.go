package train

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// sideBySide calls f for 0 … n−1 with options for fits that nobody hears of, several at a time as
// far as there are workers and memory: what is too small to occupy several workers occupies one each.
// It returns the error of the first call that failed. No result depends on what runs beside it.
func (c *config) sideBySide(n int, f func(i int, own *config) error) error {
	workers := c.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	lanes := max(1, min(n, workers, c.room))
	errs := make([]error, n)
	var next atomic.Int64
	var wait sync.WaitGroup
	for range lanes {
		wait.Go(func() {
			own := c.quiet()
			own.Workers = workers / lanes
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				if errs[i] = f(int(i), own); errs[i] != nil {
					next.Store(int64(n))
				}
			}
		})
	}
	wait.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

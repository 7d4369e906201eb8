package bench

import (
	"time"

	"github.com/nearlinear/nearlinear/asm"
)

// PeakRate measures the peak of the fused multiply-add on so many workers for about
// 2 ms, in flops a second.
func PeakRate(workers int) float64 {
	const tasks, turns = 100, 10000
	team := asm.NewTeam(workers)
	flops := float64(workers*tasks*turns) * asm.PeakFMA(1)
	start := time.Now()
	team.Do(workers*tasks, func(_, _ int) { asm.PeakFMA(turns) })
	return flops / time.Since(start).Seconds()
}

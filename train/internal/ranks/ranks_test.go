package ranks

import (
	"context"
	"errors"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/nearlinear/nearlinear/jacobian"
	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// TestNaNOnOneRank: a NaN that one rank adds to a sum, short or long, ends the
// common context on all with the rank's number; one that all add, or that infinities of
// two signs make, does not.
func TestNaNOnOneRank(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		add  [3]float64
		want string
	}{
		{[3]float64{1, 2, 3}, ""},
		{[3]float64{1, nan, 3}, "rank 1 of 3 added NaN"},
		{[3]float64{inf, 2, nan}, "rank 2 of 3 added NaN"},
		{[3]float64{nan, nan, nan}, ""},
		{[3]float64{inf, -inf, 3}, ""},
	} {
		for _, length := range []int{1, withFlags, withFlags + 1} {
			var wg sync.WaitGroup
			causes := make([]error, 3)
			for k, r := range jacobian.LocalRanks(3) {
				wg.Go(func() {
					g := New(r)
					common := g.Follow(t.Context())
					x := make([]float64, length)
					x[length-1] = c.add[k]
					g.Sum(x)
					causes[k] = context.Cause(common)
				})
			}
			wg.Wait()
			for k, err := range causes {
				if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, fault.ErrNotFinite) || !strings.Contains(err.Error(), c.want)) {
					t.Errorf("%v, %d values: rank %d ends by %v, want %q", c.add, length, k, err, c.want)
				}
			}
		}
	}
}

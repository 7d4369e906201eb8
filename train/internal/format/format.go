// Package format writes figures for people.
package format

import (
	"fmt"
	"math"
)

// Seconds writes a time to so many digits, or all before the point, in a unit that suits it.
func Seconds(s float64, digits int) string {
	unit := "h"
	switch {
	case s >= 7200:
		s /= 3600
	case s >= 1:
		unit = "s"
	case s >= 1e-3:
		s, unit = s*1e3, "ms"
	default:
		s, unit = s*1e6, "µs"
	}
	if s >= math.Pow10(digits-1) {
		return fmt.Sprintf("%.0f %s", s, unit)
	}
	return fmt.Sprintf("%.*g %s", digits, s, unit)
}

package format

import "testing"

func TestSeconds(t *testing.T) {
	for _, c := range []struct {
		seconds float64
		digits  int
		want    string
	}{
		{0, 2, "0 µs"}, {4.56e-6, 2, "4.6 µs"}, {4.56e-6, 3, "4.56 µs"}, {0.0123, 2, "12 ms"}, {0.0123, 3, "12.3 ms"},
		{0.9999, 3, "1000 ms"}, {1, 3, "1 s"}, {12.34, 2, "12 s"}, {12.34, 3, "12.3 s"}, {7199, 2, "7199 s"}, {9000, 2, "2.5 h"}, {1e7, 2, "2778 h"},
	} {
		if got := Seconds(c.seconds, c.digits); got != c.want {
			t.Errorf("%g to %d digits: %q, want %q", c.seconds, c.digits, got, c.want)
		}
	}
}

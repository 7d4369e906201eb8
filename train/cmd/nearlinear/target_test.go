package main

import (
	"fmt"
	"strings"
	"testing"
)

// TestRowsWithoutTargetAreTold: by their number, and rows are told by their place in the file.
func TestRowsWithoutTargetAreTold(t *testing.T) {
	var b strings.Builder
	b.WriteString("a,b,y\n")
	for i := range 80 {
		y := fmt.Sprintf("%d.5", 3*i)
		switch {
		case i%10 == 3:
			y = "NA"
		case i == 60:
			y = "1000000.5"
		}
		fmt.Fprintf(&b, "%d,%d,%s\n", i, i*i%11, y)
	}
	code, stdout, stderr := callWith(t.Context(), b.String(), "fit", "-data", "-", "-width", "64", "-json")
	if code != 0 || !strings.Contains(stderr, `note: 8 of 80 rows have no value of target "y": they are left out`) ||
		!strings.Contains(stdout, `"outliers":[{"row":60,`) {
		t.Errorf("code %d, stderr %q, stdout %s", code, stderr, stdout[max(0, len(stdout)-4000):])
	}
}

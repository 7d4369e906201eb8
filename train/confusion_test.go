package train

import (
	"math"
	"reflect"
	"slices"
	"testing"
)

// TestConfusionCounts: of hand-made classes, with recall, precision and the largest confusions.
func TestConfusionCounts(t *testing.T) {
	class := []int{0, 0, 0, 0, 1, 1, 1, 2, 2, 2}
	told := []int{0, 0, 0, 1, 1, 0, 0, 2, 0, 1}
	ones := slices.Repeat([]float64{1}, len(class))
	c := newConfusion(4, class, told, ones)
	if want := (Confusion{{3, 1, 0, 0}, {2, 1, 0, 0}, {1, 1, 1, 0}, {0, 0, 0, 0}}); !reflect.DeepEqual(c, want) {
		t.Fatalf("%v, want %v", c, want)
	}
	for k, want := range [][2]float64{{3. / 4, 3. / 6}, {1. / 3, 1. / 3}, {1. / 3, 1}} {
		if r, p := c.Recall(k), c.Precision(k); math.Abs(r-want[0]) > 1e-15 || math.Abs(p-want[1]) > 1e-15 {
			t.Errorf("class %d: recall %v, precision %v, want %v", k, r, p, want)
		}
	}
	if r, p := c.Recall(3), c.Precision(3); r == r || p == p {
		t.Errorf("a class without rows has recall %v and precision %v", r, p)
	}
	if got, want := c.Largest(2), []Confused{{1, 0, 2, 2. / 3}, {0, 1, 1, 1. / 4}}; !reflect.DeepEqual(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := c.Largest(100); len(got) != 4 {
		t.Errorf("%v: not each confusion once", got)
	}
	twice := slices.Clone(ones)
	twice[5] = 2
	if d := newConfusion(4, class, told, twice); d[1][0] != 3 || d[1][1] != 1 {
		t.Errorf("with a row of weight 2: %v", d)
	}
}

package folds

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestEqualRowsAreOneGroup, with NaN and both zeros, and no others.
func TestEqualRowsAreOneGroup(t *testing.T) {
	nan := math.NaN()
	x := []float64{1, 2, 0, nan, 1, 2, math.Copysign(0, -1), nan, 2, 1, nan, 0, 1, 2}
	of, count := Groups(x, 2)
	if want := []int{0, 1, 0, 1, 2, 3, 0}; !slices.Equal(of, want) || count != 4 {
		t.Errorf("%v, %d groups, want %v", of, count, want)
	}
}

// TestSplitKeepsGroupsAndStrata: equal rows are on one side, every fold has its part of each
// stratum, up to the largest group, and all rows have a fold.
func TestSplitKeepsGroupsAndStrata(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{2, 7, 40, 333} {
		for _, k := range []int{2, 5, 10} {
			x, strata := make([]float64, n), make([]int, n)
			for i := range x {
				x[i] = float64(rng.IntN(max(2, n/2)))
				strata[i] = int(x[i]) % 3 // of equal rows equal
			}
			group, groups := Groups(x, 1)
			fold, folds := Split(group, groups, strata, k, 3, 4)
			if folds != min(k, groups) {
				t.Fatalf("n=%d k=%d: %d folds of %d groups", n, k, folds, groups)
			}
			largest := 0
			for g := range groups {
				first := slices.Index(group, g)
				count := 0
				for i, h := range group {
					if h == g {
						count++
						if fold[i] != fold[first] {
							t.Fatalf("n=%d k=%d: equal rows %d and %d are in folds %d and %d", n, k, first, i, fold[first], fold[i])
						}
					}
				}
				largest = max(largest, count)
			}
			for s := range 3 {
				count := make([]int, folds)
				for i := range fold {
					if strata[i] == s {
						count[fold[i]]++
					}
				}
				if lo, hi := slices.Min(count), slices.Max(count); hi-lo > largest {
					t.Errorf("n=%d k=%d: folds have from %d to %d rows of stratum %d, a group at most %d", n, k, lo, hi, s, largest)
				}
			}
		}
	}
}

// TestSplitFollowsTheSeed alone.
func TestSplitFollowsTheSeed(t *testing.T) {
	group := make([]int, 100)
	for i := range group {
		group[i] = i
	}
	a, _ := Split(group, 100, make([]int, 100), 5, 1, 1)
	b, _ := Split(group, 100, make([]int, 100), 5, 1, 1)
	c, _ := Split(group, 100, make([]int, 100), 5, 2, 1)
	if !slices.Equal(a, b) || slices.Equal(a, c) {
		t.Error("the seed does not decide")
	}
}

// TestSampleKeepsRareStrata: in proportion, but some of each.
func TestSampleKeepsRareStrata(t *testing.T) {
	strata := make([]int, 10000)
	for i := range 30 {
		strata[i*300] = 1
	}
	for i := range 3000 {
		strata[1+i*3] = 2
	}
	at := Sample(strata, 1000, 20, 1, 2)
	count := map[int]int{}
	for i, row := range at {
		if i > 0 && row <= at[i-1] {
			t.Fatal("rows are not ascending, or occur twice")
		}
		count[strata[row]]++
	}
	if len(at) != 1000 || count[1] < 20 || count[2] < 250 || count[2] > 350 {
		t.Errorf("%d rows, of the strata %v", len(at), count)
	}
	if all := Sample(strata[:50], 100, 20, 1, 2); len(all) != 50 {
		t.Errorf("%d of 50 rows", len(all))
	}
}

// TestQuantilesKeepEqualValues.
func TestQuantilesKeepEqualValues(t *testing.T) {
	got := Quantiles([]float64{5, 1, 1, 1, 9, 7, 1, 8}, 4)
	if want := []int{2, 0, 0, 0, 3, 2, 0, 3}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

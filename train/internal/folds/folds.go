// Package folds splits rows so that what is learnt from some can be judged by others.
//
// Rows of equal features are one group and always on one side of a split, whatever their
// targets: a model that has seen the one knows the other. Folds are stratified, by class or
// by quantile of the target, so that each is like the whole.
package folds

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"

	"github.com/nearlinear/nearlinear/train/internal/portable"
)

// Groups numbers the rows of x, row-major with d columns, so that equal rows have equal
// numbers, ascending from 0 in the order of their first rows, and returns how many there
// are. 0 and −0 are equal, and so are all NaN. One pass, 16 bytes a row and more.
func Groups(x []float64, d int) (of []int, count int) {
	of = make([]int, len(x)/d)
	seed := maphash.MakeSeed() // equality decides, so that the seed changes nothing
	first := make(map[uint64][]int, len(of))
	buf := make([]byte, 8*d)
	for i := range of {
		row := x[i*d : (i+1)*d]
		for k, v := range row {
			bits := math.Float64bits(v + 0) // −0 becomes 0
			if v != v {
				bits = 1
			}
			for b := range 8 {
				buf[8*k+b] = byte(bits >> (8 * b))
			}
		}
		h := maphash.Bytes(seed, buf)
		at := slices.IndexFunc(first[h], func(j int) bool { return equal(row, x[j*d:(j+1)*d]) })
		if at >= 0 {
			of[i] = of[first[h][at]]
			continue
		}
		first[h] = append(first[h], i)
		of[i] = count
		count++
	}
	return of, count
}

func equal(a, b []float64) bool {
	for k, v := range a {
		if v != b[k] && (v == v || b[k] == b[k]) {
			return false
		}
	}
	return true
}

// Quantiles returns the stratum of each target value: which of so many equal parts of the
// ordered values it is in, equal values together.
func Quantiles(y []float64, parts int) []int {
	order := make([]int, len(y))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(y[a], y[b]) })
	out := make([]int, len(y))
	for at, i := range order {
		out[i] = at * parts / len(y)
		if at > 0 && y[i] == y[order[at-1]] {
			out[i] = out[order[at-1]]
		}
	}
	return out
}

// Split deals the groups to k folds of about equal size, in each of which the strata are
// as in the whole, and returns the fold of each row. A group belongs to the stratum of its
// first row. The seed's stream draws the order of the groups. With fewer groups than k there
// are as many folds as groups. n·log n.
func Split(group []int, groups int, strata []int, k int, seed, stream uint64) (fold []int, folds int) {
	k = min(k, groups)
	size, stratum := make([]int, groups), make([]int, groups)
	for i := len(group) - 1; i >= 0; i-- {
		size[group[i]]++
		stratum[group[i]] = strata[i]
	}
	order := portable.Permutation(groups, seed, stream)
	slices.SortStableFunc(order, func(a, b int) int {
		// Large groups first, so that the small ones can make up for them.
		return cmp.Or(cmp.Compare(stratum[a], stratum[b]), cmp.Compare(size[b], size[a]))
	})
	of, rows, here := make([]int, groups), make([]int, k), make([]int, k)
	for at, g := range order {
		if at > 0 && stratum[g] != stratum[order[at-1]] {
			clear(here)
		}
		best := at % k // no fold is the first for each stratum
		for f := range k {
			if c := cmp.Or(cmp.Compare(here[f], here[best]), cmp.Compare(rows[f], rows[best])); c < 0 {
				best = f
			}
		}
		of[g] = best
		here[best] += size[g]
		rows[best] += size[g]
	}
	fold = make([]int, len(group))
	for i, g := range group {
		fold[i] = of[g]
	}
	return fold, k
}

// Sample draws at most so many rows, of each stratum in proportion but no fewer than least
// if there are as many, in ascending order. All rows if there are no more.
func Sample(strata []int, most, least int, seed, stream uint64) []int {
	n := len(strata)
	out := make([]int, 0, min(most, n))
	if n <= most {
		for i := range n {
			out = append(out, i)
		}
		return out
	}
	rows := map[int][]int{}
	for _, i := range portable.Permutation(n, seed, stream) {
		rows[strata[i]] = append(rows[strata[i]], i)
	}
	var names []int
	for s := range rows {
		names = append(names, s)
	}
	slices.SortFunc(names, func(a, b int) int { return cmp.Or(cmp.Compare(len(rows[a]), len(rows[b])), cmp.Compare(a, b)) })
	left, of := most, n
	for _, s := range names { // small strata first: what they take more the large ones lack
		all := len(rows[s])
		take := min(all, left, max(least, int(math.Round(float64(left)*float64(all)/float64(of)))))
		out = append(out, rows[s][:take]...)
		left, of = left-take, of-all
	}
	slices.Sort(out)
	return out
}

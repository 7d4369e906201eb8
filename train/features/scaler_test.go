package features

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

const eps = 0x1p-52

func TestStandardisedColumnsHaveMeanZeroVarianceOne(t *testing.T) {
	for _, n := range []int{2, 3, 10, 1000} {
		for _, scale := range []float64{1, 1e-150, 1e150, 1e-300, 1e300} {
			name := fmt.Sprintf("n=%d scale=%g", n, scale)
			x, y := specimen.Rows(n, 3, uint64(n), scale)
			s, err := FitScaler(context.Background(), x, y, nil, 3, 1, false)
			if err != nil {
				t.Fatal(name, err)
			}
			tol := 8 * eps * float64(n)
			check := func(what string, variance, mean, std float64, at func(i int) float64) {
				var sum, square float64
				for i := range n {
					z := standard(at(i), mean, std)
					sum += z
					square += z * z
				}
				if m, v := sum/float64(n), square/float64(n); math.Abs(m) > tol*(1+math.Abs(mean/std)) || math.Abs(v-variance) > tol {
					t.Errorf("%s: %s has mean %g, variance %g%+g", name, what, m, variance, v-variance)
				}
			}
			variance := 1.0
			if n == 2 { // two values are √2 apart
				variance = 0.5
			}
			for k := range 3 {
				check(fmt.Sprint("column ", k), variance, s.Mean[k], s.Std[k], func(i int) float64 { return x[3*i+k] })
			}
			check("target", 1, s.YMean[0], s.YStd[0], func(i int) float64 { return y[i] })
		}
	}
}

func TestDeviationIsThatOfThePopulation(t *testing.T) {
	s, err := FitScaler(context.Background(), []float64{1, 2, 3, 4}, []float64{-1, 1, -1, 1}, nil, 1, 0, false)
	if err != nil || s.Mean[0] != 2.5 || s.Std[0] != math.Sqrt(1.25) || s.YMean[0] != 0 || s.YStd[0] != 1 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestScalingByAPowerOfTwoChangesNoBitOfTheRows(t *testing.T) {
	x, y := specimen.Rows(50, 4, 7, 1)
	var want []float64
	for _, e := range []int{0, 1, -1, 500, -500, 900, -900} {
		xs, ys := make([]float64, len(x)), make([]float64, len(y))
		for i, v := range x {
			xs[i] = math.Ldexp(v, e)
		}
		for i, v := range y {
			ys[i] = math.Ldexp(v, e)
		}
		s, err := FitScaler(context.Background(), xs, ys, nil, 4, 2, false)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]float64, 50*s.Width())
		s.Apply(got, xs)
		s.Standardize(ys, ys, 0)
		got = append(got, ys...)
		if want == nil {
			want = got
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("2^%d: value %d is %x, unscaled %x", e, i, got[i], want[i])
			}
		}
	}
}

func TestRowsHaveUnitLength(t *testing.T) {
	for _, bias := range []float64{0, 1e-3, 1, 3, 1e200} {
		for _, d := range []int{1, 2, 7, 40} {
			x, y := specimen.Rows(60, d, uint64(d), 1)
			s, err := FitScaler(context.Background(), x, y, nil, d, bias, false)
			if err != nil {
				t.Fatal(err)
			}
			w := d
			if bias != 0 {
				w++
			}
			if s.Width() != w {
				t.Fatalf("width %d of d=%d bias=%g", s.Width(), d, bias)
			}
			got := make([]float64, 60*w)
			s.Apply(got, x)
			for i := range 60 {
				row := got[i*w : (i+1)*w]
				if r := asm.Nrm2(row); math.Abs(r-1) > 4*eps {
					t.Errorf("d=%d bias=%g row %d has length 1%+g", d, bias, i, r-1)
				}
				if bias > 0 && row[d] <= 0 {
					t.Errorf("d=%d bias=%g row %d: bias became %g", d, bias, i, row[d])
				}
			}
		}
	}
}

func TestRowAtTheMean(t *testing.T) {
	x, y := []float64{-1, -2, 0, 0, 1, 2}, []float64{1, 2, 3}
	for _, bias := range []float64{0, 2} {
		s, _ := FitScaler(context.Background(), x, y, nil, 2, bias, false)
		row := make([]float64, s.Width())
		s.Apply(row, []float64{0, 0})
		if row[0] != 0 || row[1] != 0 || bias > 0 && row[2] != 1 {
			t.Errorf("bias %g: %v", bias, row)
		}
	}
}

func TestConstantColumnsAreDropped(t *testing.T) {
	for _, c := range []struct {
		name string
		v    []float64
		unit float64 // of a target
	}{
		{"zero", []float64{0, 0, 0}, 1},
		{"one row", []float64{5}, 1},
		{"tenth", []float64{0.1, 0.1, 0.1}, 1},
		{"large", []float64{1e300, 1e300, 1e300}, 1},
		{"largest", []float64{math.MaxFloat64, math.MaxFloat64}, 1},
		{"smallest", []float64{5e-324, 5e-324}, 1},
		{"rounding", []float64{0.3, 0.1 + float64(0.2), 0.3, 0.3}, 1},
		{"rounding of a large value", []float64{1e18, 1e18 + 128, 1e18}, 0x1p60},
		{"rounding of the largest", []float64{math.MaxFloat64, math.Nextafter(math.MaxFloat64, 0), math.MaxFloat64}, 0x1p1023},
		{"subnormal", []float64{0, 5e-324, 0, 0}, 1},
	} {
		for _, logs := range []bool{false, true} {
			s, err := FitScaler(context.Background(), c.v, c.v, nil, 1, 1, logs)
			if err != nil || s.Std[0] != 0 || s.Kept() != 0 {
				t.Fatalf("%s: %+v, %v", c.name, s, err)
			}
			for _, s := range []*Scaler{s, s.CommonScale(), s.Rescaled(nil, []float64{0x1p-10})} {
				for _, v := range append([]float64{0, -1, 2123, math.MaxFloat64, -math.MaxFloat64}, c.v...) {
					row := make([]float64, 2)
					s.Apply(row, []float64{v})
					if row[0] != 0 || row[1] != 1 {
						t.Errorf("%s: %g becomes %g", c.name, v, row)
					}
				}
			}
			if s.YStd[0] != c.unit {
				t.Errorf("%s: a target of that has unit %g, want %g", c.name, s.YStd[0], c.unit)
			}
			z := append([]float64(nil), c.v...)
			s.Standardize(z, z, 0)
			for i, v := range z {
				if math.Abs(v) > 4*eps {
					t.Errorf("%s: target %g becomes %g", c.name, c.v[i], v)
				}
			}
		}
	}
	// A small spread that is not rounding stays information.
	if mean, std := moments([]float64{1e9, 1e9 + 1, 1e9 + 2, 1e9 + 1}, nil); math.Abs(std-math.Sqrt(0.5)) > 1e-6 || mean != 1e9+1 {
		t.Errorf("counts near 1e9: mean %g, deviation %g", mean, std)
	}
}

// TestScalerKnowsTheRanges of the training rows, whatever their weights.
func TestScalerKnowsTheRanges(t *testing.T) {
	x := []float64{3, 0, -1, 5, 2, 5e-324} // three rows
	s, err := FitScaler(context.Background(), x, []float64{1, 2, 3}, []float64{1, 1e-9, 1}, 2, 1, true)
	if err != nil || !slices.Equal(s.Min, []float64{-1, 0}) || !slices.Equal(s.Max, []float64{3, 5}) {
		t.Errorf("%+v, %v", s, err)
	}
}

// TestConstantColumnsLeaveTheOthersAlone: of the rows of a table with a constant column,
// the other columns are those of the table without it, to the rounding of their norm.
func TestConstantColumnsLeaveTheOthersAlone(t *testing.T) {
	const n, d = 40, 3
	x, y := specimen.Rows(n, d, 5, 1)
	with := make([]float64, 0, n*(d+1))
	for i := range n {
		with = append(append(with, x[i*d:(i+1)*d]...), 2023)
	}
	fit := func(x []float64, d int) *Scaler {
		s, err := FitScaler(context.Background(), x, y, nil, d, 1, true)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a, b := fit(x, d), fit(with, d+1)
	for name, s := range map[string][2]*Scaler{"plain": {a, b}, "common": {a.CommonScale(), b.CommonScale()}} {
		rows, got := make([]float64, n*(d+1)), make([]float64, n*(d+2))
		s[0].Apply(rows, x)
		s[1].Apply(got, with)
		for i := range n {
			want, row := rows[i*(d+1):(i+1)*(d+1)], got[i*(d+2):(i+1)*(d+2)]
			if row[d] != 0 || math.Abs(row[d+1]-want[d]) > 4*eps {
				t.Fatalf("%s: row %d is %v, without the column %v", name, i, row, want)
			}
			for k := range d {
				if math.Abs(row[k]-want[k]) > 4*eps { // the norm is another sum
					t.Fatalf("%s: row %d is %v, without the column %v", name, i, row, want)
				}
			}
		}
	}
}

func TestExtremeValuesStayFinite(t *testing.T) {
	const big = math.MaxFloat64
	for _, v := range [][]float64{{-big, big}, {big, -big, big}, {0, big}, {5e-324, big}, {-5e-324, 5e-324}, {1e-310, 2e-310, 4e-310}, {big, big / 2}} {
		s, err := FitScaler(context.Background(), v, v, nil, 1, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		if !(s.Std[0] > 0) || s.Std[0] > big || s.Mean[0]-s.Mean[0] != 0 {
			t.Errorf("%g: mean %g, deviation %g", v, s.Mean[0], s.Std[0])
		}
		x := append([]float64{big, -big, 0, 5e-324}, v...)
		row := make([]float64, 2*len(x))
		s.Apply(row, x)
		for i := range x {
			if r := asm.Nrm2(row[2*i : 2*i+2]); math.Abs(r-1) > 4*eps {
				t.Errorf("fitted to %g: %g becomes %g", v, x[i], row[2*i:2*i+2])
			}
		}
	}
	skewed := []float64{0, 0, 0, 0, 1, 1, 2, 3, 50, 400}
	s, err := FitScaler(context.Background(), skewed, skewed, nil, 1, 1, true)
	if err != nil || s.Skew[0].Reach == 0 {
		t.Fatalf("%+v, %v", s, err)
	}
	for _, v := range []float64{big, -big, 0, 401, -1} {
		row := make([]float64, 2)
		s.Apply(row, []float64{v})
		if r := asm.Nrm2(row); math.Abs(r-1) > 4*eps {
			t.Errorf("with a logarithm, %g becomes %g", v, row)
		}
	}
	s = &Scaler{Mean: []float64{0, 0}, Std: []float64{1, 1}, YStd: []float64{1}}
	row := make([]float64, 2)
	s.Apply(row, []float64{3e-320, 4e-320})
	if math.Abs(row[0]-0.6) > 1e-3 || math.Abs(asm.Nrm2(row)-1) > 4*eps {
		t.Errorf("subnormal row becomes %v", row)
	}
}

func TestTargetsAreRestored(t *testing.T) {
	x, y := specimen.Rows(100, 1, 3, 1e150)
	s, _ := FitScaler(context.Background(), x, y, nil, 1, 1, false)
	z := make([]float64, len(y))
	s.Standardize(z, y, 0)
	s.Restore(z, 0)
	for i := range y {
		if math.Abs(z[i]-y[i]) > 4*eps*(math.Abs(y[i])+math.Abs(s.YMean[0])) {
			t.Errorf("row %d: %g became %g", i, y[i], z[i])
		}
	}
}

func TestScalerHasTheSameBitsEverywhere(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1)) // not normals: math.Exp differs by platform
	x, y := make([]float64, 333*9), make([]float64, 333)
	for i := range y {
		for k := range 9 {
			x[9*i+k] = rng.Float64() + float64(k)
		}
		y[i] = rng.Float64()
	}
	s, err := FitScaler(context.Background(), x, y, nil, 9, 3, false)
	if err != nil {
		t.Fatal(err)
	}
	rows := make([]float64, 333*10)
	s.Apply(rows, x)
	s.Standardize(y, y, 0)
	h := fnv.New64a()
	for _, v := range [][]float64{s.Mean, s.Std, s.YMean, s.YStd, rows, y} {
		binary.Write(h, binary.LittleEndian, v)
	}
	if got, want := h.Sum64(), uint64(0x1da9185ebb3893f5); got != want {
		t.Errorf("hash %#x, want %#x (path %s)", got, want, asm.Info())
	}
}

func TestFitScalerRefusesBadInput(t *testing.T) {
	for _, c := range []struct {
		name string
		x, y []float64
		d    int
		bias float64
		want error
		text string
	}{
		{"no rows", nil, nil, 2, 1, fault.ErrShape, "0 values in rows of 2 features, 0 targets"},
		{"no features", nil, []float64{1}, 0, 1, fault.ErrShape, "rows of 0"},
		{"ragged", make([]float64, 5), make([]float64, 2), 2, 1, fault.ErrShape, "5 values in rows of 2 features, 2 targets"},
		{"targets", make([]float64, 6), make([]float64, 2), 2, 1, fault.ErrShape, "2 targets"},
		{"NaN", []float64{1, 2, 3, math.NaN()}, make([]float64, 2), 2, 1, fault.ErrNotFinite, "row 1, column 1 is NaN"},
		{"infinity", []float64{1, 2, math.Inf(-1), 0}, make([]float64, 2), 2, 1, fault.ErrNotFinite, "row 1, column 0 is -Inf"},
		{"target", make([]float64, 4), []float64{0, math.Inf(1)}, 2, 1, fault.ErrNotFinite, "row 1, target is +Inf"},
		{"bias", make([]float64, 4), make([]float64, 2), 2, -1, fault.ErrOption, "bias -1"},
		{"NaN bias", make([]float64, 4), make([]float64, 2), 2, math.NaN(), fault.ErrOption, "bias NaN"},
	} {
		if s, err := FitScaler(context.Background(), c.x, c.y, nil, c.d, c.bias, false); s != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

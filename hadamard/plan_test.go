package hadamard

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"testing"
)

// TestSequencyCountsSignChanges and the next test define the two orders.
func TestSequencyCountsSignChanges(t *testing.T) {
	plan := mustPlan[float64](t, Options{Order: Sequency})
	for n := 1; n <= 512; n *= 2 {
		rows := make([]float64, n*n) // rows[i] = H·e_i, which is row i: H is symmetric
		for i := range n {
			rows[i*n+i] = 1
		}
		plan.Rows(rows, n, n)
		for i := range n {
			changes := 0
			for k := 1; k < n; k++ {
				if rows[i*n+k] != rows[i*n+k-1] {
					changes++
				}
				if rows[i*n+k] != rows[k*n+i] {
					t.Fatalf("n=%d: H[%d][%d] is not symmetric", n, i, k)
				}
			}
			if changes != i {
				t.Fatalf("n=%d: row %d changes sign %d times", n, i, changes)
			}
		}
	}
}

func TestDyadicIsBitReversed(t *testing.T) {
	plan := mustPlan[float32](t, Options{Order: Dyadic})
	for k := 0; k <= 12; k++ {
		n := 1 << k
		x := randoms[float32](3, n)
		want := clone(x)
		Transform(want)
		plan.Transform(x)
		for i := range x {
			if j := bits.Reverse64(uint64(i)) >> (64 - k); x[i] != want[j] {
				t.Fatalf("n=%d: output %d is %v, want %v, number %d in natural order", n, i, x[i], want[j], j)
			}
		}
	}
}

// outputs applies the definition of options to one vector.
func outputs[T Float](x []T, o Options) []T {
	n := len(x)
	_, pow, _ := splitOrder(n)
	y := clone(x)
	TransformMixed(y)
	f := o.Factor
	if f == 0 {
		f = 1
	}
	switch o.Scale {
	case Orthonormal:
		f *= math.Sqrt(1 / float64(n))
	case Inverted:
		f /= float64(n)
	}
	z := make([]T, n)
	for i := range z {
		j := i % pow
		if o.Order == Sequency {
			j ^= j >> 1
		}
		if o.Order != Natural {
			j = int(bits.Reverse64(uint64(j)) >> (65 - bits.Len(uint(pow))))
		}
		z[i] = T(f) * y[i/pow*pow+j]
	}
	return z
}

func TestRowsAndColsAreTransformsOfEach(t *testing.T) {
	both(t, testRowsAndCols[float64], testRowsAndCols[float32])
}

func testRowsAndCols[T Float](t *testing.T) {
	shapes := [][3]int{{1, 1, 0}, {4, 1, 0}, {1, 8, 0}, {8, 8, 0}, {3, 16, 19}, {16, 3, 5}, {5, 64, 64}, {64, 33, 0}, {7, 1 << 12, 0},
		{1 << 10, 70, 77}, {2, 1 << 17, 0}, {1, 1 << 18, 0}, {1 << 8, 1 << 10, 0}, {1 << 14, 9, 9}, {100, 1 << 10, 1<<10 + 1},
		{5, 12, 0}, {12, 5, 0}, {3, 96, 100}, {96, 3, 7}, {20, 33, 0}, {28, 28, 0}, {7, 768, 0}, {768, 5, 9}, {200, 1536, 0}, {1536, 200, 201},
		{3, 12 << 13, 0}, {28 << 8, 64, 0}, {12 << 14, 1, 0}, {2, 20 << 14, 0}}
	for i, s := range shapes {
		rows, cols, stride := s[0], s[1], s[2]
		if testing.Short() && rows*cols > 1<<17 {
			continue
		}
		width := max(stride, cols)
		x := randoms[T](uint64(i), (rows-1)*width+cols)
		for _, workers := range []int{1, 2, 7} {
			o := Options{Stride: stride, Workers: workers, Order: Order(i % 3), Scale: Scale(i / 2 % 3)}
			if i%4 == 3 {
				o.Factor = -0.3
			}
			what := fmt.Sprintf("%d × %d matrix of %T, options %+v", rows, cols, x, o)
			if _, _, ok := splitOrder(cols); ok {
				got, want := clone(x), clone(x)
				for r := range rows {
					copy(want[r*width:], outputs(want[r*width:][:cols], o))
				}
				mustPlan[T](t, o).Rows(got, rows, cols)
				sameBits(t, "rows of a "+what, got, want)
				got = clone(x)
				TransformRows(got, rows, cols, &o)
				sameBits(t, "TransformRows of a "+what, got, want)
			}
			if _, _, ok := splitOrder(rows); ok {
				got, want := clone(x), clone(x)
				col := make([]T, rows)
				for c := range cols {
					for r := range col {
						col[r] = want[r*width+c]
					}
					for r, v := range outputs(col, o) {
						want[r*width+c] = v
					}
				}
				mustPlan[T](t, o).Cols(got, rows, cols)
				sameBits(t, "columns of a "+what, got, want)
				got = clone(x)
				TransformCols(got, rows, cols, &o)
				sameBits(t, "TransformCols of a "+what, got, want)
			}
		}
	}
}

func TestPlanTransformIsTheSameForAnyWorkers(t *testing.T) {
	lengths := []int{12, 20 << 4, 12 << 14, 28 << 15}
	for k := 0; k <= 19; k++ {
		lengths = append(lengths, 1<<k)
	}
	for _, n := range lengths {
		if testing.Short() && n > 1<<18 {
			continue
		}
		x := randoms[float32](9, n)
		for _, o := range []Options{{}, {Order: Sequency, Scale: Orthonormal}, {Order: Dyadic, Factor: 3}} {
			want := outputs(x, o)
			for _, o.Workers = range []int{0, 1, 2, 7} {
				got := clone(x)
				mustPlan[float32](t, o).Transform(got)
				sameBits(t, fmt.Sprintf("n=%d options %+v", n, o), got, want)
			}
		}
	}
}

func TestOrthonormalTwiceIsIdentity(t *testing.T) {
	for _, order := range []Order{Natural, Sequency, Dyadic} {
		plan := mustPlan[float64](t, Options{Order: order, Scale: Orthonormal})
		for n := 1; n <= 1<<14; n *= 2 {
			x := randoms[float64](11, n)
			y := clone(x)
			plan.Transform(y)
			if r := norm(y) / norm(x); math.Abs(r-1) > 1e-14 {
				t.Errorf("n=%d %v: the norm grows by %g", n, order, r)
			}
			plan.Transform(y)
			for i := range y {
				y[i] -= x[i]
			}
			if r := norm(y) / norm(x); r > 1e-14 {
				t.Errorf("n=%d %v: applied twice it is %g off", n, order, r)
			}
		}
	}
}

func TestEmptyMatricesAreLeftAlone(t *testing.T) {
	TransformRows[float64](nil, 0, 8, nil)
	TransformCols[float64](nil, 8, 0, nil)
	TransformRows(make([]float32, 3), 3, 1, nil)
	TransformCols(make([]float32, 3), 1, 3, nil)
}

func TestNewPlanRefusesOptionsWithoutMeaning(t *testing.T) {
	for _, o := range []Options{{Order: 3}, {Scale: 3}, {Factor: math.NaN()}, {Factor: math.Inf(-1)}, {Stride: -1}} {
		if _, err := NewPlan[float64](o); !errors.Is(err, ErrOption) {
			t.Errorf("options %+v: error %v", o, err)
		}
	}
}

func mustPlan[T Float](t testing.TB, o Options) *Plan[T] {
	t.Helper()
	p, err := NewPlan[T](o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// A factor that rounds to zero or infinity would make of finite results others.
func TestNewPlanRefusesFactorsOfAnotherPrecision(t *testing.T) {
	for _, f := range []float64{1e-50, 1e50, -1e39} {
		if _, err := NewPlan[float32](Options{Factor: f}); !errors.Is(err, ErrOption) {
			t.Errorf("factor %v of float32: %v", f, err)
		}
		if _, err := NewPlan[float64](Options{Factor: f}); err != nil {
			t.Errorf("factor %v of float64: %v", f, err)
		}
	}
}

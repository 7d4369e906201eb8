package hadamard_test

import (
	"errors"
	"fmt"
	"log"
	"math"

	"github.com/nearlinear/nearlinear/hadamard"
)

func ExampleTransform() {
	x := []float64{1, 0, 1, 0, 0, 1, 1, 0}
	hadamard.Transform(x)
	fmt.Println(x)
	// Output: [4 2 0 -2 0 2 0 2]
}

func ExampleInverse() {
	x := []float32{3, 1, 4, 1}
	hadamard.Transform(x)
	hadamard.Inverse(x)
	fmt.Println(x)
	// Output: [3 1 4 1]
}

func ExampleTransformTo() {
	src := []float64{1, 2, 3, 4}
	dst := make([]float64, 4)
	hadamard.TransformTo(dst, src)
	fmt.Println(src, dst)
	// Output: [1 2 3 4] [10 -2 -4 0]
}

// The Walsh functions of length 8 in sequency order: row i changes sign i
// times.
func ExampleTransformRows() {
	const n = 8
	h := make([]float64, n*n)
	for i := range n {
		h[i*n+i] = 1
	}
	hadamard.TransformRows(h, n, n, &hadamard.Options{Order: hadamard.Sequency})
	for i := range n {
		for _, v := range h[i*n:][:n] {
			fmt.Print(map[float64]string{1: "+", -1: "-"}[v])
		}
		fmt.Println()
	}
	// Output:
	// ++++++++
	// ++++----
	// ++----++
	// ++--++--
	// +--++--+
	// +--+-++-
	// +-+--+-+
	// +-+-+-+-
}

func ExampleTransformCols() {
	a := []float64{
		1, 10,
		2, 20,
		3, 30,
		4, 40,
	}
	hadamard.TransformCols(a, 4, 2, nil)
	fmt.Println(a)
	// Output: [10 100 -2 -20 -4 -40 0 0]
}

func ExamplePlan() {
	// Keeps norms, and undoes itself; allocates nothing once made.
	plan, err := hadamard.NewPlan[float64](hadamard.Options{Scale: hadamard.Orthonormal})
	if err != nil {
		log.Fatal(err)
	}
	x := []float64{3, 4, 0, 0}
	plan.Transform(x)
	fmt.Println(x, norm(x))
	plan.Transform(x)
	fmt.Println(x)
	// Output:
	// [3.5 -0.5 3.5 -0.5] 5
	// [3 4 0 0]
}

func ExampleTransform2D() {
	a := []float64{
		1, 2,
		3, 4,
	}
	hadamard.Transform2D(a, 2, 2, nil)
	fmt.Println(a)
	// Output: [10 -2 -4 0]
}

func ExampleTransformMixed() {
	x := make([]float64, 12)
	x[0], x[1] = 5, 1
	hadamard.TransformMixed(x)
	fmt.Println(x)
	hadamard.InverseMixed(x)
	fmt.Println(x)
	// Output:
	// [6 4 4 6 4 6 4 6 4 6 4 6]
	// [5 1 0 0 0 0 0 0 0 0 0 0]
}

func ExampleInverseMixed() {
	x := make([]float32, 40)
	x[7] = 1
	hadamard.TransformMixed(x)
	hadamard.InverseMixed(x)
	fmt.Println(x[6:9])
	// Output: [0 1 0]
}

// Eleven measurements, padded with zeros to the next length there is.
func ExampleTransformPadded() {
	src := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	dst := make([]float64, hadamard.NextOrder(len(src)))
	hadamard.TransformPadded(dst, src)
	fmt.Println(len(dst), dst[0])
	// Output: 12 66
}

func ExampleNextOrder() {
	for _, n := range []int{5, 9, 17, 33, 1000} {
		fmt.Print(hadamard.NextOrder(n), " ")
	}
	// Output: 8 12 20 40 1024
}

// The distribution of the XOR of two independent numbers.
func ExampleXorConvolve() {
	p := []float64{0.5, 0.5, 0, 0}
	q := []float64{0.25, 0, 0.75, 0}
	hadamard.XorConvolve(p, q)
	fmt.Println(p)
	// Output: [0.125 0.125 0.375 0.375]
}

func ExampleXorConvolveBy() {
	y := []float64{0, 1, 0, 0} // moves element i to i ^ 1
	hadamard.Transform(y)
	x := []float64{1, 2, 3, 4}
	hadamard.XorConvolveBy(x, y)
	fmt.Println(x)
	// Output: [2 1 4 3]
}

func ExampleXorCorrelate() {
	x := []float64{3, 0, 4, 0}
	hadamard.XorCorrelate(x)
	fmt.Println(x)
	// Output: [25 0 24 0]
}

func ExampleSRHT() {
	const n, s = 10000, 400
	sketch, err := hadamard.NewSRHT(n, s, 1)
	if err != nil {
		log.Fatal(err)
	}
	x := make([]float64, n)
	for i := range x {
		x[i] = math.Sin(float64(i))
	}
	y := make([]float64, s)
	sketch.Apply(y, x)
	ratio := norm(y) / norm(x)
	fmt.Println(math.Abs(ratio-1) < 0.15)

	_, err = hadamard.NewSRHT(n, 20000, 1)
	fmt.Println(errors.Is(err, hadamard.ErrSampleSize), err)
	// Output:
	// true
	// true hadamard: sample size out of range: s = 20000 of 16384 rows
}

func ExampleSRHT_ApplyCols() {
	sketch, err := hadamard.NewSRHT(6, 8, 1) // all rows of H: an isometry
	if err != nil {
		log.Fatal(err)
	}
	a := []float64{ // 6 × 2, orthogonal columns
		1, 1,
		1, -1,
		1, 1,
		1, -1,
		1, 1,
		1, -1,
	}
	sa := make([]float64, 8*2)
	sketch.ApplyCols(sa, a, 2)
	var aa, ab float64
	for j := 0; j < len(sa); j += 2 {
		aa += sa[j] * sa[j]
		ab += sa[j] * sa[j+1]
	}
	fmt.Printf("%.3f %.3f\n", aa, math.Abs(ab))
	// Output: 6.000 0.000
}

func ExampleKroneckerSRHT() {
	const m, d, s = 300, 20, 500
	sketch, err := hadamard.NewKroneckerSRHT(m, d, s, 1)
	if err != nil {
		log.Fatal(err)
	}
	u := make([]float64, sketch.LeftLen())
	v := make([]float64, sketch.RightLen())
	x := make([]float64, m*d) // u ⊗ v, to compare with
	for i := range m {
		u[i] = 1 / float64(i+1)
	}
	for k := range d {
		v[k] = math.Cos(float64(k))
	}
	for i := range x {
		x[i] = u[i/d] * v[i%d]
	}
	want := make([]float64, s)
	sketch.Apply(want, x)

	got := make([]float64, s) // without x
	sketch.TransformLeft(u)
	sketch.TransformRight(v)
	sketch.Sample(got, u, v)
	for j := range got {
		got[j] -= want[j]
	}
	fmt.Println(norm(got) < 1e-14*norm(want))
	// Output: true
}

func norm(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v * v
	}
	return math.Sqrt(s)
}

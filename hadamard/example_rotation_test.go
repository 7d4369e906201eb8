package hadamard_test

import (
	"fmt"
	"log"
	"math"
	"math/rand/v2"

	"github.com/nearlinear/nearlinear/hadamard"
)

// A batch of embeddings is rotated, and rotated back.
func ExampleRotation() {
	const d, rows = 100, 3 // no power of two, and no padding
	r, err := hadamard.NewRotation[float32](d, 42, nil)
	if err != nil {
		log.Fatal(err)
	}
	x := make([]float32, rows*d)
	for i := range rows {
		x[i*d+7*i] = 5 // all in one coordinate
	}
	y := make([]float32, rows*d)
	r.ApplyRows(y, x, rows, d)
	var largest float64
	for _, v := range y {
		largest = max(largest, math.Abs(float64(v)))
	}
	r.InverseRows(y, y, rows, d)
	fmt.Printf("5 becomes %.1f at most, and comes back as %.4f\n", largest, y[7+d])
	// Output: 5 becomes 1.4 at most, and comes back as 5.0000
}

// A rotation is stored as 32 bytes beside the codes that were made with it.
func ExampleRotation_MarshalBinary() {
	r, err := hadamard.NewRotation[float32](768, 42, &hadamard.RotationOptions{Rounds: 3})
	if err != nil {
		log.Fatal(err)
	}
	b, err := r.MarshalBinary()
	if err != nil {
		log.Fatal(err)
	}
	var again hadamard.Rotation[float32]
	if err := again.UnmarshalBinary(b); err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(b), again.Dim(), again.Seed(), again.Rounds())
	// Output: 32 768 42 3
}

// The levels of the best quantiser with 16 levels for a standard normal (Max,
// Quantizing for minimum distortion, 1960), those above zero. Its mean squared
// error is 0.0095; that of the best with two levels, ±√(2/π), is 1 - 2/π = 0.363.
var maxLevels = [8]float64{0.1284, 0.3881, 0.6568, 0.9424, 1.2562, 1.6181, 2.0690, 2.7326}

// quantised returns the nearest level to v, in units of sigma, for 1 or 4 bits.
func quantised(v, sigma float64, bits int) float64 {
	best := math.Sqrt(2 / math.Pi)
	if bits == 4 {
		best = math.Inf(1)
		for _, level := range maxLevels {
			if math.Abs(level-math.Abs(v)/sigma) < math.Abs(best-math.Abs(v)/sigma) {
				best = level
			}
		}
	}
	return math.Copysign(best, v)
}

// Vectors of 768 coordinates, a few of which are far larger than the others, as
// embeddings have them, are kept as 1-bit and as 4-bit codes, and with two numbers
// each: ‖x‖ and the product of the rotated x with its code. From these and a query
// that is rotated but not quantised, ⟨x, q⟩ is estimated as in RaBitQ (Gao and
// Long, 2024),
//
//	⟨x, q⟩ ≈ ⟨code, Rq⟩ · ‖x‖² / ⟨code, Rx⟩
//
// which has no bias if R is a random rotation. With a mean squared error D of the
// quantiser, which is 0.363 and 0.0095 (those of TurboQuant too, Zandieh and
// others, 2025), its standard error is
//
//	‖x‖ · ‖q‖ · √(1 - cos²(x, q)) · √(D/(1-D)/d)
//
// Without the rotation the code of one bit knows nothing of what is large.
func ExampleRotation_quantize() {
	const d, vectors = 768, 400
	r, err := hadamard.NewRotation[float32](d, 1, nil)
	if err != nil {
		log.Fatal(err)
	}
	for _, bits := range []int{1, 4} {
		for _, rotate := range []bool{false, true} {
			rng := rand.New(rand.NewPCG(1, 2))
			var square float64
			for range vectors {
				x, q := make([]float32, d), make([]float32, d)
				for i := range x {
					x[i], q[i] = float32(rng.NormFloat64()), float32(rng.NormFloat64())
				}
				for range 8 {
					x[rng.IntN(d)] *= 20
				}
				for i := range q { // of cosine about 0.6 with x, whose norm is about 60
					q[i] += x[i] * 0.35
				}
				var xx, qq, xq float64
				for i := range x {
					xx, qq, xq = xx+float64(x[i]*x[i]), qq+float64(q[i]*q[i]), xq+float64(x[i]*q[i])
				}
				if rotate {
					r.Apply(x)
					r.Apply(q)
				}
				var cq, cx float64
				for i, v := range x {
					code := quantised(float64(v), math.Sqrt(xx/d), bits)
					cq, cx = cq+code*float64(q[i]), cx+code*float64(v)
				}
				off := (cq*xx/cx - xq) / math.Sqrt(xx*qq-xq*xq) // in units of all but √(D/(1-D)/d)
				square += off * off / vectors
			}
			D := map[int]float64{1: 1 - 2/math.Pi, 4: 0.0095}[bits]
			fmt.Printf("%d-bit codes, rotated %-5t  error %.4f, predicted %.4f\n", bits, rotate, math.Sqrt(square), math.Sqrt(D/(1-D)/d))
		}
	}
	// Output:
	// 1-bit codes, rotated false  error 0.0960, predicted 0.0273
	// 1-bit codes, rotated true   error 0.0261, predicted 0.0273
	// 4-bit codes, rotated false  error 0.0308, predicted 0.0035
	// 4-bit codes, rotated true   error 0.0036, predicted 0.0035
}

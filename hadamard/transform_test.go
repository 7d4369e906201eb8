package hadamard

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/bits"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

func randoms[T Float](seed uint64, n int) []T {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

func clone[T any](x []T) []T { return append([]T(nil), x...) }

// dot sums with the roundings of the sum carried along (Neumaier).
func dot[T Float](x, y []T) float64 {
	var sum, rest float64
	for i := range x {
		v := float64(float64(x[i]) * float64(y[i]))
		next := sum + v
		if math.Abs(sum) >= math.Abs(v) {
			rest += sum - next + v
		} else {
			rest += v - next + sum
		}
		sum = next
	}
	return sum + rest
}

// eps is the distance from 1 to the next number of type T.
func eps[T Float]() float64 {
	if T(1)+0x1p-40 != 1 {
		return 0x1p-52
	}
	return 0x1p-23
}

// sameBits compares as the kernels promise: NaNs are equal.
func sameBits[T Float](t *testing.T, what string, got, want []T) {
	t.Helper()
	for i := range want {
		a, b := float64(got[i]), float64(want[i])
		if math.Float64bits(a) != math.Float64bits(b) && (a == a || b == b) {
			t.Fatalf("%s: element %d is %v, want %v (path %s)", what, i, a, b, asm.Info())
		}
	}
}

// both runs a property for the two element types.
func both(t *testing.T, f64, f32 func(*testing.T)) {
	t.Run("float64", f64)
	t.Run("float32", f32)
}

func TestTransformIsInvolutionAndIsometry(t *testing.T) {
	both(t, testInvolution[float64], testInvolution[float32])
}

func testInvolution[T Float](t *testing.T) {
	top := 20
	if testing.Short() {
		top = 14
	}
	for k := 0; k <= top; k++ {
		n := 1 << k
		x := randoms[T](uint64(k), n)
		y := clone(x)
		Transform(y)
		nx, ny := dot(x, x), dot(y, y)
		tol := eps[T]() * float64(k+2) * 4
		if math.Abs(ny/(nx*float64(n))-1) > tol {
			t.Errorf("n=%d seed=%d: ‖Hx‖² = %g, n·‖x‖² = %g (path %s)", n, k, ny, nx*float64(n), asm.Info())
		}
		z := clone(y)
		Transform(z)
		Inverse(y)
		var err float64
		for i, v := range x {
			err += math.Pow(float64(z[i])/float64(n)-float64(v), 2)
			if y[i] != z[i]/T(n) {
				t.Fatalf("n=%d seed=%d: Inverse differs from the transform over n at %d", n, k, i)
			}
		}
		if math.Sqrt(err/nx) > tol {
			t.Errorf("n=%d seed=%d: H(Hx)/n is %g off x (path %s)", n, k, math.Sqrt(err/nx), asm.Info())
		}
	}
}

func TestFirstOutputIsTheSum(t *testing.T) {
	for n := 1; n <= 1<<16; n *= 2 {
		x, sum := make([]float64, n), 0.0
		for i := range x {
			x[i] = float64(i%7 - 3)
			sum += x[i]
		}
		Transform(x)
		if x[0] != sum {
			t.Errorf("n=%d: (Hx)[0] = %v, the sum is %v", n, x[0], sum)
		}
	}
}

func TestImpulseGivesARowOfH(t *testing.T) {
	both(t, testImpulse[float64], testImpulse[float32])
}

func testImpulse[T Float](t *testing.T) {
	for n := 1; n <= 1<<16; n *= 2 {
		for k := 0; k < n; k += 1 + n/100*7 {
			x := make([]T, n)
			x[k] = 1
			Transform(x)
			for i, v := range x {
				if want := 1 - 2*float64(bits.OnesCount(uint(i&k))&1); float64(v) != want {
					t.Fatalf("n=%d: (H·e_%d)[%d] = %v, want %v (path %s)", n, k, i, v, want, asm.Info())
				}
			}
		}
	}
}

func TestTransformOfAKroneckerProductFactors(t *testing.T) {
	for _, c := range [][2]int{{1, 8}, {2, 2}, {4, 32}, {64, 16}, {256, 512}, {8, 8192}} {
		m, d := c[0], c[1]
		u, v := randoms[float64](1, m), randoms[float64](2, d)
		x := make([]float64, m*d)
		for i := range x {
			x[i] = u[i/d] * v[i%d]
		}
		Transform(x)
		Transform(u)
		Transform(v)
		tol := 1e-15 * float64(bits.Len(uint(m*d))) * norm(u) * norm(v) / math.Sqrt(float64(m*d)) * 40
		for i := range x {
			if math.Abs(x[i]-u[i/d]*v[i%d]) > tol {
				t.Fatalf("m=%d d=%d: element %d is %g, the product of the factors %g", m, d, i, x[i], u[i/d]*v[i%d])
			}
		}
	}
}

func TestTransformToLeavesItsSourceAlone(t *testing.T) {
	for n := 1; n <= 4096; n *= 2 {
		x := randoms[float32](5, n)
		src, dst, want := clone(x), make([]float32, n), clone(x)
		Transform(want)
		TransformTo(dst, src)
		sameBits(t, fmt.Sprintf("TransformTo n=%d", n), dst, want)
		sameBits(t, fmt.Sprintf("source of TransformTo n=%d", n), src, x)
		TransformTo(src, src)
		sameBits(t, fmt.Sprintf("TransformTo itself n=%d", n), src, want)
	}
}

// TestGoldenBits holds the results to one value on every platform.
func TestGoldenBits(t *testing.T) {
	h := fnv.New64a()
	word := func(v uint64) {
		for s := 0; s < 64; s += 8 {
			h.Write([]byte{byte(v >> s)})
		}
	}
	for _, n := range []int{1, 2, 16, 64, 1024, 1 << 13, 1 << 18} {
		x, y := make([]float64, n), make([]float32, n)
		for i := range x {
			v := float64(int64(uint64(i+1)*0x9e3779b97f4a7c15)) / 3
			x[i], y[i] = v, float32(v)
		}
		Transform(x)
		Transform(y)
		for i := range x {
			word(math.Float64bits(x[i]))
			word(uint64(math.Float32bits(y[i])))
		}
	}
	sk, err := NewSRHT(1000, 100, 42)
	if err != nil {
		t.Fatal(err)
	}
	kr, err := NewKroneckerSRHT(100, 10, 50, 42)
	if err != nil {
		t.Fatal(err)
	}
	x, dst := make([]float64, 1000), make([]float64, 100)
	for i := range x {
		x[i] = 1 / float64(i+1)
	}
	sk.Apply(dst, x)
	kr.Apply(dst[:50], x)
	for _, v := range dst {
		word(math.Float64bits(v))
	}
	for _, r := range sk.Rows() {
		word(uint64(r))
	}
	if got, want := h.Sum64(), uint64(0x79312dad930a2364); got != want {
		t.Errorf("the hash of all bits is %#x, want %#x (path %s)", got, want, asm.Info())
	}
}

func TestWrongLengthsPanic(t *testing.T) {
	x := make([]float64, 12)
	sk := newSRHT(t, 10, 4, 1)
	kr, err := NewKroneckerSRHT(3, 5, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[string]func(){
		"hadamard: length 12 is":                         func() { Transform(x) },
		"hadamard: length 0 is":                          func() { Transform(x[:0]) },
		"hadamard: length 3 is":                          func() { Inverse(x[:3]) },
		"hadamard: length 6 is":                          func() { TransformTo(x[6:], x[:6]) },
		"hadamard: TransformTo from length 4 to len":     func() { TransformTo(x[:8], x[:4]) },
		"hadamard: row length 6 is":                      func() { TransformRows(x, 2, 6, nil) },
		"hadamard: column length 6 is":                   func() { TransformCols(x, 6, 2, nil) },
		"hadamard: Rows of a 4 × 4 matrix with stride 4": func() { TransformRows(x, 4, 4, nil) },
		"hadamard: Rows of a 2 × 4 matrix with stride 3": func() { TransformRows(x, 2, 4, &Options{Stride: 3}) },
		"hadamard: Rows of a -1 × 4 matrix":              func() { TransformRows(x, -1, 4, nil) },
		"hadamard: Cols of a 4 × -1 matrix":              func() { TransformCols(x, 4, -1, nil) },
		"hadamard: Cols of a 4 × 4 matrix":               func() { TransformCols(x, 4, 4, nil) },
		"hadamard: row length 3 is":                      func() { Transform2D(x, 4, 3, nil) },
		"hadamard: column length 3 is":                   func() { Transform2D(x, 3, 4, nil) },
		"hadamard: Transform2D of a 4 × 4 matrix":        func() { Transform2D(x, 4, 4, nil) },
		"hadamard: length 11 is not 2ᵏ, 12·2ᵏ, 20·2ᵏ or": func() { TransformMixed(x[:11]) },
		"hadamard: length 10 is not 2ᵏ, 12·2ᵏ":           func() { TransformPadded(x[:10], x[:3]) },
		"hadamard: TransformPadded from length 12 to":    func() { TransformPadded(x[:8], x) },
		"hadamard: NextOrder(0)":                         func() { NextOrder(0) },
		"hadamard: XorConvolve of lengths 4 and 8":       func() { XorConvolve(x[:4], x[4:]) },
		"hadamard: XorConvolveBy of lengths 4 and 8":     func() { XorConvolveBy(x[:4], x[4:]) },
		"hadamard: length 5 is":                          func() { XorConvolve(x[:5], x[5:10]) },
		"hadamard: length 9 is":                          func() { XorCorrelate(x[:9]) },
		"hadamard: invalid option: Order 9":              func() { TransformCols(x, 4, 2, &Options{Order: 9}) },
		"hadamard: Apply of a 4 × 10 SRHT with":          func() { sk.Apply(x[:4], x) },
		"hadamard: ApplyInPlace of a 4 × 10 SRHT padded": func() { sk.ApplyInPlace(x[:4], x) },
		"hadamard: ApplyCols of a 4 × 10 SRHT to":        func() { sk.ApplyCols(x[:4], x[:11], 1) },
		"hadamard: Sign(10) of an SRHT":                  func() { sk.Sign(10) },
		"hadamard: TransformLeft of length 3, want 4":    func() { kr.TransformLeft(x[:3]) },
		"hadamard: TransformRight of length 5, want 8":   func() { kr.TransformRight(x[:5]) },
		"hadamard: Sample with":                          func() { kr.Sample(x[:4], x[:4], x[:4]) },
		"hadamard: Apply of a 4 × 3·5 KroneckerSRHT":     func() { kr.Apply(x[:4], x) },
		"hadamard: LeftSign(3) of":                       func() { kr.LeftSign(3) },
		"hadamard: RightSign(-1) of":                     func() { kr.RightSign(-1) },
	} {
		t.Run(want, func(t *testing.T) {
			defer func() {
				if got := fmt.Sprint(recover()); !strings.HasPrefix(got, want) {
					t.Errorf("panic %q, want %q…", got, want)
				}
			}()
			f()
		})
	}
	for _, v := range x {
		if v != 0 {
			t.Fatal("memory was written")
		}
	}
}

func TestNothingIsAllocated(t *testing.T) {
	x, y := make([]float64, 1<<12), make([]float32, 1<<12)
	plan, err := NewPlan[float64](Options{Workers: 3, Order: Sequency, Scale: Orthonormal})
	if err != nil {
		t.Fatal(err)
	}
	big := make([]float64, 1<<18)
	sk := newSRHT(t, 1000, 100, 1)
	kr, err := NewKroneckerSRHT(30, 60, 100, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"Transform":   func() { Transform(x); Transform(y) },
		"TransformTo": func() { TransformTo(y, y) },
		"Inverse":     func() { Inverse(x); Inverse(y) },
		"Plan": func() {
			plan.Transform(big)
			plan.Rows(big, 1<<8, 1<<10)
			plan.Cols(big, 1<<8, 1<<10)
		},
		"Transform2D":          func() { plan.Transform2D(big, 1<<9, 1<<9) },
		"TransformMixed":       func() { TransformMixed(x[:12<<8]); InverseMixed(y[:28]); TransformPadded(y, y[:100]) },
		"XorConvolve":          func() { XorConvolve(x[:64], x[64:128]); XorCorrelate(y) },
		"SRHT.ApplyInPlace":    func() { sk.ApplyInPlace(x[1024:1124], x[:1024]) },
		"KroneckerSRHT.Sample": func() { kr.TransformLeft(x[:32]); kr.TransformRight(x[32:96]); kr.Sample(x[128:228], x[:32], x[32:96]) },
	} {
		if n := testing.AllocsPerRun(10, f); n != 0 {
			t.Errorf("%s: %v allocations a call", name, n)
		}
	}
}

func FuzzTransform(f *testing.F) {
	f.Add(uint8(5), uint64(1))
	f.Add(uint8(12), uint64(2))
	f.Fuzz(func(t *testing.T, k uint8, seed uint64) {
		n := 1 << (k % 15)
		rng := rand.New(rand.NewPCG(seed, 3))
		x, y := make([]float64, n), make([]float32, n)
		for i := range x { // any bits at all
			x[i], y[i] = math.Float64frombits(rng.Uint64()), math.Float32frombits(rng.Uint32())
		}
		wantX, wantY := clone(x), clone(y)
		stages(wantX)
		stages(wantY)
		Transform(x)
		Transform(y)
		sameBits(t, fmt.Sprintf("float64 n=%d seed=%d", n, seed), x, wantX)
		sameBits(t, fmt.Sprintf("float32 n=%d seed=%d", n, seed), y, wantY)
	})
}

// stages is the definition of the transform, stage by stage.
func stages[T Float](x []T) {
	for h := 1; h < len(x); h *= 2 {
		for i := range x {
			if i&h == 0 {
				x[i], x[i+h] = x[i]+x[i+h], x[i]-x[i+h]
			}
		}
	}
}

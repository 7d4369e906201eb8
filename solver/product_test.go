package solver

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"testing"
)

// Named element types are allowed.
type (
	single float32
	double float64
)

// mulReference is the definition, for elements of the product at (i, p) and (p, j).
func mulReference[T Float](c, a, b []T, m, n, k int, o MulOptions) {
	at := func(x []T, stride, i, j int, trans bool) T {
		if trans {
			i, j = j, i
		}
		return x[i*stride+j]
	}
	for i := range m {
		for j := range n {
			s := T(0)
			if o.Add {
				s = c[i*o.StrideC+j]
			}
			for p := range k {
				s = fma(at(a, o.StrideA, i, p, o.TransA), at(b, o.StrideB, p, j, o.TransB), s)
			}
			c[i*o.StrideC+j] = s
		}
	}
}

// fma rounds once to T: the tests take floats of few bits in single precision,
// where a sum in float64 is exact.
func fma[T Float](x, y, z T) T { return T(math.FMA(float64(x), float64(y), float64(z))) }

func operands[T Float](rng *rand.Rand, n int, bits int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.IntN(1<<bits)-1<<(bits-1)) / 64
		if bits > 30 {
			x[i] = T(rng.NormFloat64())
		}
	}
	return x
}

func TestMulIsItsDefinition(t *testing.T) {
	t.Run("float64", func(t *testing.T) { testMul[double](t, 31) })
	t.Run("float32", func(t *testing.T) { testMul[single](t, 20) })
}

func testMul[T Float](t *testing.T, bits int) {
	rng := rand.New(rand.NewPCG(51, 52))
	ws := new(MulWorkspace)
	shapes := [][3]int{{1, 1, 1}, {0, 3, 2}, {3, 0, 2}, {3, 2, 0}, {7, 5, 300}, {97, 33, 257}, {200, 300, 40}, {5, 600, 65}, {64, 64, 64}, {193, 241, 513}, {2, 4100, 3}, {33, 4099, 9}, {250, 700, 60}, {241, 4100, 5}, {245, 320, 260}}
	for range 20 {
		shapes = append(shapes, [3]int{rng.IntN(70), rng.IntN(70), rng.IntN(70)})
	}
	for s, sh := range shapes {
		m, n, k := sh[0], sh[1], sh[2]
		for v := range 8 {
			if testing.Short() && m*n*k > 1<<20 && (s+v)%4 != 0 { // each way of some large shape
				continue
			}
			pad := (s + v) % 3
			o := MulOptions{TransA: v&1 != 0, TransB: v&2 != 0, Add: v&4 != 0, Workers: 1 + (s+v)%3, Workspace: ws}
			ar, ac, br, bc := m, k, k, n
			if o.TransA {
				ar, ac = k, m
			}
			if o.TransB {
				br, bc = n, k
			}
			o.StrideA, o.StrideB, o.StrideC = ac+pad, bc+2*pad, n+pad
			a, b, c := operands[T](rng, ar*o.StrideA, bits), operands[T](rng, br*o.StrideB, bits), operands[T](rng, m*o.StrideC, bits)
			want := append([]T(nil), c...)
			mulReference(want, a, b, m, n, k, o)
			if pad == 0 {
				o.StrideA, o.StrideB, o.StrideC = 0, 0, 0
			}
			if err := Mul(bg, c, a, b, m, n, k, &o); err != nil {
				t.Fatal(err)
			}
			for i := range want {
				if math.Float64bits(float64(c[i])) != math.Float64bits(float64(want[i])) {
					t.Fatalf("m=%d n=%d k=%d %+v seed=51: C[%d] is %v, want %v", m, n, k, o, i, c[i], want[i])
				}
			}
		}
	}
}

// Syrk has the bits of Mul, writes both triangles and reads the lower one of C.
func TestSyrkIsMulByTheTranspose(t *testing.T) {
	t.Run("float64", func(t *testing.T) { testSyrk[float64](t) })
	t.Run("float32", func(t *testing.T) { testSyrk[float32](t) })
}

func testSyrk[T Float](t *testing.T) {
	rng := rand.New(rand.NewPCG(53, 54))
	for _, sh := range [][2]int{{0, 3}, {1, 1}, {5, 0}, {95, 7}, {96, 40}, {97, 300}, {250, 33}, {4200, 2}} {
		n, k := sh[0], sh[1]
		for v := range 4 {
			if testing.Short() && n > 4000 && v != 3 {
				continue
			}
			o := MulOptions{TransA: v&1 != 0, Add: v&2 != 0, Workers: 2}
			rows, cols := n, k
			if o.TransA {
				rows, cols = k, n
			}
			o.StrideA, o.StrideC = cols+1, n+v
			a, c := operands[T](rng, rows*o.StrideA, 31), operands[T](rng, n*o.StrideC, 31)
			for i := range n {
				for j := range i {
					c[j*o.StrideC+i] = c[i*o.StrideC+j]
				}
			}
			want := append([]T(nil), c...)
			for i := range n {
				for j := i + 1; j < n; j++ {
					c[i*o.StrideC+j] = T(math.NaN())
				}
			}
			p := o
			p.TransB, p.StrideB = !o.TransA, o.StrideA
			check(t, Mul(bg, want, a, a, n, n, k, &p))
			check(t, Syrk(bg, c, a, n, k, &o))
			for i := range want {
				if math.Float64bits(float64(c[i])) != math.Float64bits(float64(want[i])) {
					t.Fatalf("n=%d k=%d %+v seed=53: C[%d] is %v, Mul gives %v", n, k, o, i, c[i], want[i])
				}
			}
		}
	}
}

func TestMulPassesNaNAndInfOn(t *testing.T) {
	a, b, c := make([]float64, 20*30), make([]float64, 30*40), make([]float64, 20*40)
	a[3*30+5], b[7*40+9] = math.NaN(), math.Inf(1)
	check(t, Mul(bg, c, a, b, 20, 40, 30, nil))
	for i := range 20 {
		for j := range 40 {
			if got := c[i*40+j]; (got != got) != (i == 3 || j == 9) {
				t.Fatalf("C[%d, %d] is %v", i, j, got)
			}
		}
	}
}

func TestMulRefusesWrongShapes(t *testing.T) {
	x := make([]float64, 6)
	c := []float64{1, 2, 3, 4}
	for name, err := range map[string]error{
		"short A":       Mul(bg, c, x[:5], x, 2, 2, 3, nil),
		"short B":       Mul(bg, c, x, x[:5], 2, 2, 3, nil),
		"short C":       Mul(bg, c[:3], x, x, 2, 2, 3, nil),
		"short stride":  Mul(bg, c, x, x, 2, 2, 3, &MulOptions{StrideA: 2}),
		"long stride":   Mul(bg, c, x, x, 2, 2, 3, &MulOptions{StrideB: math.MaxInt}),
		"negative":      Mul(bg, c, x, x, -2, 2, 3, nil),
		"negative both": Mul(bg, c, x, x, -2, 2, -3, nil),
		"transposed":    Mul(bg, c, x, x, 2, 2, 3, &MulOptions{TransA: true, StrideA: 3}),
		"Syrk":          Syrk(bg, c, x[:5], 2, 3, nil),
		"Syrk of order": Syrk(bg, c[:3], x, 2, 3, nil),
		"Syrk stride":   Syrk(bg, c, x, 2, 3, &MulOptions{StrideC: 1}),
	} {
		if !errors.Is(err, ErrShape) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for i, v := range c {
		if v != float64(i+1) {
			t.Errorf("C[%d] was written", i)
		}
	}
}

func TestMulCancelled(t *testing.T) {
	why := errors.New("why")
	ctx, cancel := context.WithCancelCause(bg)
	cancel(why)
	x := make([]float64, 64)
	if err := Mul(ctx, make([]float64, 64), x, x, 8, 8, 8, nil); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
	if err := Syrk(ctx, make([]float64, 64), x, 8, 8, nil); !errors.Is(err, why) {
		t.Errorf("got %v, want the cause", err)
	}
}

func TestMulAllocatesNothing(t *testing.T) {
	const n = 250 // more than a block of rows
	a, c := normal(1, n*n), make([]float64, n*n)
	s, sc := make([]float32, n*n), make([]float32, n*n)
	o := &MulOptions{Workers: 2, Workspace: new(MulWorkspace)}
	for name, f := range map[string]func(){
		"Mul":    func() { check(t, Mul(bg, c, a, a, n, n, n, o)) },
		"Mul32":  func() { check(t, Mul(bg, sc, s, s, n, n, n, o)) },
		"Syrk":   func() { check(t, Syrk(bg, c, a, n, n, o)) },
		"Syrk32": func() { check(t, Syrk(bg, sc, s, n, n, o)) },
	} {
		if allocs := testing.AllocsPerRun(5, f); allocs != 0 {
			t.Errorf("%s: %g allocations", name, allocs)
		}
	}
}

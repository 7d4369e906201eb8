package solver

import (
	"math"
	"math/rand/v2"
	"testing"
)

const eps = 0x1p-52

// Slow references and generators. Matrices are row-major.

func normal(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 0x5eed))
	x := make([]float64, n)
	for i := range x {
		x[i] = r.NormFloat64()
	}
	return x
}

func dot(x, y []float64) float64 {
	var s float64
	for i, v := range x {
		s = math.FMA(v, y[i], s)
	}
	return s
}

func norm(x []float64) float64 { return math.Sqrt(dot(x, x)) }

func sub(x, y []float64) []float64 {
	z := make([]float64, len(x))
	for i := range x {
		z[i] = x[i] - y[i]
	}
	return z
}

// rescale replaces x by f·x.
func rescale(x []float64, f float64) {
	for i := range x {
		x[i] *= f
	}
}

func mulVec(a []float64, m, n int, x []float64) []float64 {
	y := make([]float64, m)
	for i := range y {
		y[i] = dot(a[i*n:(i+1)*n], x)
	}
	return y
}

func transpose(a []float64, m, n int) []float64 {
	t := make([]float64, len(a))
	for i := range m {
		for j := range n {
			t[j*m+i] = a[i*n+j]
		}
	}
	return t
}

// gram returns A·Aᵀ for an m × n matrix.
func gram(a []float64, m, n int) []float64 {
	g := make([]float64, m*m)
	for i := range m {
		for j := range m {
			g[i*m+j] = dot(a[i*n:(i+1)*n], a[j*n:(j+1)*n])
		}
	}
	return g
}

func addDiag(a []float64, n int, c float64) []float64 {
	b := append([]float64(nil), a...)
	for i := range n {
		b[i*n+i] += c
	}
	return b
}

// mix multiplies a (m × n) from the left by a few random reflections.
func mix(seed uint64, a []float64, m, n int) {
	for k := range uint64(4) {
		v := normal(seed+k, m)
		f := 2 / dot(v, v)
		for j := range n {
			var s float64
			for i := range m {
				s += v[i] * a[i*n+j]
			}
			for i := range m {
				a[i*n+j] -= f * s * v[i]
			}
		}
	}
}

// symmetric returns Q·diag(d)·Qᵀ.
func symmetric(seed uint64, d []float64) []float64 {
	n := len(d)
	a := make([]float64, n*n)
	for i, v := range d {
		a[i*n+i] = v
	}
	mix(seed, a, n, n)
	a = transpose(a, n, n)
	mix(seed, a, n, n)
	for i := range n {
		for j := range i {
			a[j*n+i] = a[i*n+j]
		}
	}
	return a
}

// singular returns the m × n matrix U·diag(d)·Vᵀ.
func singular(seed uint64, d []float64, m, n int) []float64 {
	a := make([]float64, m*n)
	for i, v := range d {
		a[i*n+i] = v
	}
	mix(seed, a, m, n)
	t := transpose(a, m, n)
	mix(seed+100, t, n, m)
	return transpose(t, n, m)
}

// logspace returns n values from hi down to lo, evenly in the exponent.
func logspace(lo, hi float64, n int) []float64 {
	d := make([]float64, n)
	for i := range d {
		d[i] = hi * math.Pow(lo/hi, float64(i)/float64(max(n-1, 1)))
	}
	return d
}

// gaussSolve solves A·x = b by elimination with partial pivoting.
func gaussSolve(a []float64, n int, b []float64) []float64 {
	m, x := append([]float64(nil), a...), append([]float64(nil), b...)
	for k := range n {
		p := k
		for i := k; i < n; i++ {
			if math.Abs(m[i*n+k]) > math.Abs(m[p*n+k]) {
				p = i
			}
		}
		for j := range n {
			m[k*n+j], m[p*n+j] = m[p*n+j], m[k*n+j]
		}
		x[k], x[p] = x[p], x[k]
		for i := k + 1; i < n; i++ {
			f := m[i*n+k] / m[k*n+k]
			for j := k; j < n; j++ {
				m[i*n+j] -= f * m[k*n+j]
			}
			x[i] -= f * x[k]
		}
	}
	for k := n - 1; k >= 0; k-- {
		x[k] = (x[k] - dot(m[k*n+k+1:(k+1)*n], x[k+1:])) / m[k*n+k]
	}
	return x
}

func matrix(a []float64, m, n int) *Matrix {
	op, err := NewMatrix(a, m, n)
	if err != nil {
		panic(err)
	}
	return op
}

func sameBits(x, y []float64) bool {
	for i := range x {
		if math.Float64bits(x[i]) != math.Float64bits(y[i]) {
			return false
		}
	}
	return len(x) == len(y)
}

// mustPanic fails unless f panics.
func mustPanic(t *testing.T, what string, f func()) {
	t.Helper()
	defer func() {
		if recover() == nil {
			t.Errorf("%s: no panic", what)
		}
	}()
	f()
}

// sizes are all small orders and those around the block sizes.
func sizes() []int {
	var s []int
	for n := 1; n <= 34; n++ {
		s = append(s, n)
	}
	return append(s, 47, 48, 63, 64, 65, 95, 96, 97, 120, 127, 128, 129, 136, 191, 250, 255, 256, 257, 271, 300)
}

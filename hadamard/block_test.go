package hadamard

import (
	"errors"
	"hash/fnv"
	"math"
	"math/bits"
	"sync"
	"testing"
)

// blockColumns returns S as a dense matrix, column by column.
func blockColumns(t *BlockSRHT) []float64 {
	m := make([]float64, t.s*t.n)
	x, y := make([]float64, t.n), make([]float64, t.s)
	for i := range x {
		x[i] = 1
		t.Apply(y, x)
		x[i] = 0
		for j, v := range y {
			m[j*t.n+i] = v
		}
	}
	return m
}

// Column i of S is E·P·H·D e_i: entries ±1/√s, with the pattern of a column of
// H inside each block, and each row of H taken once before any is taken again.
func TestBlockSRHTIsSignedRowsOfHadamard(t *testing.T) {
	for _, n := range []int{1, 2, 3, 63, 1024, 1025, 1500, 3000} {
		for _, s := range []int{1, 5, 100} {
			tr, err := NewBlockSRHT(n, s, uint64(n+s))
			if err != nil {
				t.Fatal(err)
			}
			m := blockColumns(tr)
			for b := 0; b*blockLen < n; b++ {
				rows := tr.blockRows(b)
				seen := make(map[uint16]int)
				for j := range s {
					v := tr.take[b*s+j]
					r := v & (blockLen - 1)
					if int(r) >= rows || seen[r] != j/rows {
						t.Fatalf("n=%d s=%d block %d: output %d takes row %d of %d, taken %d times", n, s, b, j, r, rows, seen[r])
					}
					seen[r]++
					e := 1 - 2*float64(v>>15)
					for i := b * blockLen; i < min((b+1)*blockLen, n); i++ {
						d := 1 - 2*float64(tr.signs[i/64]>>(i%64)&1)
						h := 1 - 2*float64(bits.OnesCount(uint(r)&uint(i-b*blockLen))&1)
						if m[j*n+i] != tr.scale*e*h*d {
							t.Fatalf("n=%d s=%d: S[%d,%d] = %g, want %g", n, s, j, i, m[j*n+i], tr.scale*e*h*d)
						}
					}
				}
			}
		}
	}
}

// E‖Sx‖² = ‖x‖², and the spread is that of s independent squares.
func TestBlockSRHTKeepsNorms(t *testing.T) {
	const n, s, draws = 2500, 60, 800
	x, y := make([]float64, n), make([]float64, s)
	for i := range x {
		x[i] = math.Sin(float64(i * i))
	}
	x[7] = 30 // coherent
	var want, mean float64
	for _, v := range x {
		want += v * v
	}
	for seed := range uint64(draws) {
		tr, err := NewBlockSRHT(n, s, seed)
		if err != nil {
			t.Fatal(err)
		}
		tr.Apply(y, x)
		for _, v := range y {
			mean += v * v / draws
		}
	}
	if tol := 5 * want * math.Sqrt(2./s/draws); math.Abs(mean-want) > tol {
		t.Errorf("mean ‖Sx‖² = %g, want %g ± %g", mean, want, tol)
	}
}

func TestBlockSRHTColumnsAgree(t *testing.T) {
	for _, n := range []int{1, 700, 1024, 2100} {
		for _, cols := range []int{1, 7, 8, 21} {
			const s = 50
			tr, err := NewBlockSRHT(n, s, 3)
			if err != nil {
				t.Fatal(err)
			}
			a := make([]float64, n*cols)
			for i := range a {
				a[i] = math.Cos(float64(3 * i))
			}
			got := make([]float64, s*cols)
			var wg sync.WaitGroup
			for lo := 0; lo < cols; lo += 8 {
				wg.Go(func() { tr.ApplyColsRange(got, a, cols, lo, min(lo+8, cols)) })
			}
			wg.Wait()
			x, y := make([]float64, n), make([]float64, s)
			for c := range cols {
				for i := range x {
					x[i] = a[i*cols+c]
				}
				tr.Apply(y, x)
				for j, v := range y {
					if math.Float64bits(v) != math.Float64bits(got[j*cols+c]) {
						t.Fatalf("n=%d cols=%d: entry (%d, %d) is %g, by Apply %g", n, cols, j, c, got[j*cols+c], v)
					}
				}
			}
		}
	}
}

func TestBlockSRHTBits(t *testing.T) {
	tr, err := NewBlockSRHT(2200, 90, 12345)
	if err != nil {
		t.Fatal(err)
	}
	x, y := make([]float64, 2200), make([]float64, 90)
	for i := range x {
		x[i] = float64(i%97) / 8
	}
	tr.Apply(y, x)
	h := fnv.New64a()
	for _, v := range y {
		for b, k := math.Float64bits(v), 0; k < 8; b, k = b>>8, k+1 {
			h.Write([]byte{byte(b)})
		}
	}
	const want = 0x9937f77b391d6e2c
	if got := h.Sum64(); got != want {
		t.Errorf("hash %#x, want %#x", got, uint64(want))
	}
}

func TestBlockSRHTRefuses(t *testing.T) {
	for _, c := range []struct {
		n, s int
		want error
	}{{0, 1, ErrDimension}, {-5, 1, ErrDimension}, {1, 0, ErrSampleSize}, {math.MaxInt, math.MaxInt, ErrDimension}} {
		if _, err := NewBlockSRHT(c.n, c.s, 0); !errors.Is(err, c.want) {
			t.Errorf("n=%d s=%d: %v", c.n, c.s, err)
		}
	}
	tr, err := NewBlockSRHT(100, 10, 0)
	if err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(){
		"dst":   func() { tr.Apply(make([]float64, 9), make([]float64, 100)) },
		"x":     func() { tr.Apply(make([]float64, 10), make([]float64, 99)) },
		"cols":  func() { tr.ApplyCols(make([]float64, 10), make([]float64, 200), 2) },
		"range": func() { tr.ApplyColsRange(make([]float64, 20), make([]float64, 200), 2, 1, 3) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
	x, y, a, b := make([]float64, 100), make([]float64, 10), make([]float64, 900), make([]float64, 90)
	tr.ApplyCols(b, a, 9)
	if allocs := testing.AllocsPerRun(5, func() { tr.Apply(y, x) }); allocs != 0 {
		t.Errorf("Apply allocates %g", allocs)
	}
}

func BenchmarkBlockSRHTCols(b *testing.B) {
	const n, cols, s = 20000, 200, 800
	a, dst := make([]float64, n*cols), make([]float64, s*cols)
	for i := range a {
		a[i] = float64(i % 17)
	}
	tr, err := NewBlockSRHT(n, s, 1)
	if err != nil {
		b.Fatal(err)
	}
	full, err := NewSRHT(n, s, 1)
	if err != nil {
		b.Fatal(err)
	}
	b.Run("kind=block/n=20000/cols=200/s=800", func(b *testing.B) {
		for b.Loop() {
			tr.ApplyCols(dst, a, cols)
		}
	})
	b.Run("kind=full/n=20000/cols=200/s=800", func(b *testing.B) {
		for b.Loop() {
			full.ApplyCols(dst, a, cols)
		}
	})
}

package asm

import (
	"math"
	"testing"
)

// The kernels below are called with operands that end, and then begin, at the
// edge of memory that can be touched, one operand against the next at either
// edge, so that a vector load past an end faults whatever its alignment. Lengths
// reach every loop and rest: of 16, 4 and 1 values, of 8, 4 and 1 words.

func TestVectorKernelsStayInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for n := 0; n <= 67; n++ {
			guarded(t, n, func(x []float64) {
				guarded(t, n, func(y []float64) {
					for i := range x {
						x[i], y[i] = 1, 2
					}
					if got := Dot(x, y); got != float64(2*n) {
						t.Fatalf("n=%d: Dot is %v", n, got)
					}
					Axpy(y, 3, x)
					Scale(x, 0.5, y)
					Scale(x, 2, x)
					for i := range x {
						if x[i] != 5 || y[i] != 5 {
							t.Fatalf("n=%d: element %d is %v and %v", n, i, x[i], y[i])
						}
					}
					if got, want := Nrm2(x), math.Sqrt(float64(25*n)); got != want {
						t.Fatalf("n=%d: Nrm2 is %v", n, got)
					}
				})
			})
		}
	})
}

// TestMulAddStaysInside has every count of rows and of columns of a tile, A by
// rows and by columns, and strides longer than a row.
func TestMulAddStaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for m := 1; m <= TileRows+1; m++ {
			for n := 1; n <= 2*TileCols+1; n++ {
				for _, k := range []int{1, 2, 5} {
					for pad := 0; pad < 3; pad++ {
						testMulAddInside(t, m, n, k, n+pad, k+pad, 1)
						testMulAddInside(t, m, n, k, n+pad, 1, m+pad)
					}
				}
			}
		}
	})
}

func testMulAddInside(t *testing.T, m, n, k, ldc, rs, cs int) {
	guarded(t, (m-1)*ldc+n, func(c []float64) {
		guarded(t, (m-1)*rs+(k-1)*cs+1, func(a []float64) {
			guarded(t, PanelLen(k, n), func(b []float64) {
				for i := range a {
					a[i] = 1
				}
				for i := range b {
					b[i] = 1
				}
				for i := range c {
					c[i] = -1
				}
				MulAdd(c, ldc, a, rs, cs, b, m, n, k)
				for i, v := range c {
					want := -1.0
					if i%ldc < n {
						want = float64(k - 1)
					}
					if v != want {
						t.Fatalf("m=%d n=%d k=%d ldc=%d rs=%d cs=%d: c[%d] is %v, want %v", m, n, k, ldc, rs, cs, i, v, want)
					}
				}
			})
		})
	})
}

func TestGateKernelsStayInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		guarded(t, GateWidth, func(acc []float64) {
			guarded(t, GateWidth, func(z []float64) {
				a, b := (*[GateWidth]float64)(acc), (*[GateWidth]float64)(z)
				if g := ReluGate(a, b, 1); g != math.MaxUint64 {
					t.Errorf("zeros give the gates %x", g)
				}
				MaskAdd(a, b, -1, 0x5555555555555555)
			})
		})
	})
}

// TestMaskPanelStaysInside ends the gates in the word of the last sample's byte.
func TestMaskPanelStaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for n := 1; n <= 9; n++ {
			for stride := 1; stride <= 3; stride++ {
				for col := 0; col < 8*stride; col++ {
					testMaskPanelInside(t, n, stride, col)
				}
			}
		}
	})
}

func testMaskPanelInside(t *testing.T, n, stride, col int) {
	guarded(t, n*TileCols, func(dst []float64) {
		guarded(t, n, func(u []float64) {
			guarded(t, (n-1)*stride+col/8+1, func(gates []uint64) {
				for i := range gates {
					gates[i] = math.MaxUint64
				}
				for i := range u {
					u[i] = float64(i + 1)
				}
				MaskPanel(dst, u, gates, stride, col)
				for i, v := range dst {
					if v != float64(i/TileCols+1) {
						t.Fatalf("n=%d stride=%d col=%d: dst[%d] is %v", n, stride, col, i, v)
					}
				}
			})
		})
	})
}

func TestAndCount4StaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for n := 1; n <= 35; n++ {
			for _, stride := range []int{0, 1, n, n + 3} {
				testAndCount4Inside(t, n, stride)
			}
		}
	})
}

func testAndCount4Inside(t *testing.T, n, stride int) {
	guarded(t, 4, func(dst []int64) {
		guarded(t, n, func(x []uint64) {
			guarded(t, 3*stride+n, func(y []uint64) {
				for i := range x {
					x[i] = math.MaxUint64
				}
				for i := range y {
					y[i] = math.MaxUint64
				}
				clear(dst)
				AndCount4((*[4]int64)(dst), x, y, stride)
				for q, c := range dst {
					if c != int64(64*n) {
						t.Fatalf("n=%d stride=%d: row %d counts %d", n, stride, q, c)
					}
				}
			})
		})
	})
}

// TestLongOperandsStayInside crosses the places where the wrappers cut.
func TestLongOperandsStayInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, n := range []int{vecChunk - 1, vecChunk, vecChunk + 1, 2*vecChunk + 5} {
			guarded(t, n, func(x []float64) {
				Axpy(x, 1, x)
				Scale(x, 2, x)
				Dot(x, x)
			})
		}
		const k = tileDepth + 3
		testMulAddInside(t, 7, 9, k, 9, k, 1)
		testMaskPanelInside(t, 4096+3, 1, 5)
		testAndCount4Inside(t, 8192+13, 8192+13)
	})
}

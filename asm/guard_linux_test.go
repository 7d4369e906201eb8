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
		for _, m := range []int{1, 2, 3, 4, 5, 6, 7, wideRows - 1, wideRows, wideRows + 1} {
			for n := TileCols - 2; n <= 2*TileCols+1; n++ {
				for _, k := range []int{1, 2, 5} {
					for pad := 0; pad < 3; pad++ {
						testMulAddInside(t, m, n, k, n+pad, k+pad, 1)
						testMulAddInside(t, m, n, k, n+pad, 1, m+pad)
					}
				}
			}
			for _, n := range []int{24, 25, 32, 40, 47, 48, 56} {
				testMulAddInside(t, m, n, 3, n, 3, 1)
				testMulAddInside(t, m, n, 3, n+1, 1, m+1)
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
				for start, mul := range []func(c []float64, ldc int, a []float64, rs, cs int, bp []float64, m, n, k int){Mul, MulAdd} {
					mul(c, ldc, a, rs, cs, b, m, n, k)
					for i, v := range c {
						want := -1.0
						if i%ldc < n {
							want = float64(k + start*k)
						}
						if v != want {
							t.Fatalf("m=%d n=%d k=%d ldc=%d rs=%d cs=%d start=%d: c[%d] is %v, want %v", m, n, k, ldc, rs, cs, start, i, v, want)
						}
					}
				}
			})
		})
	})
}

func TestMulAdd32StaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, m := range []int{1, 2, 3, 4, 5, 6, 8, 13, wideRows + 1} {
			for _, n := range []int{1, 15, 16, 17, 32, 48, 64, 65, 80} {
				testMulAdd32Inside(t, m, n, 3, n+m%2, 3, 1)
				testMulAdd32Inside(t, m, n, 2, n, 1, m+n%2)
			}
		}
	})
}

func testMulAdd32Inside(t *testing.T, m, n, k, ldc, rs, cs int) {
	guarded(t, (m-1)*ldc+n, func(c []float32) {
		guarded(t, (m-1)*rs+(k-1)*cs+1, func(a []float32) {
			guarded(t, PanelLen32(k, n), func(b []float32) {
				for i := range a {
					a[i] = 1
				}
				for i := range b {
					b[i] = 1
				}
				for i := range c {
					c[i] = -1
				}
				for start, mul := range []func(c []float32, ldc int, a []float32, rs, cs int, bp []float32, m, n, k int){Mul32, MulAdd32} {
					mul(c, ldc, a, rs, cs, b, m, n, k)
					for i, v := range c {
						want := float32(-1)
						if i%ldc < n {
							want = float32(k + start*k)
						}
						if v != want {
							t.Fatalf("m=%d n=%d k=%d ldc=%d rs=%d cs=%d start=%d: c[%d] is %v, want %v", m, n, k, ldc, rs, cs, start, i, v, want)
						}
					}
				}
			})
		})
	})
}

func TestPackStaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for k := 1; k <= 2*TileCols+1; k++ {
			for _, n := range []int{1, 7, 8, 17} {
				guarded(t, PanelLen(k, n), func(dst []float64) {
					guarded(t, n*k, func(b []float64) {
						PackRows(dst, b, k, k, n, 1)
						PackCols(dst, b, n, k, n, 1)
						Transpose(dst, n, b, k, n, k)
					})
				})
			}
		}
	})
}

func TestSolveRowsStaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, m := range []int{1, 15, 16, 17, 32} {
			for w := TileCols; w <= 3*TileCols; w += TileCols {
				testSolveRowsInside(t, m, w, w+m%3)
			}
		}
	})
}

func testSolveRowsInside(t *testing.T, m, w, ldx int) {
	guarded(t, (m-1)*ldx+w, func(x []float64) {
		guarded(t, TriangleLen(w), func(tri []float64) {
			guarded(t, w, func(inv []float64) {
				guarded(t, SolveScratch(w), func(scratch []float64) {
					// L is twice the triangle of ones: x_0 = 2 alone is not zero.
					for i := range tri {
						tri[i] = -2
					}
					for i := range inv {
						inv[i] = 0.5
					}
					for i := range x {
						x[i] = 4
					}
					SolveRows(x, ldx, m, tri, inv, w, scratch)
					for i, v := range x {
						want := 0.0
						switch {
						case i%ldx == 0:
							want = 2
						case i%ldx >= w:
							want = 4
						}
						if v != want {
							t.Fatalf("m=%d w=%d ldx=%d: x[%d] is %v, want %v", m, w, ldx, i, v, want)
						}
					}
				})
			})
		})
	})
}

func TestForwardStaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for rows := 1; rows <= 13; rows++ {
			for d := 1; d <= 9; d++ {
				testForwardInside(t, rows, d)
			}
		}
		testForwardInside(t, 7, forwardDepth/2+1)
	})
}

func testForwardInside(t *testing.T, rows, d int) {
	guarded(t, GateWidth, func(acc []float64) {
		guarded(t, rows*d, func(w []float64) {
			guarded(t, GateWidth*d, func(xp []float64) {
				guarded(t, rows, func(gates []uint64) {
					a := make([]float64, rows)
					for r := range a {
						a[r] = 1
					}
					for i := range w {
						w[i] = 1
					}
					x := make([]float64, GateWidth*d)
					for i := range x {
						x[i] = 1
					}
					PackSamples(xp, x, d)
					clear(acc)
					Forward((*[GateWidth]float64)(acc), gates, w, a, xp, d)
					for i, v := range acc {
						if v != float64(rows*d) {
							t.Fatalf("rows=%d d=%d: sum %d is %v", rows, d, i, v)
						}
					}
					for r, g := range gates {
						if g != math.MaxUint64 {
							t.Fatalf("rows=%d d=%d: gates %d are %x", rows, d, r, g)
						}
					}
				})
			})
		})
	})
}

// TestMulAddBitsStaysInside has every width and, in a set of tables, every
// count of rows; the last row of v ends at its width.
func TestMulAddBitsStaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for width := 1; width <= BitsWidth; width++ {
			for _, k := range []int{1, 3, 4, 9, 31, 32, 33, 64} {
				for pad := range 2 {
					testMulAddBitsInside(t, 1+k%3, k, width, (width+7)/8*8+pad, width+pad)
				}
			}
		}
	})
}

func testMulAddBitsInside(t *testing.T, rows, k, width, ldc, ldv int) {
	padded := (width + 7) / 8 * 8
	guarded(t, (rows-1)*ldc+padded, func(c []float64) {
		guarded(t, (k-1)*ldv+width, func(v []float64) {
			guarded(t, k, func(coef []float64) {
				guarded(t, rows, func(word []uint64) {
					guarded(t, BitsTable, func(table []float64) {
						for i := range v {
							v[i] = 2
						}
						for i := range coef {
							coef[i] = 0.5
						}
						for i := range word {
							word[i] = math.MaxUint64
						}
						for i := range c {
							c[i] = 1
						}
						MulAddBits(c, ldc, word, v, ldv, coef, width, table)
						for i, x := range c {
							want := 1.0
							if i%ldc < width {
								want += float64(k)
							}
							if x != want {
								t.Fatalf("rows=%d k=%d width=%d ldc=%d: c[%d] is %v, want %v", rows, k, width, ldc, i, x, want)
							}
						}
					})
				})
			})
		})
	})
}

// TestMulAddBits32StaysInside is the same in float32.
func TestMulAddBits32StaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for width := 16; width <= BitsWidth32; width += 16 {
			for _, k := range []int{1, 3, 4, 9, 31, 32, 33, 64} {
				for pad := range 2 {
					testMulAddBits32Inside(t, 1+k%3, k, width, width+pad, width+pad)
				}
			}
		}
	})
}

func testMulAddBits32Inside(t *testing.T, rows, k, width, ldc, ldv int) {
	guarded(t, (rows-1)*ldc+width, func(c []float32) {
		guarded(t, (k-1)*ldv+width, func(v []float32) {
			guarded(t, k, func(coef []float32) {
				guarded(t, rows, func(word []uint64) {
					guarded(t, BitsTable32, func(table []float32) {
						fill(v, 2)
						fill(coef, 0.5)
						fill(c, 1)
						for i := range word {
							word[i] = math.MaxUint64
						}
						MulAddBits32(c, ldc, word, v, ldv, coef, width, table)
						for i, x := range c {
							want := float32(1)
							if i%ldc < width {
								want += float32(k)
							}
							if x != want {
								t.Fatalf("rows=%d k=%d width=%d ldc=%d: c[%d] is %v, want %v", rows, k, width, ldc, i, x, want)
							}
						}
					})
				})
			})
		})
	})
}

func fill(x []float32, v float32) {
	for i := range x {
		x[i] = v
	}
}

func TestAndCountStaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for _, words := range []int{1, 31, 32, countCall + 1} {
			for pad := range 3 {
				for _, ni := range []int{4, CountTile, CountTile + 8} {
					testAndCountInside(t, words, ni+pad&1, ni, CountTile+pad>>1)
				}
			}
		}
	})
}

func testAndCountInside(t *testing.T, words, xs, ni, ys int) {
	scratch := new(CountScratch)
	guarded(t, ni*CountTile, func(dst []int64) {
		guarded(t, (words-1)*xs+ni, func(x []uint64) {
			guarded(t, (words-1)*ys+CountTile, func(y []uint64) {
				for i := range x {
					x[i] = math.MaxUint64
				}
				for i := range y {
					y[i] = math.MaxUint64
				}
				clear(dst)
				AndCount(dst, x, xs, ni, y, ys, words, scratch)
				for i, c := range dst {
					if c != int64(64*words) {
						t.Fatalf("words=%d ni=%d xs=%d ys=%d: count %d is %d", words, ni, xs, ys, i, c)
					}
				}
			})
		})
	})
}

func TestTranspose64StaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		guarded(t, 64, func(src []uint64) {
			guarded(t, 64, func(dst []uint64) {
				src[3] = 1 << 5
				Transpose64((*[64]uint64)(dst), (*[64]uint64)(src))
				if dst[5] != 1<<3 {
					t.Errorf("word 5 is %x", dst[5])
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
	})
}

func TestSignedBitsStaysInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		for n := 1; n <= 140; n++ {
			guarded(t, n, func(dst []float32) {
				guarded(t, (n+63)/64, func(bits []uint64) { SignedBits(dst, bits, bits) })
			})
		}
	})
}

package asm

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"unsafe"
)

// placedCases has every exported function that takes memory, with sizes that reach
// each loop and each rest of its kernels.
func placedCases() (all []placed) {
	add := func(name, symbols, sizes string, call func(m [][]byte) float64, args ...arg) {
		all = append(all, placed{name, symbols, sizes, args, call})
	}
	vectorCases(add)
	transformCases[float64](add, float64s, "fwhtBlock64AVX2 fwhtBlock64AVX512 fwhtPass64AVX2 fwhtPass64AVX512 fwhtFirst64NEON fwhtPass64NEON")
	transformCases[float32](add, float32s, "fwhtBlock32AVX2 fwhtBlock32AVX512 fwhtPass32AVX2 fwhtPass32AVX512 fwhtFirst32NEON fwhtPass32NEON")
	paleyCases[float64](add, float64s, "paley12x64AVX2 paley20x64AVX2 paley28x64AVX2 paley12x64AVX512 paley20x64AVX512 paley28x64AVX512 paley12x64NEON paley20x64NEON paley28x64NEON", "paleyWhole12x64AVX2 paleyWhole20x64AVX2 paleyWhole28x64AVX2 paleyWhole12x64AVX512 paleyWhole20x64AVX512 paleyWhole28x64AVX512 paleyLanes12x64AVX2 paleyLanes20x64AVX2 paleyLanes28x64AVX2 paleyLanes12x64AVX512 paleyLanes20x64AVX512 paleyLanes28x64AVX512")
	paleyCases[float32](add, float32s, "paley12x32AVX2 paley20x32AVX2 paley28x32AVX2 paley12x32AVX512 paley20x32AVX512 paley28x32AVX512 paley12x32NEON paley20x32NEON paley28x32NEON", "paleyWhole12x32AVX2 paleyWhole20x32AVX2 paleyWhole28x32AVX2 paleyWhole12x32AVX512 paleyWhole20x32AVX512 paleyWhole28x32AVX512 paleyLanes12x32AVX2 paleyLanes20x32AVX2 paleyLanes28x32AVX2 paleyLanes12x32AVX512 paleyLanes20x32AVX512 paleyLanes28x32AVX512")
	quantizeCases(add)
	productCases(add)
	packCases(add)
	solveCases(add)
	bitCases(add)
	insideCases(add)
	return all
}

type addCase func(name, symbols, sizes string, call func(m [][]byte) float64, args ...arg)

func vectorCases(add addCase) {
	d, s := as[float64], as[float32]
	for _, n := range []int{1, 3, 4, 7, 8, 13, 16, 17, 31, 32, 47, 64, 67} {
		sizes := fmt.Sprintf("n=%d", n)
		add("Dot", "dotAVX2 dotNEON", sizes, func(m [][]byte) float64 { return Dot(d(m[0]), d(m[1])) }, float64s(n), float64s(n))
		add("Axpy", "axpyAVX2 axpyNEON", sizes, func(m [][]byte) float64 { Axpy(d(m[0]), 3, d(m[1])); return 0 }, float64s(n), float64s(n))
		add("Scale", "scaleAVX2 scaleNEON", sizes, func(m [][]byte) float64 { Scale(d(m[0]), 3, d(m[1])); return 0 }, float64s(n), float64s(n))
		add("Nrm2", "", sizes, func(m [][]byte) float64 { return Nrm2(d(m[0])) }, float64s(n))
		add("DotWide", "dotWideAVX2", sizes, func(m [][]byte) float64 { return DotWide(s(m[0]), d(m[1])) }, float32s(n), float64s(n))
		add("Dot32", "dot32AVX2", sizes, func(m [][]byte) float64 { return Dot32(s(m[0]), s(m[1])) }, float32s(n), float32s(n))
		add("AxpyWide", "axpyWideAVX2", sizes, func(m [][]byte) float64 { AxpyWide(d(m[0]), 3, s(m[1])); return 0 }, float64s(n), float32s(n))
		add("Axpy32", "axpy32AVX2", sizes, func(m [][]byte) float64 { Axpy32(s(m[0]), 3, s(m[1])); return 0 }, float32s(n), float32s(n))
		add("Scale32", "scaleTwice32AVX2", sizes, func(m [][]byte) float64 { Scale32(s(m[0]), 3, s(m[1])); return 0 }, float32s(n), float32s(n))
		add("FWHTScale", "scale32AVX2 scale32NEON", sizes, func(m [][]byte) float64 { FWHTScale(s(m[0]), 3); return 0 }, float32s(n))
		add("FWHTScale", "", sizes, func(m [][]byte) float64 { FWHTScale(d(m[0]), 3); return 0 }, float64s(n))
		add("FlipSigns", "flipSignsAVX2 flipSignsNEON", sizes, func(m [][]byte) float64 { FlipSigns(d(m[0]), d(m[1]), as[uint64](m[2])); return 0 }, float64s(n), float64s(n), words((n+63)/64))
		add("MulElem", "mulRows64AVX2 mulRows64AVX512 mulRows64NEON", sizes, func(m [][]byte) float64 { MulElem(d(m[0]), d(m[1]), d(m[2])); return 0 }, float64s(n), float64s(n), float64s(n))
		add("MulElem", "mulRows32AVX2 mulRows32AVX512 mulRows32NEON", sizes, func(m [][]byte) float64 { MulElem(s(m[0]), s(m[1]), s(m[2])); return 0 }, float32s(n), float32s(n), float32s(n))
		add("MulRows", "mulRows64AVX2 mulRows64AVX512 mulRows64NEON", sizes, func(m [][]byte) float64 { MulRows(d(m[0]), d(m[1]), d(m[2]), 3, n+1); return 0 }, float64s(3*n+2), float64s(3*n+2), float64s(n))
		add("MulRows", "mulRows32AVX2 mulRows32AVX512 mulRows32NEON", sizes, func(m [][]byte) float64 { MulRows(s(m[0]), s(m[1]), s(m[2]), 3, n+1); return 0 }, float32s(3*n+2), float32s(3*n+2), float32s(n))
		add("SignedBits", "signedBitsAVX2", sizes, func(m [][]byte) float64 { SignedBits(s(m[0]), as[uint64](m[1]), as[uint64](m[2])); return 0 }, float32s(n), words((n+63)/64), words((n+63)/64))
	}
}

func transformCases[T Float](add addCase, of func(int) arg, symbols string) {
	x := as[T]
	for _, n := range []int{1, 2, 4, 8, 16, 32, 64, 128, 512, 1024} {
		sizes := fmt.Sprintf("of %T, n=%d", *new(T), n)
		add("FWHT", symbols, sizes, func(m [][]byte) float64 { FWHT(x(m[0]), n); return 0 }, of(n))
		add("FWHTProduct", strings.ReplaceAll(symbols, "Block", "Product"), sizes, func(m [][]byte) float64 { FWHTProduct(x(m[0]), x(m[1]), x(m[2]), n); return 0 }, of(3*n), of(3*n), of(3*n))
		add("FWHTScaled", "", sizes, func(m [][]byte) float64 { FWHTScaled(x(m[0]), n, 3); return 0 }, of(3*n))
	}
	add("FWHT", symbols, "long", func(m [][]byte) float64 { FWHT(x(m[0]), 1<<14); return 0 }, of(1<<14))
	for _, rows := range []int{2, 4, 8, 16} {
		for _, cols := range []int{1, 3, 8, 13, 16, 31} {
			for _, stride := range []int{cols, cols + 1} {
				sizes := fmt.Sprintf("of %T, rows=%d cols=%d stride=%d", *new(T), rows, cols, stride)
				add("FWHTCols", symbols, sizes, func(m [][]byte) float64 { FWHTCols(x(m[0]), rows, cols, stride); return 0 }, of((rows-1)*stride+cols))
				add("FWHTColsScaled", "", sizes, func(m [][]byte) float64 { FWHTColsScaled(x(m[0]), rows, cols, stride, 3); return 0 }, of((rows-1)*stride+cols))
			}
		}
	}
}

func quantizeCases(add addCase) {
	s, h := as[float32], as[uint16]
	halves := func(n int) arg { return argOf(n, func(rng *rand.Rand) uint16 { return uint16(rng.Uint32() & 0x7bff) }) }
	bytes := func(n int) arg { return argOf(n, func(rng *rand.Rand) int8 { return int8(rng.Uint32()) }) }
	for _, n := range []int{1, 3, 4, 8, 13, 16, 31, 32, 47, 64, 67} {
		sizes := fmt.Sprintf("n=%d", n)
		add("WidenBFloat16", "widenBFloat16AVX2 widenBFloat16NEON", sizes, func(m [][]byte) float64 { WidenBFloat16(s(m[0]), h(m[1])); return 0 }, float32s(n), halves(n))
		add("WidenFloat16", "widenFloat16AVX2 widenFloat16AVX512 widenFloat16NEON", sizes, func(m [][]byte) float64 { WidenFloat16(s(m[0]), h(m[1])); return 0 }, float32s(n), halves(n))
		add("MaxAbs", "maxAbsAVX2 maxAbsNEON", sizes, func(m [][]byte) float64 { return float64(MaxAbs(s(m[0]))) }, float32s(n))
		add("QuantizeInt8", "quantizeInt8AVX2 quantizeInt8NEON", sizes, func(m [][]byte) float64 { QuantizeInt8(as[int8](m[0]), s(m[1]), 30); return 0 }, bytes(n), float32s(n))
	}
}

func paleyCases[T Float](add addCase, of func(int) arg, symbols, whole string) {
	x := as[T]
	for _, m := range []int{12, 20, 28} {
		for _, run := range []int{1, 2, 3, 4, 7, 8, 12, 16, 21, 32, 37} {
			for _, pad := range []int{0, 1} {
				count, row := 1+run%2, run+pad
				sizes := fmt.Sprintf("of %T, m=%d run=%d count=%d row=%d", *new(T), m, run, count, row)
				add("Paley", symbols, sizes, func(p [][]byte) float64 { Paley(x(p[0]), m, run, count, row, m*row, 3); return 0 }, of((count-1)*m*row+(m-1)*row+run))
			}
		}
		for _, pow := range []int{1, 2, 4, 8, 16, 32} {
			for _, pad := range []int{0, 1} {
				for _, count := range []int{2, 27} {
					step := m*pow + pad
					sizes := fmt.Sprintf("of %T, m=%d pow=%d count=%d step=%d", *new(T), m, pow, count, step)
					add("FWHTPaley", whole, sizes, func(p [][]byte) float64 { FWHTPaley(x(p[0]), m, pow, count, step, 3); return 0 }, of((count-1)*step+m*pow))
				}
			}
		}
	}
}

func productCases(add addCase) {
	d, s := as[float64], as[float32]
	for _, m := range []int{1, 5, 6, 8, wideRows + 1} {
		for _, n := range []int{1, 8, 15, 16, 24, 32, 40, 48, 64} {
			for _, k := range []int{1, 3} {
				ldc := n + m%2
				for _, stride := range [][2]int{{k, 1}, {1, m + 1}} {
					rs, cs := stride[0], stride[1]
					sizes := fmt.Sprintf("m=%d n=%d k=%d ldc=%d rs=%d cs=%d", m, n, k, ldc, rs, cs)
					c, a := (m-1)*ldc+n, (m-1)*rs+(k-1)*cs+1
					for name, f := range map[string]func(c []float64, ldc int, a []float64, rs, cs int, bp []float64, m, n, k int){"MulAdd": MulAdd, "Mul": Mul} {
						add(name, "mulTileAVX2 mulTileNEON mulTileAVX512 mulTile16AVX512 mulTile24AVX512", sizes,
							func(p [][]byte) float64 { f(d(p[0]), ldc, d(p[1]), rs, cs, d(p[2]), m, n, k); return 0 }, float64s(c), float64s(a), float64s(PanelLen(k, n)))
					}
					for name, f := range map[string]func(c []float32, ldc int, a []float32, rs, cs int, bp []float32, m, n, k int){"MulAdd32": MulAdd32, "Mul32": Mul32} {
						add(name, "mulTile32AVX2 mulTile32NEON mulTile32AVX512 mulTile32x32AVX512 mulTile32x48AVX512", sizes,
							func(p [][]byte) float64 { f(s(p[0]), ldc, s(p[1]), rs, cs, s(p[2]), m, n, k); return 0 }, float32s(c), float32s(a), float32s(PanelLen32(k, n)))
					}
				}
			}
		}
	}
}

func packCases(add addCase) {
	d, s := as[float64], as[float32]
	for _, k := range []int{1, 7, 8, 9, 17, 24} {
		for _, n := range []int{1, 8, 11, 16, 19} {
			sizes := fmt.Sprintf("k=%d n=%d", k, n)
			add("PackCols", "packColsAVX512", sizes, func(m [][]byte) float64 { PackCols(d(m[0]), d(m[1]), n+1, k, n, 3); return 0 }, float64s(PanelLen(k, n)), float64s((k-1)*(n+1)+n))
			add("PackRows", "transposeAVX2 transposeAVX512", sizes, func(m [][]byte) float64 { PackRows(d(m[0]), d(m[1]), k+1, k, n, 3); return 0 }, float64s(PanelLen(k, n)), float64s((n-1)*(k+1)+k))
			add("Transpose", "transposeAVX2 transposeAVX512", sizes, func(m [][]byte) float64 { Transpose(d(m[0]), n+1, d(m[1]), k, n, k); return 0 }, float64s((k-1)*(n+1)+n), float64s(n*k))
			add("PackCols32", "", sizes, func(m [][]byte) float64 { PackCols32(s(m[0]), s(m[1]), n+1, k, n, 3); return 0 }, float32s(PanelLen32(k, n)), float32s((k-1)*(n+1)+n))
			add("PackRows32", "", sizes, func(m [][]byte) float64 { PackRows32(s(m[0]), s(m[1]), k+1, k, n, 3); return 0 }, float32s(PanelLen32(k, n)), float32s((n-1)*(k+1)+k))
			add("Transpose32", "", sizes, func(m [][]byte) float64 { Transpose32(s(m[0]), n+1, s(m[1]), k, n, k); return 0 }, float32s((k-1)*(n+1)+n), float32s(n*k))
		}
		rows := min(3*k, GateWidth)
		add("PackSamples", "", fmt.Sprintf("d=%d", k), func(m [][]byte) float64 { PackSamples(d(m[0]), d(m[1]), k); return 0 }, float64s(GateWidth*k), float64s(rows*k))
	}
}

func solveCases(add addCase) {
	d, s := as[float64], as[float32]
	for _, m := range []int{1, 15, solveRows, solveRows + 1} {
		for _, w := range []int{8, 16, 24} {
			ldx := w + m%2
			add("SolveRows", "solveRowsAVX512", fmt.Sprintf("m=%d w=%d", m, w), func(p [][]byte) float64 { SolveRows(d(p[0]), ldx, m, d(p[1]), d(p[2]), w, d(p[3])); return 0 },
				float64s((m-1)*ldx+w), float64s(TriangleLen(w)), float64s(w), float64s(SolveScratch(w)))
		}
		for _, w := range []int{16, 32} {
			ldx := w + m%2
			add("SolveRows32", "", fmt.Sprintf("m=%d w=%d", m, w), func(p [][]byte) float64 { SolveRows32(s(p[0]), ldx, m, s(p[1]), w, s(p[2])); return 0 },
				float32s((m-1)*ldx+w), float32s(TriangleLen32(w)), float32s(SolveScratch32()))
		}
	}
	const ldl = 19
	add("PackTriangle", "", "w=16", func(m [][]byte) float64 { PackTriangle(d(m[0]), d(m[1]), ldl, 1); return 0 }, float64s(TriangleLen(16)), float64s(15*ldl+16))
	add("PackTriangle32", "", "w=16", func(m [][]byte) float64 { PackTriangle32(s(m[0]), s(m[1]), ldl, 0); return 0 }, float32s(TriangleLen32(16)), float32s(15*ldl+16))
}

func bitCases(add addCase) {
	d, u := as[float64], as[uint64]
	for _, rows := range []int{1, 5, 6, 7, 13} {
		for _, k := range []int{1, 2, 5, 8} {
			add("Forward", "forwardAVX2 forwardAVX512 forwardNEON", fmt.Sprintf("rows=%d d=%d", rows, k), func(m [][]byte) float64 {
				Forward((*[GateWidth]float64)(d(m[0])), u(m[1]), d(m[2]), d(m[3]), d(m[4]), k)
				return 0
			}, float64s(GateWidth), words(rows), float64s(rows*k), float64s(rows), float64s(GateWidth*k))
		}
	}
	add("Transpose64", "transpose64AVX2 transpose64NEON", "", func(m [][]byte) float64 {
		Transpose64((*[64]uint64)(u(m[0])), (*[64]uint64)(u(m[1])))
		return 0
	}, words(64), words(64))
	add("XorCount", "", "", func(m [][]byte) float64 { return float64(XorCount(u(m[0]), u(m[1]), 1<<40-1)) }, words(13), words(13))
	for _, width := range []int{1, 7, 8, 9, 16, 21, 24, 32} {
		for _, k := range []int{1, 4, 9, 32, 64} {
			rows, ldv := 1+k%3, width+1
			ldc := (width+7)/8*8 + k%2
			add("MulAddBits", "bitTableAVX2 bitTableAVX512 bitTableNEON bitAddAVX2 bitAddAVX512 bitAddNEON", fmt.Sprintf("rows=%d k=%d width=%d", rows, k, width),
				func(m [][]byte) float64 {
					MulAddBits(d(m[0]), ldc, u(m[1]), d(m[2]), ldv, d(m[3]), width, d(m[4]))
					return 0
				},
				float64s((rows-1)*ldc+(width+7)/8*8), words(rows), float64s((k-1)*ldv+width), float64s(k), float64s(BitsTable))
		}
	}
	s := as[float32]
	for _, width := range []int{16, 32, 48, 64} {
		for _, k := range []int{1, 4, 9, 32, 64} {
			rows, ldv, ldc := 1+k%3, width+1, width+k%2
			add("MulAddBits32", "bitTable32AVX2 bitTable32AVX512 bitTable32NEON bitAdd32AVX2 bitAdd32AVX512 bitAdd32NEON", fmt.Sprintf("rows=%d k=%d width=%d", rows, k, width),
				func(m [][]byte) float64 {
					MulAddBits32(s(m[0]), ldc, u(m[1]), s(m[2]), ldv, s(m[3]), width, s(m[4]))
					return 0
				},
				float32s((rows-1)*ldc+width), words(rows), float32s((k-1)*ldv+width), float32s(k), float32s(BitsTable32))
		}
	}
	scratch := words(int(unsafe.Sizeof(CountScratch{}) / 8))
	for _, w := range []int{1, 3, 33} {
		for _, ni := range []int{4, 8, CountTile, CountTile + 8, CountRows} {
			add("AndCount", "andCountAVX2 andCountAVX512 andCountNEON countTableAVX2 countAddAVX2 countFoldAVX2 countWidenAVX2", fmt.Sprintf("words=%d ni=%d", w, ni), func(m [][]byte) float64 {
				AndCount(as[int64](m[0]), u(m[1]), ni+1, ni, u(m[2]), CountTile+1, w, &as[CountScratch](m[3])[0])
				return 0
			}, counts(ni*CountTile), words((w-1)*(ni+1)+ni), words((w-1)*(CountTile+1)+CountTile), scratch)
		}
	}
	add("ScaleCounts", "scaleCountsAVX2", "", func(m [][]byte) float64 {
		ScaleCounts((*[CountTile * CountTile]float64)(d(m[0])), (*[CountTile * CountTile]int64)(as[int64](m[1])), 0.5)
		return 0
	}, float64s(CountTile*CountTile), counts(CountTile*CountTile))
}

package asm

import "math"

// solveRowsGeneric defines SolveRows: panel after panel loses the columns before
// it and is solved.
func solveRowsGeneric(x []float64, ldx, m int, tri, inv []float64, w int) {
	for j := 0; j < w; j += TileCols {
		panel := tri[TriangleLen(j):TriangleLen(j+TileCols)]
		MulAdd(x[j:], ldx, x, ldx, 1, panel, m, TileCols, j)
		t := (*[TileCols * TileCols]float64)(panel[j*TileCols:]) // −L_cp at 8p + c
		d := (*[TileCols]float64)(inv[j:])
		for i := range m {
			x := (*[TileCols]float64)(x[i*ldx+j:])
			x0 := x[0] * d[0]
			x1 := math.FMA(x0, t[1], x[1]) * d[1]
			x2 := math.FMA(x1, t[10], math.FMA(x0, t[2], x[2])) * d[2]
			x3 := math.FMA(x2, t[19], math.FMA(x1, t[11], math.FMA(x0, t[3], x[3]))) * d[3]
			x4 := math.FMA(x1, t[12], math.FMA(x0, t[4], x[4]))
			x4 = math.FMA(x3, t[28], math.FMA(x2, t[20], x4)) * d[4]
			x5 := math.FMA(x1, t[13], math.FMA(x0, t[5], x[5]))
			x5 = math.FMA(x3, t[29], math.FMA(x2, t[21], x5))
			x5 = math.FMA(x4, t[37], x5) * d[5]
			x6 := math.FMA(x1, t[14], math.FMA(x0, t[6], x[6]))
			x6 = math.FMA(x3, t[30], math.FMA(x2, t[22], x6))
			x6 = math.FMA(x5, t[46], math.FMA(x4, t[38], x6)) * d[6]
			x7 := math.FMA(x1, t[15], math.FMA(x0, t[7], x[7]))
			x7 = math.FMA(x3, t[31], math.FMA(x2, t[23], x7))
			x7 = math.FMA(x5, t[47], math.FMA(x4, t[39], x7))
			x7 = math.FMA(x6, t[55], x7) * d[7]
			*x = [TileCols]float64{x0, x1, x2, x3, x4, x5, x6, x7}
		}
	}
}

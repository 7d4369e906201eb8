package solver

// Columns gives the entries of a symmetric positive semidefinite n × n matrix G
// on demand. Its methods must return the same bits each time.
type Columns interface {
	// Diag sets dst, of length n, to the diagonal.
	Diag(dst []float64)
	// Columns sets row q of dst, len(cols) × n row-major, to column cols[q].
	Columns(dst []float64, cols []int)
}

// BlockColumns is a Columns that also gives principal submatrices: candidates
// for a pivot are then judged without the columns of those that are refused.
type BlockColumns interface {
	Columns
	// Block sets entry (p, q) of dst, len(at) × len(at) row-major, to the entry
	// (at[p], at[q]) of G. An index may occur twice in at.
	Block(dst []float64, at []int)
}

// Diag sets dst to the diagonal of a square matrix; with Columns and Block it
// makes a symmetric Matrix a BlockColumns. It panics on a wrong length.
func (m *Matrix) Diag(dst []float64) {
	mustLen("Matrix.Diag", dst, min(m.m, m.n))
	for i := range dst {
		dst[i] = m.a[i*m.n+i]
	}
}

// Columns sets row q of dst, len(rows) × n row-major, to row rows[q], which is a
// column if the matrix is symmetric. It panics on a wrong length or index.
func (m *Matrix) Columns(dst []float64, rows []int) {
	mustLen("Matrix.Columns", dst, len(rows)*m.n)
	mustIndex("Matrix.Columns", rows, m.m)
	for q, i := range rows {
		copy(dst[q*m.n:(q+1)*m.n], m.a[i*m.n:(i+1)*m.n])
	}
}

// Block sets entry (p, q) of dst, row-major, to the entry (at[p], at[q]). It
// panics on a wrong length or index.
func (m *Matrix) Block(dst []float64, at []int) {
	mustLen("Matrix.Block", dst, len(at)*len(at))
	mustIndex("Matrix.Block", at, min(m.m, m.n))
	for p, i := range at {
		for q, j := range at {
			dst[p*len(at)+q] = m.a[i*m.n+j]
		}
	}
}

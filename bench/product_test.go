package bench

import (
	"context"
	"fmt"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/mat"

	"github.com/nearlinear/nearlinear/solver"
)

// productShapes are m, n, k: a square product, and those in which one of the three is the
// 64 columns of a table.
func productShapes() [][3]int {
	if smoke() {
		return [][3]int{{256, 256, 256}, {512, 512, 64}}
	}
	return [][3]int{{2048, 2048, 2048}, {4096, 4096, 64}, {1437, 16384, 64}, {8192, 64, 1024}, {64, 8192, 1024}}
}

// BenchmarkProduct multiplies matrices: numpy's product, which is that of its BLAS, and
// gonum's beside solver.Mul.
func BenchmarkProduct(b *testing.B) {
	for _, sh := range productShapes() {
		m, n, k := sh[0], sh[1], sh[2]
		x, y, c := normals(m*k), normals(k*n), make([]float64, m*n)
		flops := 2 * float64(m) * float64(n) * float64(k)
		for _, workers := range []int{1, 2} {
			o := &solver.MulOptions{Workers: workers, Workspace: new(solver.MulWorkspace)}
			ours := timed(func() {
				if err := solver.Mul(context.Background(), c, x, y, m, n, k, o); err != nil {
					b.Fatal(err)
				}
			})
			name := fmt.Sprintf("m=%d/n=%d/k=%d/workers=%d", m, n, k, workers)
			b.Run("peer=numpy/"+name, func(b *testing.B) {
				p := python(b, workers, "dense.py", "numpy")
				pair(b, workers, flops, ours, turns(b, p, "product", strconv.Itoa(m), strconv.Itoa(n), strconv.Itoa(k)))
			})
			if workers == 2 {
				b.Run("peer=gonum/"+name, func(b *testing.B) {
					p, q, r := mat.NewDense(m, k, x), mat.NewDense(k, n, y), mat.NewDense(m, n, nil)
					pair(b, workers, flops, ours, timed(func() { r.Mul(p, q) }))
				})
			}
		}
	}
}

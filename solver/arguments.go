package solver

import (
	"fmt"
	"unsafe"
)

// checkArguments returns ErrShape if a or the preconditioner say that they are
// of another shape, order unknowns of the latter, and ErrOverlap where memory that
// the solve writes is memory that it still reads. X0 may be dst itself.
func (m *monitor) checkArguments(a any, dst, b []float64, rows, cols, order int) error {
	if r, c := dims(a); r >= 0 && r != rows || c >= 0 && c != cols {
		return fmt.Errorf("solver: %s of a %d × %d operator with dst for %d unknowns, b of %d: %w", m.name, r, c, cols, rows, ErrShape)
	}
	if p, ok := m.Preconditioner.(interface{ N() int }); ok && p.N() != order {
		return fmt.Errorf("solver: %s: preconditioner of order %d for %d: %w", m.name, p.N(), order, ErrShape)
	}
	same := len(m.X0) == len(dst) && len(dst) > 0 && &m.X0[0] == &dst[0]
	for _, pair := range [...]struct {
		name string
		x, y []float64
	}{
		{"dst and b", dst, b}, {"dst and X0", dst, m.X0},
		{"Direction and dst", m.Direction, dst}, {"Direction and b", m.Direction, b}, {"Direction and X0", m.Direction, m.X0},
		{"History and dst", m.History, dst}, {"History and b", m.History, b}, {"History and X0", m.History, m.X0},
		{"History and Direction", m.History, m.Direction},
	} {
		if overlap(pair.x, pair.y) && !(same && pair.name == "dst and X0") {
			return fmt.Errorf("solver: %s: %s: %w", m.name, pair.name, ErrOverlap)
		}
	}
	return nil
}

// dims returns the shape of an operator that tells it, and -1 for what it does not.
func dims(a any) (rows, cols int) {
	switch a := a.(type) {
	case OneByOne:
		return dims(a.Operator)
	case *LeftPreconditioned:
		_, cols = dims(a.a)
		return len(a.t), cols
	case interface{ Dims() (rows, cols int) }:
		return a.Dims()
	}
	return -1, -1
}

// overlap reports whether x and y share an element.
func overlap(x, y []float64) bool {
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	x0, y0 := uintptr(unsafe.Pointer(&x[0])), uintptr(unsafe.Pointer(&y[0]))
	return x0 < y0+8*uintptr(len(y)) && y0 < x0+8*uintptr(len(x))
}

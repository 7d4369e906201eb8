package solver

import "fmt"

// Jacobi preconditions A + cI with its diagonal: M = diag(A) + cI. Among
// diagonal matrices it is within a factor n of the best condition (van der Sluis
// 1969); it helps where the scales of the unknowns differ, and where the
// diagonal is constant it does nothing.
//
// Solves may run concurrently; SetRidge may not run beside them.
type Jacobi struct {
	diag, inv []float64
	ridge     float64
	ok        bool
}

// NewJacobi keeps a copy of the diagonal. n quotients; 16n bytes. ErrNotFinite
// for an entry that is not finite or is not with the ridge, or whose inverse then
// overflows, ErrNotPositiveDefinite if with the ridge it is not positive, each with
// the entry; ErrOption for a ridge that is out of range.
func NewJacobi(diag []float64, ridge float64) (*Jacobi, error) {
	p := &Jacobi{diag: append([]float64(nil), diag...), inv: make([]float64, len(diag))}
	if err := checkFinite("Jacobi", "diag", diag); err != nil {
		return nil, err
	}
	if err := p.SetRidge(ridge); err != nil {
		return nil, err
	}
	return p, nil
}

// SetRidge changes c: n quotients, no allocation. Errors are those of NewJacobi:
// ErrOption changes nothing, after another SolveVec panics until a SetRidge succeeds.
func (p *Jacobi) SetRidge(c float64) error {
	if err := checkRidge("Jacobi", c); err != nil {
		return err
	}
	p.ok = false
	for i, d := range p.diag {
		if finite(d+c) && !(d+c > 0) {
			return fmt.Errorf("solver: Jacobi: diagonal entry %d is %g with ridge %g: %w", i, d, c, ErrNotPositiveDefinite)
		}
		if !finite(d+c) || !finite(1/(d+c)) {
			return fmt.Errorf("solver: Jacobi: diagonal entry %d is %g with ridge %g, its inverse %g: %w", i, d, c, 1/(d+c), ErrNotFinite)
		}
		p.inv[i] = 1 / (d + c)
	}
	p.ridge, p.ok = c, true
	return nil
}

// N returns the order n.
func (p *Jacobi) N() int { return len(p.diag) }

// Ridge returns the c in force.
func (p *Jacobi) Ridge() float64 { return p.ridge }

// SolveVec sets dst = M⁻¹·r; dst may be r. n products. It panics on a wrong
// length, and without a usable ridge.
func (p *Jacobi) SolveVec(dst, r []float64) {
	if !p.ok || len(dst) != len(p.inv) || len(r) != len(p.inv) {
		panic(fmt.Sprintf("solver: Jacobi.SolveVec of order %d with vectors of %d and %d, usable: %t", len(p.inv), len(dst), len(r), p.ok))
	}
	for i, v := range p.inv {
		dst[i] = v * r[i]
	}
}

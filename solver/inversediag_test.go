package solver

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"
)

// TestInverseDiagIsThatOfTheInverse compares with the solutions for unit vectors.
func TestInverseDiagIsThatOfTheInverse(t *testing.T) {
	for _, n := range []int{1, 2, 7, 8, 31, 33, 95, 96, 97, 193, 300} {
		a := spd(uint64(n), n, false)
		c, err := NewCholesky(t.Context(), a, n, &CholeskyOptions{Ridge: 0.3})
		if err != nil {
			t.Fatal(err)
		}
		d, err := NewInverseDiag(n, 0)
		if err != nil {
			t.Fatal(err)
		}
		got, e := make([]float64, n), make([]float64, n)
		for round := range 2 { // the memory is used again
			if err := d.Diag(t.Context(), got, c); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				clear(e)
				e[i] = 1
				c.SolveVec(e, e)
				if math.Abs(got[i]/e[i]-1) > 1e-12 {
					t.Fatalf("n=%d round %d: element %d is %.17g, the inverse has %.17g", n, round, i, got[i], e[i])
				}
			}
		}
		one, _ := NewInverseDiag(n, 1)
		alone := make([]float64, n)
		if err := one.Diag(t.Context(), alone, c); err != nil {
			t.Fatal(err)
		}
		for i := range alone {
			if alone[i] != got[i] {
				t.Fatalf("n=%d: element %d has other bits on one worker", n, i)
			}
		}
	}
}

func TestInverseDiagRefusesAndStops(t *testing.T) {
	if _, err := NewInverseDiag(0, 0); !errors.Is(err, ErrShape) {
		t.Errorf("order 0: %v", err)
	}
	const n = 200
	a := spd(1, n, false)
	c, err := NewCholesky(t.Context(), a, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := NewInverseDiag(n, 2)
	if err := d.Diag(t.Context(), make([]float64, n-1), c); !errors.Is(err, ErrShape) {
		t.Errorf("a short result: %v", err)
	}
	other, _ := NewInverseDiag(n+1, 2)
	if err := other.Diag(t.Context(), make([]float64, n+1), c); !errors.Is(err, ErrShape) {
		t.Errorf("a factor of another order: %v", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	cause := fmt.Errorf("enough")
	cancel(cause)
	if err := d.Diag(ctx, make([]float64, n), c); !errors.Is(err, cause) {
		t.Errorf("a context that has ended: %v", err)
	}
	dst := make([]float64, n)
	if allocs := testing.AllocsPerRun(5, func() { _ = d.Diag(context.Background(), dst, c) }); allocs > 0 {
		t.Errorf("%g allocations", allocs)
	}
}

func BenchmarkInverseDiag(b *testing.B) {
	for _, n := range []int{824, 1024} {
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			c, err := NewCholesky(b.Context(), spd(1, n, false), n, nil)
			if err != nil {
				b.Fatal(err)
			}
			d, _ := NewInverseDiag(n, 0)
			dst := make([]float64, n)
			for b.Loop() {
				if err := d.Diag(b.Context(), dst, c); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(n)*float64(n)*float64(n)/3*float64(b.N)/b.Elapsed().Seconds()/1e9, "GF/s")
		})
	}
}

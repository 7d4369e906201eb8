package features

import (
	"context"
	"math"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// TestPiecesAddUpToTheFeature: between the least and the largest value a feature is the sum of
// its pieces, each of which is constant outside its own ends; they have the variance of a feature together.
func TestPiecesAddUpToTheFeature(t *testing.T) {
	const n, d = 400, 4
	x, y := specimen.Rows(n, d, 3, 1)
	for i := range n {
		x[i*d+1] = math.Exp(3 * x[i*d+1])    // skewed
		x[i*d+2] = float64(i % 2)            // two values have no pieces
		x[i*d+3] = float64(min(i%10, 3) + 5) // few values, one of them most of the time
	}
	s, err := FitScaler(context.Background(), x, y, nil, d, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.WithPieces(context.Background(), x, nil); err != nil {
		t.Fatal(err)
	}
	count, shares := map[int]int{}, 0.0
	for q, p := range s.Pieces {
		count[p.Feature]++
		shares += s.Shares()[d+q]
		var sum, square float64
		for i := range n {
			z := (p.clip(x[i*d+p.Feature]) - p.Mean) / p.Std
			sum += z / n
			square += z * z / n
		}
		if math.Abs(sum) > 1e-12 || math.Abs(square-s.Shares()[d+q]) > 1e-12 {
			t.Errorf("piece %d: mean %g, variance %g, share %g", q, sum, square, s.Shares()[d+q])
		}
	}
	if count[0] != pieceCount || count[1] != pieceCount || count[2] != 0 || count[3] < 2 || count[3] > 3 || math.Abs(shares-3) > 1e-12 {
		t.Errorf("%v pieces, %g shares", count, shares)
	}
	for i := range n {
		for k := range d {
			sum := s.Min[k]
			for _, p := range s.Pieces {
				if p.Feature == k {
					sum += p.clip(x[i*d+k]) - p.Low
				}
			}
			if v := x[i*d+k]; count[k] > 0 && math.Abs(sum-v) > 1e-12*max(1, math.Abs(v)) {
				t.Fatalf("row %d: the pieces of feature %d add up to %v, it is %v", i, k, sum, v)
			}
		}
	}
}

// TestRowsAreMadeOfFeaturesPiecesAndMetric: Apply against the formulas, one by one.
func TestRowsAreMadeOfFeaturesPiecesAndMetric(t *testing.T) {
	const n, d = 30, 3
	x, y := specimen.Rows(n, d, 4, 1)
	s, err := FitScaler(context.Background(), x, y, nil, d, 1.5, false)
	if err != nil {
		t.Fatal(err)
	}
	if s, err = s.WithPieces(context.Background(), x, nil); err != nil {
		t.Fatal(err)
	}
	for _, metric := range []bool{false, true} {
		w := s.Width()
		if metric {
			s = s.WithMetric(t.Context(), outer(w-1, 2, 7))
		}
		rows := make([]float64, n*w)
		s.Apply(rows, x)
		for i := range n {
			z := make([]float64, w-1)
			for k := range d {
				z[k] = (x[i*d+k] - s.Mean[k]) / s.Std[k]
			}
			for q, p := range s.Pieces {
				z[d+q] = (max(p.Low, min(p.High, x[i*d+p.Feature])) - p.Mean) / p.Std
			}
			if metric {
				was := append([]float64(nil), z...)
				for k := range z {
					z[k] = 0
					for l, v := range was {
						z[k] += s.Metric[k*(w-1)+l] * v
					}
				}
			}
			z = append(z, 1.5)
			norm := 0.0
			for _, v := range z {
				norm += v * v
			}
			for k, v := range z {
				if got := rows[i*w+k]; math.Abs(got-v/math.Sqrt(norm)) > 1e-13 {
					t.Fatalf("row %d, coordinate %d of %d is %v, want %v", i, k, w, got, v/math.Sqrt(norm))
				}
			}
		}
	}
}

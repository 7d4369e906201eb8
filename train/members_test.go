package train

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"
)

// averaged returns a table that several shapes are averaged for, and three classes of its rows.
func averaged(n int) (x, y []float64, labels []string) {
	x, _, y = curved(n, 0.5, 3)
	for i := range y {
		k := min(2, max(0, int((y[i]+4)/3)))
		labels = append(labels, fmt.Sprint(k))
	}
	return x, y, labels
}

// TestReportIsThatOfTheAverage: the error and the accuracy on the rows trained on are those of the
// model's predictions, with weights of the rows too, and the members are those of the report.
func TestReportIsThatOfTheAverage(t *testing.T) {
	notUnderRace(t)
	const n = 160
	x, y, labels := averaged(n)
	w := make([]float64, n)
	for i := range w {
		w[i] = 0.5 + float64(i%3)
	}
	several := 0
	for _, weights := range [][]float64{nil, w} {
		for seed := range uint64(3) {
			o := &Options{Width: 64, Seed: seed, MaxSteps: 2, Weights: weights}
			m, r, err := Fit(t.Context(), x, y, 5, o)
			if err != nil {
				t.Fatal(err)
			}
			total := 0.0
			for q, one := range r.Choice.Members {
				total += one.Weight
				if q > 0 && math.Abs(one.Weight-m.Further[q-1].Weight) > 1e-12 {
					t.Errorf("member %d weighs %v in the model, %v in the report", q, m.Further[q-1].Weight, one.Weight)
				}
			}
			if several += len(m.Further); len(m.Further) != len(r.Choice.Members)-1 || math.Abs(total-1) > 1e-12 {
				t.Errorf("%d networks for %d members of weight %v", len(m.Further)+1, len(r.Choice.Members), total)
			}
			square, all := 0.0, 0.0
			for i, p := range predictions(t, m, x) {
				v := 1.0
				if weights != nil {
					v = weights[i]
				}
				square += v * (p - y[i]) * (p - y[i])
				all += v
			}
			if got := math.Sqrt(square/all) / m.Scaler.YStd[0]; m.Scaler.YLog == nil && math.Abs(got-r.TrainRMSE) > 1e-9 {
				t.Errorf("seed %d: the model's error is %v, the report's %v", seed, got, r.TrainRMSE)
			}
			c, r, err := FitClasses(t.Context(), x, labels, 5, o)
			if err != nil {
				t.Fatal(err)
			}
			several += len(c.Further)
			told, right := make([]int, n), 0.0
			if err := c.Classify(told, x); err != nil {
				t.Fatal(err)
			}
			for i, k := range told {
				if c.Classes[k] == labels[i] {
					v := 1.0
					if weights != nil {
						v = weights[i]
					}
					right += v
				}
			}
			if math.Abs(right/all-r.TrainAccuracy) > 1e-9 {
				t.Errorf("seed %d: the model is right in %v, the report says %v", seed, right/all, r.TrainAccuracy)
			}
		}
	}
	if several == 0 {
		t.Error("nothing was averaged")
	}
}

// TestOneMemberIsAFit of its shape alone: the first networks do not depend on the others.
func TestOneMemberIsAFit(t *testing.T) {
	notUnderRace(t)
	x, y, _ := averaged(160)
	m, _, err := Fit(t.Context(), x, y, 5, &Options{Width: 64, MaxSteps: 1})
	if err != nil {
		t.Fatal(err)
	}
	one, r, err := Fit(t.Context(), x, y, 5, &Options{Width: 64, MaxSteps: 1, Members: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(one.Further) != 0 || len(r.Choice.Members) != 1 || r.Choice.Members[0].Weight != 1 {
		t.Fatalf("%d further members, %v", len(one.Further), r.Choice.Members)
	}
	for i, v := range one.Nets[0].W {
		if m.Nets[0].W[i] != v {
			t.Fatalf("weight %d is %v alone, %v in an average", i, v, m.Nets[0].W[i])
		}
	}
}

// TestAveragesEndWithTheContext, wherever it ends: without a model before the first evaluation, then with
// the best one so far and the cause, and with no panic in between.
func TestAveragesEndWithTheContext(t *testing.T) {
	x, _, labels := averaged(160)
	o := &Options{Width: 64, MaxSteps: 2}
	began := time.Now()
	if _, _, err := FitClasses(t.Context(), x, labels, 5, o); err != nil {
		t.Fatal(err)
	}
	whole := time.Since(began)
	cause := fmt.Errorf("enough")
	for k := range 12 {
		ctx, cancel := context.WithTimeoutCause(t.Context(), whole*time.Duration(k+1)/12, cause)
		m, r, err := FitClasses(ctx, x, labels, 5, o)
		cancel()
		switch {
		case err == nil && m == nil, err != nil && context.Cause(ctx) != cause, m != nil && r == nil:
			t.Fatalf("after %d of 12 parts of the time: %v, %v", k+1, m, err)
		case m != nil:
			told := make([]int, len(labels))
			if err := m.Classify(told, x); err != nil {
				t.Fatal(err)
			}
			if err != nil && r.Stop != Cancelled {
				t.Errorf("%v, stopped by %v", err, r.Stop)
			}
		}
	}
}

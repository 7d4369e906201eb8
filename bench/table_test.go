package bench

import (
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/nearlinear/nearlinear/train"
)

// The two tables of this repository, their splits, and the error of a model on the rows it was
// trained on, which its report has too.
func TestTable(t *testing.T) {
	ctx := t.Context()
	for name, size := range map[string][2]int{"digits": {1797, 64}, "concrete": {1030, 8}} {
		table, err := LoadTable(ctx, t.TempDir(), name)
		if err != nil {
			t.Fatal(err)
		}
		if len(table.Y) != size[0] || len(table.Features) != size[1] {
			t.Errorf("%s has %d rows and %d features", name, len(table.Y), len(table.Features))
		}
		fit, test := table.Split(1)
		if again, _ := table.Split(1); !slices.Equal(fit, again) {
			t.Error("a split with the same seed differs")
		}
		if len(fit) != size[0]*8/10 {
			t.Errorf("%s: %d of %d rows to train on", name, len(fit), size[0])
		}
		all := slices.Sorted(slices.Values(append(slices.Clone(fit), test...)))
		for i := range size[0] {
			if all[i] != i {
				t.Fatalf("%s: row %d is missing, or there twice", name, i)
			}
		}
		x, y := table.Part(fit)
		model, report, err := train.Fit(ctx, x, y, size[1], &train.Options{Width: 64, MaxSteps: 3, Ridge: 0.1})
		if err != nil {
			t.Fatal(err)
		}
		e, err := table.RMSE(model, fit, fit)
		if err != nil || math.Abs(e-report.TrainRMSE) > 1e-9 {
			t.Errorf("%s: error %g, %v; the report has %g", name, e, err, report.TrainRMSE)
		}
	}
	if _, err := LoadTable(ctx, t.TempDir(), "nonesuch"); err == nil || errors.Is(err, ErrNoTable) {
		t.Errorf("a table that does not exist: %v", err)
	}
}

// What peers/tabular.py tells of a training can be true: errors fall from those at
// the start, seconds rise, L-BFGS keeps the best it had, and to train again is to come
// to the same.
func TestTrainings(t *testing.T) {
	table, err := LoadTable(t.Context(), t.TempDir(), "concrete")
	if err != nil {
		t.Fatal(err)
	}
	peer, err := StartPeer(2, "tabular.py", table.Path)
	if errors.Is(err, ErrNoPeer) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer peer.Close()
	fit, test := table.Split(1)
	for _, method := range []string{"boosting", "mlp", "adam", "lbfgs"} {
		ask := Training{Method: method, Train: fit[:200], Test: test[:50], Seed: 1, Width: 64, Seconds: 0.3, Rate: 0.03}
		var said, again Trained
		if err := peer.Ask(ask, &said); err != nil {
			t.Fatal(err)
		}
		if said.Missing != "" {
			t.Logf("%s is missing: %s", method, said.Missing)
			continue
		}
		if err := peer.Ask(ask, &again); err != nil {
			t.Fatal(err)
		}
		if said.Curve[0][1] != again.Curve[0][1] {
			t.Errorf("%s: training error %g at first, then %g", method, said.Curve[0][1], again.Curve[0][1])
		}
		last := said.Curve[len(said.Curve)-1]
		if last[0] != said.Seconds || !(last[1] < 0.9) || !(last[2] < 1) {
			t.Errorf("%s: %g s, and at the end %g", method, said.Seconds, last)
		}
		for i, at := range said.Curve[1:] {
			before := said.Curve[i]
			if at[0] <= before[0] || method == "lbfgs" && at[1] > before[1]+1e-6 {
				t.Errorf("%s: %g after %g", method, at, before)
			}
		}
	}
}

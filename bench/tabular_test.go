package bench

import (
	"errors"
	"testing"

	"github.com/nearlinear/nearlinear/train"
)

// BenchmarkTabular compares test errors, all with their defaults: this library's Fit,
// scikit-learn's HistGradientBoostingRegressor, and its MLPRegressor on standardised
// features and targets, over five seeded splits of 80 to 20. Errors are root mean squares in
// standard deviations of the training target.
//
// The tables were fixed before any was trained on: concrete, and those of scikit-learn
// and of R's own packages datasets and MASS with 300 to 2500 rows, at least four
// features that are numbers or yes and no, and a response, repeated measurements and
// series along a line aside. Apart from concrete they are read from where they are installed, and
// skipped if they are not. The rules of Fit were developed on other tables.
func BenchmarkTabular(b *testing.B) {
	for _, name := range []string{"concrete", "Boston", "diabetes", "quakes", "nlschools"} {
		b.Run("set="+name, func(b *testing.B) {
			splits := 5
			if smoke() {
				splits = 1
			}
			for b.Loop() {
				compare(b, name, splits)
			}
		})
	}
}

func compare(b *testing.B, name string, splits int) {
	t, err := LoadTable(b.Context(), b.TempDir(), name)
	if errors.Is(err, ErrNoTable) {
		b.Skip(err)
	}
	if err != nil {
		b.Fatal(err)
	}
	peer := python(b, 2, "tabular.py", t.Path)
	errs := map[string][]float64{}
	for seed := range uint64(splits) {
		fit, test := t.Split(seed)
		for _, method := range []string{"boosting", "mlp"} {
			var said Trained
			if err := peer.Ask(Training{Method: method, Train: fit, Test: test, Seed: seed}, &said); err != nil {
				b.Fatal(err)
			}
			if said.Missing != "" {
				b.Skip(said.Missing)
			}
			errs[method] = append(errs[method], said.Curve[len(said.Curve)-1][2])
		}
		x, y := t.Part(fit)
		model, _, err := train.Fit(b.Context(), x, y, len(t.Features), &train.Options{Seed: seed})
		if err != nil {
			b.Fatal(err)
		}
		e, err := t.RMSE(model, fit, test)
		if err != nil {
			b.Fatal(err)
		}
		errs["nearlinear"] = append(errs["nearlinear"], e)
	}
	b.Logf("%d rows, %d features", len(t.Y), len(t.Features))
	for _, who := range []string{"nearlinear", "boosting", "mlp"} {
		mean, sd := MeanAndDeviation(errs[who])
		b.Logf("%-10s %.4f ± %.4f  %.4f", who, mean, sd, errs[who])
		b.ReportMetric(mean, who)
	}
	b.ReportMetric(0, "ns/op")
}

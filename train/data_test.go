package train

import (
	"testing"
)

func TestKeepSkew(t *testing.T) {
	table := readTable(t, concreteFile, "")
	o := Options{Bias: 1}
	plain := prepared(t, table.X, table.Y, len(table.Features), 0, o)
	o.KeepSkew = true
	raw := prepared(t, table.X, table.Y, len(table.Features), 0, o)
	for k, name := range table.Features {
		if got, want := plain.scaler.Skew[k].Reach != 0, name == "age"; got != want {
			t.Errorf("%s goes through a logarithm: %v", name, got)
		}
	}
	if raw.scaler.Skew != nil {
		t.Error("KeepSkew was ignored")
	}
}

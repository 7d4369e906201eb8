package model

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/table"
)

// FuzzEncoder encodes what it reads, and encodes the same when the model that
// keeps the encoder reads it.
func FuzzEncoder(f *testing.F) {
	f.Add([]byte("a,c,y\n1,red,2\n,blue,3\n4,,5\n"), true)
	f.Add([]byte("a,a (missing),y\n1,3,2\n,4,3\n"), true)
	f.Add([]byte("d;b;p;y\n2024-02-29 12:30;yes;1.234,5 €;NA\n;no;12 €;no\n"), true)
	f.Add([]byte("c,y\na,1\nb,1\nc,1\nd,1\ne,1\nf,1\na,2\nb,2\n"), false)
	f.Fuzz(func(t *testing.T, text []byte, indicator bool) {
		tab, err := table.Read(context.Background(), bytes.NewReader(text), &table.Options{MemoryLimit: 4 << 20})
		if err != nil || bytes.HasPrefix(text, []byte("\x1f\x8b")) {
			return
		}
		o := &table.EncoderOptions{Categories: 5, Missing: table.ImputeMedian}
		if indicator {
			o.Missing = table.ImputeIndicator
		}
		e, err := table.NewEncoder(tab, o)
		if err != nil {
			if e != nil || !errors.Is(err, fault.ErrData) {
				t.Fatal(err)
			}
			return
		}
		want, err := e.Encode(tab, 0)
		if err != nil || fault.Finite(want.X, len(want.Features)) != nil || len(want.X) != tab.Rows()*len(want.Features) {
			t.Fatalf("%+v, %v", want, err)
		}
		part := appendEncoder(nil, e)
		r := &fileReader{r: bytes.NewReader(part)}
		kept, err := r.encoder()
		if err != nil || r.n != int64(len(part)) {
			t.Fatal(err)
		}
		m := &Model{Features: want.Features, Targets: want.Targets, Encoder: kept, Classes: want.Classes}
		if err := m.checkEncoder(); err != nil {
			t.Fatal(err)
		}
		got, err := m.ReadTable(context.Background(), bytes.NewReader(text), nil)
		if err == nil && tab.Origin != nil { // prediction leaves no row out
			got = got.Select(tab.Origin)
		}
		if err != nil || !slices.Equal(got.X, want.X) || !slices.Equal(got.Y, want.Y) || !slices.Equal(got.Features, want.Features) {
			t.Fatalf("%+v is %+v to the model, %v", want, got, err)
		}
	})
}

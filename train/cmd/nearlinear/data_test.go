package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/table"
)

// houses is a table with an identifier, text and missing values, whose rows
// end in the given separator's place.
func houses(sep string) string {
	var b strings.Builder
	b.WriteString("id,rooms,heating,weight,price\n")
	for i := range 60 {
		rooms := fmt.Sprint(1 + i%5)
		if i%7 == 3 {
			rooms = "NA"
		}
		fmt.Fprintf(&b, "h%d,%s,%s,%d,%d\n", i, rooms, []string{"gas", "oil", "sun"}[i%3], 1+i%2, 100+50*(i%5)+20*(i%3))
	}
	return strings.ReplaceAll(b.String(), ",", sep)
}

func compressed(t *testing.T, text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := io.WriteString(z, text); err != nil || z.Close() != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestFitEncodesAndPredictDoesSoToo(t *testing.T) {
	flags := strings.Fields("-drop id,weight -onehot heating -missing indicator -test 0.2")
	var models [][]byte
	dir := t.TempDir()
	for i, c := range []struct {
		text  string
		flags string
	}{
		{houses(","), ""},
		{compressed(t, houses("\t")), "-sep tab"},
		{houses(";"), "-sep ;"},
		{houses("|"), "-sep auto"},
	} {
		out := filepath.Join(dir, "m")
		data := file(t, dir, "data", c.text)
		code, stdout, stderr := call(t, quick(append(append(flags, strings.Fields(c.flags)...), "-data", data, "-out", out)...)...)
		if code != 0 || !strings.Contains(stdout, "60 rows, 2 features, target price\ncolumns  1 number, 1 category\nencoded  5 features\n") || strings.Contains(stdout, "reading") {
			t.Fatalf("%d: code %d, stderr %q, stdout\n%s", i, code, stderr, stdout)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		models = append(models, b)
		if !bytes.Equal(b, models[0]) {
			t.Errorf("%d: the model differs", i)
		}
	}
	m := filepath.Join(dir, "m")
	new := "heating,rooms,price\nsun,3,\ngas,?,\n"
	code, stdout, stderr := callWith(context.Background(), new, "predict", "-model", m, "-data", "-")
	if code != 0 || strings.Count(stdout, "\n") != 3 || stderr != "" {
		t.Fatalf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	// A missing value counts as the median, and tells so.
	_, filled, _ := callWith(context.Background(), strings.Replace(new, "?", "3", 1), "predict", "-model", m, "-data", "-")
	a, b := strings.Split(stdout, "\n"), strings.Split(filled, "\n")
	if a[1] != b[1] || a[2] == b[2] {
		t.Errorf("%q and %q", stdout, filled)
	}
	unknown := strings.Replace(new, "gas", "wood", 1)
	code, stdout, stderr = callWith(context.Background(), unknown, "predict", "-model", m, "-data", "-", "-unknown", "refuse")
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, `csv line 3, column "heating": "wood" is not a category that the model knows`) {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	for _, flags := range []string{"", "-unknown none"} {
		code, stdout, stderr = callWith(context.Background(), unknown, append([]string{"predict", "-model", m, "-data", "-"}, strings.Fields(flags)...)...)
		if code != 0 || strings.Count(stdout, "\n") != 3 || !strings.Contains(stderr, `note: column "heating": categories that the model does not know in 1 of 2 values, first "wood" in line 3`) {
			t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
		}
	}
}

func TestNPYInAndOut(t *testing.T) {
	dir := t.TempDir()
	x := make([]float64, 3*50)
	for i := range 50 {
		a, b := float64(i%7), float64(i%11)
		copy(x[3*i:], []float64{a, b, a + 2*b})
	}
	var b bytes.Buffer
	if err := table.WriteNPY(&b, x, 3); err != nil {
		t.Fatal(err)
	}
	data, m, p := file(t, dir, "x.npy", b.String()), filepath.Join(dir, "m"), filepath.Join(dir, "p.npy")
	if code, stdout, stderr := call(t, quick("-data", data, "-out", m)...); code != 0 || !strings.Contains(stdout, "50 rows, 2 features, target c3") {
		t.Fatalf("%s%s", stdout, stderr)
	}
	code, stdout, stderr := call(t, "predict", "-model", m, "-data", data, "-out", p)
	if code != 0 || stdout != "" || !strings.Contains(stderr, "c3: RMSE ") || !strings.Contains(stderr, "(50 rows)") {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
	f, err := os.ReadFile(p)
	if err != nil || len(f) != 128+8*50 {
		t.Fatalf("%d bytes, %v", len(f), err)
	}
	_, text, _ := call(t, "predict", "-model", m, "-data", data)
	lines := strings.Split(text, "\n")
	one := &model.Model{Features: []string{"c1"}}
	got, err := one.ReadTable(context.Background(), bytes.NewReader(f), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got.X {
		if fmt.Sprint(v) != lines[i+1] {
			t.Errorf("row %d: %v, and as CSV %s", i, v, lines[i+1])
		}
	}
}

// TestWeightsCount: a row of weight 0 is as good as none, whatever it says.
func TestWeightsCount(t *testing.T) {
	dir := t.TempDir()
	models := make([]string, 2)
	for i, wild := range []string{"3", "3000"} {
		var b strings.Builder
		b.WriteString("a,w,y\n")
		for r := range 40 {
			y, w := fmt.Sprint(r*r%17), "2"
			if r%5 == 0 {
				y, w = wild, "0"
			}
			fmt.Fprintf(&b, "%d,%s,%s\n", r, w, y)
		}
		models[i] = filepath.Join(dir, fmt.Sprint(i))
		code, stdout, stderr := callWith(context.Background(), b.String(), quick("-data", "-", "-weight", "w", "-test", "0", "-out", models[i])...)
		if code != 0 || !strings.Contains(stdout, "40 rows, 1 features") {
			t.Fatalf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
		}
	}
	const rows = "a\n1\n7.5\n"
	_, one, _ := callWith(context.Background(), rows, "predict", "-model", models[0], "-data", "-")
	_, other, _ := callWith(context.Background(), rows, "predict", "-model", models[1], "-data", "-")
	if one != other || strings.Count(one, "\n") != 3 {
		t.Errorf("%q and %q", one, other)
	}
}

func TestHeaderlessTables(t *testing.T) {
	dir := t.TempDir()
	text := strings.SplitAfterN(houses(","), "\n", 2)[1]
	m := filepath.Join(dir, "m")
	code, stdout, stderr := callWith(context.Background(), text, quick("-data", "-", "-header=false", "-drop", "c1,c4", "-onehot", "auto", "-missing", "median", "-out", m)...)
	if code != 0 || !strings.Contains(stdout, "60 rows, 2 features, target c5\ncolumns  1 number, 1 category\nencoded  4 features") {
		t.Fatalf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	code, stdout, stderr = callWith(context.Background(), "x,3,oil\n", "predict", "-model", m, "-data", "-", "-header=false")
	if code != 0 || !strings.HasPrefix(stdout, "predicted_c5\n") || strings.Count(stdout, "\n") != 2 {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

func TestBadTablesFailWithTheirPlace(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, text, flags, want string }{
		{"missing", houses(","), "-missing refuse -drop id", `data: row 2, column "rooms" is missing`},
		{"text", houses(","), "-type heating=number,rooms=number", `csv line 2, column "heating": "gas" is not a number`},
		{"separator", houses(";"), "-sep , -target price", `is it ';'?`},
		{"no such column", houses(","), "-drop ID", `no dropped column "ID"`},
		{"cut gzip", compressed(t, "a,y\n1,2\n3,4\n")[:25], "", "cut short"},
		{"only missing", "a,y\n,2\n,4\n", "-test 0", `data: none of its columns is of use as a feature: column "a" has no value`},
	} {
		data := file(t, dir, "data", c.text)
		code, stdout, stderr := call(t, quick(append(strings.Fields(c.flags), "-data", data)...)...)
		if code != exitFailed || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: code %d, stdout %q, stderr %q; want %q", c.name, code, stdout, stderr, c.want)
		}
	}
}

// endlessRows is standard input that never ends.
type endlessRows struct{ cancel func() }

func (e *endlessRows) Read(p []byte) (int, error) {
	if e.cancel != nil {
		e.cancel()
		e.cancel = nil
		return copy(p, "a,y\n"), nil
	}
	return copy(p, bytes.Repeat([]byte("1.5,2\n"), len(p)/6)), nil
}

func TestLoadingIsCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var stopped time.Time
	in := &endlessRows{cancel: func() {
		time.AfterFunc(50*time.Millisecond, func() { stopped = time.Now(); cancel(errors.New("enough")) })
	}}
	var out, stderr bytes.Buffer
	code := run(ctx, []string{"fit", "-data", "-"}, in, &out, &stderr)
	if took := time.Since(stopped); took > time.Second { // some milliseconds where nothing else runs
		t.Errorf("stopping took %v", took)
	}
	if code != exitFailed || out.Len() > 0 || !strings.Contains(stderr.String(), "reading standard input: enough") {
		t.Errorf("code %d, stdout %q, stderr %q", code, out.String(), stderr.String())
	}
}

func TestLoadingLineIsWiped(t *testing.T) {
	var b bytes.Buffer
	l := newLoading(&b)
	l.show(1000, 1e6) // too early
	l.last = l.last.Add(-time.Hour)
	l.start = l.start.Add(-2 * time.Second)
	l.show(123456789, 4e9)
	l.show(123456790, 4e9) // too soon again
	l.close()
	l.last = l.last.Add(-time.Hour)
	l.show(5, 6)
	parts := strings.Split(b.String(), "\r")
	if len(parts) != 4 || !strings.HasPrefix(parts[1], "reading: 123456789 rows, 4000 MB, ") || !strings.HasSuffix(parts[1], " MB/s") || strings.Trim(parts[2], " ") != "" || len(parts[2]) != len(parts[1]) || parts[3] != "" {
		t.Errorf("%q", b.String())
	}
	none := newLoading(nil)
	none.last = none.last.Add(-time.Hour)
	none.show(1, math.MaxInt64)
	none.close()
}

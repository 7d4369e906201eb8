package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// flats is a table as one is found: an index without a name, identifiers, times, a code, money,
// booleans, gaps, and a text for a number.
func flats() string {
	var b strings.Builder
	b.WriteString(";id;sold;zip;fee;lift;size;rent\n")
	for i := range 120 {
		size := fmt.Sprintf("%d,5", 30+i%37)
		if i == 50 {
			size = "large"
		}
		fee := fmt.Sprintf("€ 1.%03d,50", 7*i%1000)
		if i%9 == 4 {
			fee = "-"
		}
		fmt.Fprintf(&b, "%d;F-%03d;2024-%02d-%02d;%s;%s;%s;%s;%d\n", i, i, 1+i%12, 1+i%28, []string{"01067", "10115", "80331"}[i%3], fee, []string{"yes", "no"}[i/7%2], size, 400+10*(i%37)+50*(i%3))
	}
	return b.String()
}

// TestTablesAsTheyAre: fit and predict need no flag, whatever the columns hold.
func TestTablesAsTheyAre(t *testing.T) {
	dir := t.TempDir()
	data, m := file(t, dir, "flats.csv", flats()), filepath.Join(dir, "m")
	code, stdout, stderr := call(t, "fit", "-data", data, "-target", "rent", "-columns")
	if code != 0 || strings.Contains(stdout, "split") {
		t.Fatalf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	for _, want := range []string{
		"column   sold: time from 2024-01-01 to 2024-12-24; ",
		"column   zip: code, 3 with a feature each: 01067, 10115, 80331\n",
		"column   fee: number from ", ", written as 1.234,5 €; ", "; a feature tells where that is\n",
		"column   lift: boolean\n",
		"column   size: number from 30.5 to 66.5, written as 1.234,5; ",
	} {
		if !strings.Contains(stdout, want) {
			t.Errorf("no %q in\n%s", want, stdout)
		}
	}
	for _, want := range []string{
		"note: 1 of 8 columns have no name: they are not used\n",
		`note: column "id" has 120 different texts in 120 values, as names of the rows: it is not used`,
		`note: column "size": no number in 1 of 120 values, first "large" in line 52: they count as missing`,
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("no %q in\n%s", want, stderr)
		}
	}
	code, stdout, stderr = call(t, quick("-data", data, "-target", "rent", "-out", m)...)
	if code != 0 || !strings.Contains(stdout, "columns  2 numbers, 1 boolean, 1 time, 1 code\n") {
		t.Fatalf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	_, described, _ := call(t, "info", "-model", m)
	if !strings.Contains(described, "column   zip: code, 3 with a feature each") {
		t.Errorf("info:\n%s", described)
	}
	// The columns in another order, with gaps, a later date and an unseen code.
	rows := "lift,zip,size,fee,other,sold\nno,10115,\"40,5\",\"€ 1.050,50\",1,2024-05-05\n,99999,,,2,2031-01-01 12:00\n"
	code, stdout, stderr = callWith(context.Background(), rows, "predict", "-model", m, "-data", "-")
	if code != 0 || strings.Count(stdout, "\n") != 3 || !strings.Contains(stderr, `column "zip": categories that the model does not know in 1 of 2 values, first "99999" in line 3`) {
		t.Errorf("code %d, stdout %q, stderr %q", code, stdout, stderr)
	}
}

// labelled returns rows whose class the first column tells, and a row of each further class.
func labelled(classes []string, more ...string) string {
	var b strings.Builder
	b.WriteString("a,b,y\n")
	for i := range 40 * len(classes) {
		k := i % len(classes)
		fmt.Fprintf(&b, "%d,%d,%s\n", 10*k+i%3, i%7, classes[k])
	}
	for _, class := range more {
		fmt.Fprintf(&b, "5,5,%s\n", class)
	}
	return b.String()
}

// TestClassesAreTakenAtTheirWord: NA is a class to fit and to predict, a label that the model
// does not know is told and counts as wrong, and a class that no training row has is none of
// the model's.
func TestClassesAreTakenAtTheirWord(t *testing.T) {
	dir := t.TempDir()
	data, m, out := file(t, dir, "train.csv", labelled([]string{"NA", "None", "x"})), filepath.Join(dir, "m"), filepath.Join(dir, "p.csv")
	code, stdout, stderr := call(t, quick("-data", data, "-test", "0", "-out", m)...)
	if code != 0 || !strings.Contains(stdout, "classes  3: NA, None, x\n") {
		t.Fatalf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	test := file(t, dir, "test.csv", labelled([]string{"NA", "None", "x"}, "z", "z", ""))
	code, _, stderr = call(t, "predict", "-model", m, "-data", test, "-out", out)
	if code != 0 || !strings.Contains(stderr, `note: column "y": labels that the model does not know in 2 of 122 rows, first "z" in line 122: they count as wrong`) || !strings.Contains(stderr, "y: accuracy 98.36 % (122 rows)") {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
	if b, _ := os.ReadFile(out); strings.Count(string(b), "\nNA,") < 40 {
		t.Errorf("NA is not predicted:\n%.300s", b)
	}
	code, _, stderr = call(t, "predict", "-model", m, "-data", test, "-unknown", "refuse")
	if code != exitFailed || !strings.Contains(stderr, `line 122, column "y": "z" is not a class that the model knows; it knows "NA", "None", "x"`) {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
	// One row of a class: with some seed it is held out.
	data = file(t, dir, "rare.csv", labelled([]string{"u", "v"}, "lonely"))
	for seed := range 20 {
		code, stdout, stderr = call(t, quick("-data", data, "-seed", fmt.Sprint(seed), "-test", "0.5")...)
		if code != 0 {
			t.Fatalf("code %d, stderr %q", code, stderr)
		}
		if strings.Contains(stderr, "class lonely occurs in no row to train on, only in 1 of those held out") {
			if !strings.Contains(stdout, "classes  2: u, v\n") {
				t.Errorf("stdout\n%s", stdout)
			}
			return
		}
		if !strings.Contains(stdout, "classes  3: lonely, u, v\n") {
			t.Errorf("stdout\n%s", stdout)
		}
	}
	t.Error("the row was never held out")
}

// TestColumnsOfTheBuiltInTable: all numbers, and nothing to tell.
func TestColumnsOfTheBuiltInTable(t *testing.T) {
	code, stdout, stderr := call(t, "fit", "-columns")
	if code != 0 || stderr != "" || strings.Count(stdout, ": number from ") != 8 || strings.Count(stdout, "\n") != 8 {
		t.Errorf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
	// Categories by request, of which too many have a feature each.
	code, stdout, stderr = call(t, "fit", "-columns", "-type", "age=category", "-categories", "3")
	if code != 0 || !strings.Contains(stdout, "column   age: category, 14 told by averages of the target: 1, 100, ") || !strings.Contains(stderr, "note: column age has many categories for the rows, 14: it is told by what the target is on average in each") {
		t.Errorf("code %d, stderr %q, stdout\n%s", code, stderr, stdout)
	}
}

// TestWholeTargetsAreTold: they may be classes.
func TestWholeTargetsAreTold(t *testing.T) {
	code, _, stderr := callWith(context.Background(), labelled([]string{"1", "2", "3"}), quick("-data", "-")...)
	if code != 0 || !strings.Contains(stderr, `note: target "y" has only 3 different values, all whole`) {
		t.Errorf("code %d, stderr %q", code, stderr)
	}
}

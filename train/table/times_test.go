package table

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// layouts are the formats as package time has them.
var layouts = map[TimeFormat]string{ISODate: "2006-01-02", SlashDMY: "2/1/2006", SlashMDY: "1/2/2006", DotDMY: "02.01.2006", DashDMY: "02-01-2006", DashMDY: "01-02-2006", NamedDMY: "2-Jan-2006", NamedMDY: "January 2, 2006", PlainYMD: "20060102"}

// TestDatesOfEveryFormatAreRead: every day of five years as package time reads it, by a column that is found to
// be of the format, and as a record.
func TestDatesOfEveryFormatAreRead(t *testing.T) {
	for f := ISODate; f.sound(); f++ {
		var fields []string
		first := time.Date(2019, 12, 1, 0, 0, 0, 0, time.UTC)
		for k := range 5 * 365 {
			fields = append(fields, first.AddDate(0, 0, k).Format(layouts[f]))
		}
		tab, err := ofColumn(t, fields, 1, nil)
		if err != nil || tab.Column(0).Type != Time || tab.Column(0).TimeFormat != f {
			t.Errorf("%v: %+v, %v", f, tab.Columns, err)
			continue
		}
		e, err := NewEncoder(tab, nil)
		if err != nil {
			t.Fatal(err)
		}
		r, err := e.NewRecordEncoder(true)
		if err != nil {
			t.Fatal(err)
		}
		row := make([]float64, r.Width())
		for k, text := range fields {
			want := float64(first.AddDate(0, 0, k).Unix())
			if got := tab.X[2*k]; got != want {
				t.Fatalf("%v: %s is %v, want %v", f, text, got, want)
			}
			if _, err := r.Encode(row, map[string]any{"a": text, "b": 1}); err != nil || row[0] != want/secondsOfDay {
				t.Fatalf("%v: the record of %s is %v, %v", f, text, row, err)
			}
		}
	}
}

// TestClocksFollowDates: in each of their forms.
func TestClocksFollowDates(t *testing.T) {
	for clock, want := range map[string]float64{
		"": 0, " 15:04": 54240, "T15:04:05": 54245, " 15:04:05.25": 54245.25, " 9:05": 32700, " 3:04 PM": 54240, " 12:00:01 am": 1, ", 12:30:00\u202fPM": 45000,
		"T15:04Z": 54240, " 15:04:05 +0100": 54245, " 11:59pm": 86340,
		" 24:00": nan, " 13:04 PM": nan, " 0:04 AM": nan, " 15:4": nan, " 15": nan, "15:04": nan, " 15:04:61": nan, " 15:04 XM": nan, ",15:04": nan, "  15:04": nan,
	} {
		for _, f := range []TimeFormat{ISODate, SlashMDY, NamedMDY} {
			text := time.Date(1970, 1, 1, 0, 0, 0, 0, time.UTC).Format(layouts[f]) + clock
			if got, ok := f.parse(text); ok != (want == want) || ok && got != want {
				t.Errorf("%q is %v, %v, want %v", text, got, ok, want)
			}
		}
	}
	for f, texts := range map[TimeFormat][]string{
		SlashDMY: {"31/12/25", "31/12-2025", "0/1/2025", "31/11/2025", "31/12/20255", "1/2/3/2025", "/1/2025"},
		NamedDMY: {"31-Dez-2025", "31-Dec 2025", "31Dec2025", "29-Feb-2025", "31-Decem-2025", "-Dec-2025"},
		NamedMDY: {"Dec 32, 2025", "Dec31, 2025", "Dec 31,2025", "13 31, 2025", ""},
		PlainYMD: {"20251301", "20250229", "17991231", "22000101", "2025123", "+2025123"},
	} {
		for _, text := range texts {
			if v, ok := f.parse(text); ok {
				t.Errorf("%q is %v as %v", text, v, f)
			}
		}
	}
}

// TestOrderOfDayAndMonth: is that of the whole column, or asked for, and never guessed.
func TestOrderOfDayAndMonth(t *testing.T) {
	type types = map[string]Type
	february := float64(time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC).Unix())
	january := float64(time.Date(2025, 1, 2, 0, 0, 0, 0, time.UTC).Unix())
	for _, c := range []struct {
		name   string
		fields []string
		asked  types
		want   Type
		first  float64
		notice string // in them; none if it is empty
	}{
		{"a day above twelve", []string{"1/2/2025", "13/2/2025", "NA"}, nil, Time, february, ""},
		{"a month first", []string{"1-2-2025", "2-13-2025"}, nil, Time, january, ""},
		{"neither", []string{"01/02/2025", "02/03/2025"}, nil, Category, 0, `column "a" is not taken for times, but for categories: no value tells whether the day or the month is first in dates such as "01/02/2025": say day-first or month-first (Types, -type)`},
		{"day asked for", []string{"01/02/2025", "02/03/2025"}, types{"a": DayFirst}, Time, february, ""},
		{"month asked for", []string{"01/02/2025", "02/03/2025"}, types{"a": MonthFirst}, Time, january, ""},
		{"points", []string{"01.02.2025", "02.03.2025"}, nil, Time, february, "above the twelfth: they are taken as 31.12.2025, the day first"},
		{"two orders", []string{"01/02/2025", "13/02/2025", "02/13/2025"}, nil, Category, 0, ""},
		{"two separators", []string{"01/02/2025", "13-02-2025"}, nil, Category, 0, ""},
		{"two formats", []string{"1 Feb 2025", "Feb 2, 2025"}, nil, Category, 0, ""},
		{"an order asked for of dates that have one", []string{"2025-02-01", "2025-02-03"}, types{"a": MonthFirst}, Time, february, ""},
	} {
		tab, err := ofColumn(t, c.fields, 2, &Options{Types: c.asked})
		if err != nil || tab.Column(0).Type != c.want || tab.X[0] != c.first || len(tab.Notices) != min(len(c.notice), 1) || !strings.Contains(strings.Join(tab.Notices, ""), c.notice) {
			t.Errorf("%s: %+v, %v", c.name, tab, err)
		}
	}
	for _, c := range []struct {
		fields []string
		asked  Type
		want   string
	}{
		{[]string{"01/02/2025"}, Time, `column "a" cannot be one of times: no value tells whether the day or the month is first`},
		{[]string{"01/13/2025", "1/2/2025"}, DayFirst, `column "a": "01/13/2025" is not a time such as 31/12/2025`},
		{[]string{"20250101", "7"}, Time, `column "a" cannot be one of times: it has 2 numbers`},
	} {
		if tab, err := ofColumn(t, c.fields, 1, &Options{Types: types{"a": c.asked}}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q as %v: %+v, %v", c.fields, c.asked, tab, err)
		}
	}
}

// TestFewOddDatesAreNoTimes: one of a hundred that has the other order makes all of them doubtful, a text that
// is no date is missing.
func TestFewOddDatesAreNoTimes(t *testing.T) {
	var fields []string
	for k := range 100 {
		fields = append(fields, fmt.Sprintf("%d/%d/2025", 1+k%28, 1+k%12))
	}
	fields[40] = "n.d."
	tab, err := ofColumn(t, fields, 1, nil)
	if err != nil || tab.Column(0).Type != Time || tab.X[80] == tab.X[80] || !slices.Equal(tab.Notices, []string{`column "a": no time in 1 of 100 values, first "n.d." in line 42: they count as missing`}) {
		t.Errorf("%+v, %v", tab, err)
	}
	fields[50] = "3/28/2025"
	if tab, err = ofColumn(t, fields, 2, nil); err != nil || tab.Column(0).Type != Category || !strings.Contains(strings.Join(tab.Notices, ""), `most of its dates are written as 31/12/2025, and "3/28/2025" in line 52 is not`) {
		t.Errorf("%+v, %v", tab, err)
	}
}

// TestNumbersThatAreAllDates: and those of which one is none, or that are few, or not digits alone.
func TestNumbersThatAreAllDates(t *testing.T) {
	days := []string{"20250131", "20250228", "20240229", "NA"}
	tab, err := ofColumn(t, days, 2, nil)
	if err != nil || tab.Column(0).TimeFormat != PlainYMD || tab.X[2] != float64(time.Date(2025, 2, 28, 0, 0, 0, 0, time.UTC).Unix()) || !math.IsNaN(tab.X[6]) ||
		len(tab.Notices) != 1 || !strings.Contains(tab.Notices[0], "taken for dates: say number if they are not") {
		t.Errorf("%+v, %v", tab, err)
	}
	for _, other := range []string{"20250229", "7", "20250101.5", "2.0250131e7", "+20250131"} {
		if tab, err := ofColumn(t, append([]string{other}, days...), 2, nil); err != nil || tab.Column(0).Type != Number || tab.Notices != nil {
			t.Errorf("%s: %+v, %v", other, tab, err)
		}
	}
	if tab, err := ofColumn(t, days[:2], 2, nil); err != nil || tab.Column(0).Type != Number {
		t.Errorf("two: %+v, %v", tab, err)
	}
	if tab, err := ofColumn(t, days, 2, &Options{Types: map[string]Type{"a": Number}}); err != nil || tab.Column(0).Type != Number || tab.X[0] != 20250131 {
		t.Errorf("asked for: %+v, %v", tab, err)
	}
	e, err := NewEncoder(tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.NewRecordEncoder(false)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, r.Width())
	if _, err := r.Encode(row, map[string]any{"a": 20250131, "b": 1}); err != nil || row[0] != tab.X[0]/secondsOfDay {
		t.Errorf("a number in a record: %v, %v", row, err)
	}
	if _, err := r.Encode(row, map[string]any{"a": 20250132, "b": 1}); !errors.Is(err, fault.ErrData) {
		t.Error(err)
	}
}

// TestPredictionKeepsTheFormat: a date that is written otherwise is missing, and told.
func TestPredictionKeepsTheFormat(t *testing.T) {
	tab, err := ofColumn(t, []string{"13/2/2025", "1/2/2025"}, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEncoder(tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := "a,b\n" + strings.Repeat("3/4/2025,1\n", 30) + "2025-04-03,1\n"
	got, err := Read(t.Context(), strings.NewReader(text), &Options{Encoder: e})
	if err != nil || got.X[0] != float64(time.Date(2025, 4, 3, 0, 0, 0, 0, time.UTC).Unix()) || !math.IsNaN(got.X[60]) || len(got.Notices) != 1 || !strings.Contains(got.Notices[0], `no time in 1 of 31 values, first "2025-04-03" in line 32`) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Read(t.Context(), strings.NewReader("a,b\n4/13/2025,1\n"), &Options{Encoder: e}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), `"4/13/2025" is not a time such as 31/12/2025`) {
		t.Error(err)
	}
}

// TestNumbersInRecordsAreNames: of codes, whose digits count.
func TestNumbersInRecordsAreNames(t *testing.T) {
	tab, err := ofColumn(t, []string{"007", "0", "1000000000000000"}, 1, nil)
	if err != nil || tab.Column(0).Type != Code {
		t.Fatalf("%+v, %v", tab, err)
	}
	e, err := NewEncoder(tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.NewRecordEncoder(true)
	if err != nil {
		t.Fatal(err)
	}
	row := make([]float64, r.Width())
	for _, v := range []any{1e15, math.Copysign(0, -1), 0, "007"} {
		if _, err := r.Encode(row, map[string]any{"a": v, "b": 1}); err != nil {
			t.Errorf("%v: %v", v, err)
		}
	}
}

package table

import (
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// shop is a table of all types, with gaps.
const shop = `kind,price,fresh,since,zip,noise
fruit,1.50,yes,2024-01-02,00420,1
fish,12,no,2024-03-04T08:30:00,00421,2
fruit,,yes,2023-12-31,00420,3
bread,3,no,2024-01-02,00420,4
,2.25,yes,2024-05-06,00421,5
fish,9,no,2024-02-01,00420,6
`

// shopEncoder learns from the shop.
func shopEncoder(t *testing.T) (*Encoder, *Table) {
	t.Helper()
	tab, err := Read(t.Context(), strings.NewReader(shop), nil)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewEncoder(tab, nil)
	if err != nil {
		t.Fatal(err)
	}
	for j, want := range []Type{Category, Number, Boolean, Time, Code} {
		if e.Columns[j].Type != want {
			t.Fatalf("column %s is a %v", e.Columns[j].Name, e.Columns[j].Type)
		}
	}
	return e, tab
}

// TestRecordsAreRowsOfTables: whatever the types of the values, the order and the other keys,
// their features are those of the same row in a file.
func TestRecordsAreRowsOfTables(t *testing.T) {
	e, tab := shopEncoder(t)
	encoded, err := e.Encode(tab, 0)
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.NewRecordEncoder(false)
	if err != nil {
		t.Fatal(err)
	}
	if r.Width() != len(encoded.Features) {
		t.Fatalf("%d features, want %d", r.Width(), len(encoded.Features))
	}
	eight := time.Date(2024, 3, 4, 8, 30, 0, 0, time.FixedZone("", 3600))
	for i, forms := range [][]map[string]any{
		{{"kind": "fruit", "price": 1.5, "fresh": true, "since": "2024-01-02", "zip": "00420"}, {"zip": "00420", "price": "1.50", "fresh": "yes", "kind": " fruit ", "since": time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), "other": []int{1}}},
		{{"kind": "fish", "price": 12, "fresh": 0, "since": eight, "zip": "00421"}, {"kind": "fish", "price": json.Number("12"), "fresh": "no", "since": "2024-03-04 08:30", "zip": "00421", "noise": nil}, {"kind": "fish", "price": uint8(12), "fresh": false, "since": float64(1709541000), "zip": "00421"}},
		{{"kind": "fruit", "fresh": float32(1), "since": "2023-12-31", "zip": "00420"}, {"kind": "fruit", "price": nil, "fresh": "TRUE", "since": "2023-12-31", "zip": "00420"}, {"kind": "fruit", "price": math.NaN(), "fresh": int64(1), "since": "2023-12-31", "zip": "00420"}, {"kind": "fruit", "price": "n/a", "fresh": true, "since": "2023/12/31", "zip": "00420"}},
		{{"kind": "bread", "price": int32(3), "fresh": "false", "since": "2024-01-02", "zip": "00420"}},
		{{"price": 2.25, "fresh": true, "since": "2024-05-06", "zip": "00421"}, {"kind": "", "price": 2.25, "fresh": true, "since": "2024-05-06", "zip": "00421"}},
	} {
		want := encoded.X[i*r.Width() : (i+1)*r.Width()]
		for k, record := range forms {
			got := slices.Repeat([]float64{7}, r.Width())
			unknown, err := r.Encode(got, record)
			if err != nil || unknown != 0 || !slices.Equal(got, want) {
				t.Errorf("row %d, form %d: %v, %d unknown, %v\nwant %v", i, k, got, unknown, err, want)
			}
		}
	}
}

// TestUnknownCategoriesOfRecords are counted and are none of those known, or refused.
func TestUnknownCategoriesOfRecords(t *testing.T) {
	e, _ := shopEncoder(t)
	r, err := e.NewRecordEncoder(false)
	if err != nil {
		t.Fatal(err)
	}
	record := map[string]any{"kind": "cake", "price": 2, "fresh": true, "since": "2024-01-02", "zip": 7}
	got, lacking := make([]float64, r.Width()), make([]float64, r.Width())
	unknown, err := r.Encode(got, record)
	if err != nil || unknown != 2 {
		t.Errorf("%d unknown, %v", unknown, err)
	}
	delete(record, "zip")
	record["kind"] = nil
	if unknown, err := r.Encode(lacking, record); err != nil || unknown != 0 {
		t.Errorf("%d unknown, %v", unknown, err)
	}
	names := e.Features()
	for k, v := range got {
		if strings.HasPrefix(names[k], "kind=") && v != 0 || strings.HasPrefix(names[k], "kind (missing)") && v != 0 {
			t.Errorf("feature %s of a category that is not known is %v", names[k], v)
		}
		if strings.HasPrefix(names[k], "kind (missing)") && lacking[k] != 1 {
			t.Errorf("feature %s of a missing category is %v", names[k], lacking[k])
		}
	}
	strict, err := e.NewRecordEncoder(true)
	if err != nil {
		t.Fatal(err)
	}
	record["kind"] = "cake"
	if _, err := strict.Encode(got, record); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "column kind") && !strings.Contains(err.Error(), `column "kind"`) || !strings.Contains(err.Error(), "cake") {
		t.Errorf("error %v", err)
	}
}

// TestRecordsAreRefused with the column, the value and what would help.
func TestRecordsAreRefused(t *testing.T) {
	e, _ := shopEncoder(t)
	r, err := e.NewRecordEncoder(false)
	if err != nil {
		t.Fatal(err)
	}
	for want, record := range map[string]map[string]any{
		`"price": "cheap" is not a number`:   {"price": "cheap"},
		`"price": +Inf`:                      {"price": math.Inf(1)},
		`"price": a []int is no number`:      {"price": []int{1}},
		`"price": a time`:                    {"price": time.Now()},
		`"since": "tomorrow" is not a time`:  {"since": "tomorrow"},
		`"since": "true" is not a time`:      {"since": true},
		`"fresh": "maybe" is none of true`:   {"fresh": "maybe"},
		`"fresh": "2" is none of true`:       {"fresh": 2},
		`has "Price" and no column "price"`:  {"Price": 1},
		`has "prise" and no column "price"`:  {"kind": "fish", "prise": 1},
		`has "z-i p" and no column "zip"`:    {"z-i p": "00420"},
		`has "freshh" and no column "fresh"`: {"freshh": 1},
		`has "rpice" and no column "price"`:  {"rpice": 1},
	} {
		if _, err := r.Encode(make([]float64, r.Width()), record); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %s", record, err, want)
		}
	}
	for _, record := range []map[string]any{{"noise": 1}, {"k": 1}, {"color": "red"}, nil} {
		if _, err := r.Encode(make([]float64, r.Width()), record); err != nil {
			t.Errorf("%v: %v", record, err)
		}
	}
	if _, err := r.Encode(make([]float64, 3), nil); !errors.Is(err, fault.ErrShape) {
		t.Errorf("error %v", err)
	}
	plain := &Encoder{Columns: []EncodedColumn{{Name: "a", Type: Number}}}
	r, err = plain.NewRecordEncoder(false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Encode(make([]float64, 1), map[string]any{}); !errors.Is(err, fault.ErrData) || !strings.Contains(err.Error(), "has no value") {
		t.Errorf("error %v", err)
	}
	if _, err := (&Encoder{}).NewRecordEncoder(false); err == nil {
		t.Error("an encoder without columns is taken")
	}
}

// TestRecordsAllocateNothing.
func TestRecordsAllocateNothing(t *testing.T) {
	e, _ := shopEncoder(t)
	r, err := e.NewRecordEncoder(false)
	if err != nil {
		t.Fatal(err)
	}
	dst, record := make([]float64, r.Width()), map[string]any{"kind": "fish", "price": 12.0, "fresh": true, "since": "2024-03-04T08:30:00", "zip": "00421", "other": 1}
	if n := testing.AllocsPerRun(50, func() {
		if _, err := r.Encode(dst, record); err != nil {
			t.Fatal(err)
		}
	}); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

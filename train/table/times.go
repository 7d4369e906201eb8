package table

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// parseTime reads a date of ISO 8601, 2006-01-02 or 2006/01/02 or 2006-01, with or without a
// time of day, 15:04, 15:04:05 or 15:04:05.999, behind a T or a blank, and with or without a
// zone, and returns the seconds since 1970 by the clock as written. The zone is not taken
// into account: what happens at eight in the morning does so wherever it is morning.
func parseTime(text string) (seconds float64, ok bool) {
	if len(text) < 7 || len(text) > 40 || text[4] != '-' && text[4] != '/' {
		return 0, false
	}
	year, ok1 := digits(text[:4])
	month, ok2 := digits(text[5:7])
	if !ok1 || !ok2 || month < 1 || month > 12 {
		return 0, false
	}
	day, rest := 1, text[7:]
	if rest != "" {
		if len(rest) < 3 || rest[0] != text[4] {
			return 0, false
		}
		if day, ok = digits(rest[1:3]); !ok || day < 1 {
			return 0, false
		}
		rest = rest[3:]
	}
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if date.Day() != day {
		return 0, false
	}
	ofDay, ok := parseClock(rest)
	return float64(date.Unix()) + ofDay, ok
}

// parseClock reads what follows the date, if anything does, and returns the seconds.
func parseClock(text string) (float64, bool) {
	if text == "" {
		return 0, true
	}
	if len(text) < 6 || text[0] != 'T' && text[0] != 't' && text[0] != ' ' || text[3] != ':' {
		return 0, false
	}
	hour, ok1 := digits(text[1:3])
	minute, ok2 := digits(text[4:6])
	if !ok1 || !ok2 || hour > 23 || minute > 59 {
		return 0, false
	}
	seconds, rest := float64(3600*hour+60*minute), text[6:]
	if strings.HasPrefix(rest, ":") {
		n := 1
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.' && n == 3) {
			n++
		}
		v, err := strconv.ParseFloat(rest[1:n], 64)
		if err != nil || n < 3 || n > 3 && rest[3] != '.' || n == 4 || v >= 61 { // a leap second has 60
			return 0, false
		}
		seconds, rest = seconds+v, rest[n:]
	}
	return seconds, zone(strings.TrimPrefix(rest, " "))
}

// zone tells whether text is nothing, Z, +01, +0100 or +01:00.
func zone(text string) bool {
	if text == "" || text == "Z" || text == "z" || text == "UTC" {
		return true
	}
	if text[0] != '+' && text[0] != '-' {
		return false
	}
	text = strings.Replace(text[1:], ":", "", 1)
	_, ok := digits(text)
	return ok && (len(text) == 2 || len(text) == 4)
}

// digits reads a number of digits alone.
func digits(text string) (int, bool) {
	v := 0
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return 0, false
		}
		v = 10*v + int(text[i]-'0')
	}
	return v, text != ""
}

// TimeParts says which features a column of times has beside its linear time.
type TimeParts byte

const (
	Year TimeParts = 1 << iota
	Month
	Weekday
	Hour
	allParts = Year | Month | Weekday | Hour
)

// timeParts are the parts in the order of their features, under the names of these.
var timeParts = [...]struct {
	part TimeParts
	name string
	of   func(time.Time) int
}{
	{Year, "year", time.Time.Year},
	{Month, "month", func(t time.Time) int { return int(t.Month()) }},
	{Weekday, "weekday", func(t time.Time) int { return int(t.Weekday()) }}, // Sunday is 0
	{Hour, "hour", time.Time.Hour},
}

const secondsOfDay = 24 * 60 * 60

// clock returns the time of a cell. Seconds beyond any calendar become its end.
func clock(seconds float64) time.Time {
	const most = 1e12
	return time.Unix(int64(math.Floor(min(max(seconds, -most), most))), 0).UTC()
}

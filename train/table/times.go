package table

import (
	"math"
	"time"
)

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

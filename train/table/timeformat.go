package table

import (
	"strings"
	"time"
)

// TimeFormat says how the dates of a column are written, all alike. Behind each may stand a time of day: 15:04,
// 15:04:05, 15:04:05.999 or 3:04 PM, after a blank, a comma and a blank, or a T, and with or without a zone.
type TimeFormat byte

const (
	ISODate  TimeFormat = iota // 2025-12-31, 2025/12/31, or 2025-12
	SlashDMY                   // 31/12/2025
	SlashMDY                   // 12/31/2025
	DotDMY                     // 31.12.2025
	DashDMY                    // 31-12-2025
	DashMDY                    // 12-31-2025
	NamedDMY                   // 31-Dec-2025, 31 December 2025, 31/dec/2025
	NamedMDY                   // Dec 31, 2025, December-31-2025
	PlainYMD                   // 20251231, and no time of day
)

// timeFormats describes them. A format of numbers has a separator, and other is the one with day
// and month in the other order.
var timeFormats = [...]struct {
	example    string
	separator  byte
	monthFirst bool
	other      TimeFormat
}{
	ISODate:  {example: "2025-12-31"},
	SlashDMY: {"31/12/2025", '/', false, SlashMDY},
	SlashMDY: {"12/31/2025", '/', true, SlashDMY},
	DotDMY:   {"31.12.2025", '.', false, DotDMY}, // who writes points has the day first
	DashDMY:  {"31-12-2025", '-', false, DashMDY},
	DashMDY:  {"12-31-2025", '-', true, DashDMY},
	NamedDMY: {example: "31-Dec-2025"},
	NamedMDY: {example: "Dec 31, 2025"},
	PlainYMD: {example: "20251231"},
}

// String writes the last day of 2025 in the format.
func (f TimeFormat) String() string {
	if !f.sound() {
		return "no format"
	}
	return timeFormats[f].example
}

// sound tells whether there is such a format.
func (f TimeFormat) sound() bool { return int(f) < len(timeFormats) }

// numeric tells whether day and month are numbers whose order the format says.
func (f TimeFormat) numeric() bool { return timeFormats[f].separator != 0 }

// longestTime bounds the text of a time.
const longestTime = 48

// parse reads a date, with or without a time of day, and returns the seconds since 1970 by the
// clock as written. A zone is not taken into account: what happens at eight in the morning does so
// wherever it is morning.
func (f TimeFormat) parse(text string) (seconds float64, ok bool) {
	if len(text) > longestTime {
		return 0, false
	}
	var year, month, day int
	rest := ""
	switch {
	case f == ISODate:
		year, month, day, rest, ok = isoDate(text)
	case f == PlainYMD:
		if len(text) != 8 || !whole(text) {
			return 0, false
		}
		v, _ := digits(text)
		return plainDate(float64(v))
	case f == NamedDMY:
		year, month, day, rest, ok = dayAndName(text)
	case f == NamedMDY:
		year, month, day, rest, ok = nameAndDay(text)
	default:
		year, month, day, rest, ok = threeNumbers(text, timeFormats[f].separator)
		if timeFormats[f].monthFirst {
			month, day = day, month
		}
	}
	if !ok {
		return 0, false
	}
	midnight, ok1 := midnightOf(year, month, day)
	ofDay, ok2 := parseClock(rest)
	return midnight + ofDay, ok1 && ok2
}

// midnightOf returns the seconds at the beginning of a day, if there is such a day.
func midnightOf(year, month, day int) (float64, bool) {
	date := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return float64(date.Unix()), month >= 1 && month <= 12 && day >= 1 && date.Day() == day
}

// plainDate reads a number such as 20251231. Years from 1800 to 2199 alone are looked for: few
// numbers that are no dates pass for one.
func plainDate(v float64) (float64, bool) {
	if !(v >= 18000101 && v <= 21991231) || v != float64(int(v)) {
		return 0, false
	}
	n := int(v)
	return midnightOf(n/10000, n/100%100, n%100)
}

// isoDate reads the date at the beginning of a text.
func isoDate(text string) (year, month, day int, rest string, ok bool) {
	if len(text) < 7 || text[4] != '-' && text[4] != '/' {
		return 0, 0, 0, "", false
	}
	year, ok1 := digits(text[:4])
	month, ok2 := digits(text[5:7])
	day, rest = 1, text[7:]
	if rest != "" {
		if len(rest) < 3 || rest[0] != text[4] {
			return 0, 0, 0, "", false
		}
		if day, ok = digits(rest[1:3]); !ok {
			return 0, 0, 0, "", false
		}
		rest = rest[3:]
	}
	return year, month, day, rest, ok1 && ok2
}

// threeNumbers reads the day, the month and the year, in that order, at the beginning of a text.
func threeNumbers(text string, separator byte) (year, month, day int, rest string, ok bool) {
	sep := string(separator)
	day, rest, ok1 := leading(text, 1, 2)
	rest, ok2 := strings.CutPrefix(rest, sep)
	month, rest, ok3 := leading(rest, 1, 2)
	rest, ok4 := strings.CutPrefix(rest, sep)
	year, rest, ok5 := leading(rest, 4, 4)
	return year, month, day, rest, ok1 && ok2 && ok3 && ok4 && ok5
}

// dayAndName reads a date such as 31-Dec-2025.
func dayAndName(text string) (year, month, day int, rest string, ok bool) {
	day, rest, ok = leading(text, 1, 2)
	if !ok || rest == "" || strings.IndexByte("- /", rest[0]) < 0 {
		return 0, 0, 0, "", false
	}
	sep := rest[:1]
	month, rest = monthName(rest[1:])
	rest, ok1 := strings.CutPrefix(rest, sep)
	year, rest, ok2 := leading(rest, 4, 4)
	return year, month, day, rest, ok1 && ok2
}

// nameAndDay reads a date such as Dec 31, 2025.
func nameAndDay(text string) (year, month, day int, rest string, ok bool) {
	month, rest = monthName(text)
	if rest == "" || strings.IndexByte("- ", rest[0]) < 0 {
		return 0, 0, 0, "", false
	}
	sep := rest[:1]
	day, rest, ok1 := leading(rest[1:], 1, 2)
	rest, ok2 := strings.CutPrefix(strings.TrimPrefix(rest, ","), sep)
	year, rest, ok3 := leading(rest, 4, 4)
	return year, month, day, rest, ok1 && ok2 && ok3
}

// monthName reads the English name of a month, or its first three letters, at the beginning of a
// text, and returns what follows; 0 if there is none.
func monthName(text string) (month int, rest string) {
	n := 0
	for n < len(text) && (text[n]|0x20 >= 'a' && text[n]|0x20 <= 'z') {
		n++
	}
	name, rest := text[:n], text[n:]
	for m := time.January; m <= time.December; m++ {
		if full := m.String(); strings.EqualFold(name, full) || strings.EqualFold(name, full[:3]) || m == time.September && strings.EqualFold(name, "sept") {
			return int(m), rest
		}
	}
	return 0, rest
}

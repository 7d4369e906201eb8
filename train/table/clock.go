package table

import (
	"strconv"
	"strings"
	"unicode"
)

// parseClock reads what follows a date, if anything does, and returns the seconds: 15:04, 15:04:05
// or 15:04:05.999, the hour of one digit or two, or 3:04 PM, behind a T, a blank, or a comma and a
// blank, and with or without a zone.
func parseClock(text string) (float64, bool) {
	if text == "" {
		return 0, true
	}
	rest, ok := strings.CutPrefix(text, ", ")
	if !ok {
		if text[0] != 'T' && text[0] != 't' && text[0] != ' ' {
			return 0, false
		}
		rest = text[1:]
	}
	hour, rest, ok1 := leading(rest, 1, 2)
	rest, ok2 := strings.CutPrefix(rest, ":")
	minute, rest, ok3 := leading(rest, 2, 2)
	if !ok1 || !ok2 || !ok3 || hour > 23 || minute > 59 {
		return 0, false
	}
	seconds := 0.0
	if strings.HasPrefix(rest, ":") {
		n := 1
		for n < len(rest) && (rest[n] >= '0' && rest[n] <= '9' || rest[n] == '.' && n == 3) {
			n++
		}
		v, err := strconv.ParseFloat(rest[1:n], 64)
		if err != nil || n < 3 || n > 3 && rest[3] != '.' || n == 4 || v >= 61 { // a leap second has 60
			return 0, false
		}
		seconds, rest = v, rest[n:]
	}
	if hour, rest, ok = halfDay(hour, rest); !ok {
		return 0, false
	}
	return float64(3600*hour+60*minute) + seconds, zone(strings.TrimPrefix(rest, " "))
}

// halfDay returns the hour of the day, where AM or PM may follow, and what follows that.
func halfDay(hour int, text string) (int, string, bool) {
	half := strings.TrimLeftFunc(text, unicode.IsSpace)
	if len(half) < 2 || half[1]|0x20 != 'm' || half[0]|0x20 != 'a' && half[0]|0x20 != 'p' {
		return hour, text, true
	}
	if hour < 1 || hour > 12 {
		return 0, "", false
	}
	hour %= 12
	if half[0]|0x20 == 'p' {
		hour += 12
	}
	return hour, half[2:], true
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

// leading reads a number of least to most digits, of as many as there are, and returns what follows.
func leading(text string, least, most int) (v int, rest string, ok bool) {
	n := 0
	for n < len(text) && text[n] >= '0' && text[n] <= '9' {
		n++
	}
	if n < least || n > most {
		return 0, text, false
	}
	v, _ = digits(text[:n])
	return v, text[n:], true
}

package table

import (
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// NumberFormat says how the numbers of a column are written. The zero value is the way of
// strconv.ParseFloat; the others were found where the whole column agreed.
type NumberFormat struct {
	Comma bool   // the decimals follow a comma
	Group string // between thousands: "" none, else one of , . ' and a blank
	Sign  string // percent or currency, at either end: 12.5 % is 12.5
}

// groups are those a format may have.
const groups = ",.' "

func (f NumberFormat) plain() bool { return f == NumberFormat{} }

func (f NumberFormat) String() string {
	if f.plain() {
		return ""
	}
	text := "1234.5"
	if f.Group != "" {
		text = "1" + f.Group + "234.5"
	}
	if f.Comma {
		text = text[:len(text)-2] + ",5"
	}
	if f.Sign != "" {
		text += " " + f.Sign
	}
	return text
}

// whole tells whether text has digits alone.
func whole(text string) bool {
	for i := range len(text) {
		if text[i] < '0' || text[i] > '9' {
			return false
		}
	}
	return text != ""
}

// plainNumber reads text that is a finite number, but for digits with a zero in front,
// which may be a code.
func plainNumber(text string) (float64, bool) {
	if text == "" {
		return 0, false
	}
	// Errors of ParseFloat allocate; texts are told by their first byte.
	switch first := text[0]; {
	case first == '0' && len(text) > 1 && whole(text):
		return 0, false
	case first >= '0' && first <= '9', first == '-', first == '+', first == '.':
		v, err := strconv.ParseFloat(text, 64)
		return v, err == nil && v-v == 0
	}
	return 0, false
}

// canonical returns the name of a number among categories.
func canonical(v float64) string {
	if v == 0 {
		return "0" // -0 too
	}
	if v == math.Trunc(v) && math.Abs(v) < exactDigits {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

// nameOf returns the text that a number stands for in a column of a type: what is a name has its digits.
func nameOf(t Type, v float64) string {
	if t != Category && v == math.Trunc(v) {
		return strconv.FormatFloat(v+0, 'f', -1, 64) // 0 for -0
	}
	return canonical(v)
}

// isInfinite tells whether text is a number beyond those of float64.
func isInfinite(text string) bool {
	v, err := strconv.ParseFloat(text, 64)
	return math.IsInf(v, 0) && (err == nil || strings.HasSuffix(err.Error(), strconv.ErrRange.Error()))
}

// parse reads text in the format. A number that has no sign where its column has a currency
// is one of it; without its percent sign a number may mean a share, and is refused.
func (f NumberFormat) parse(text string) (float64, bool) {
	if f.plain() {
		if whole(text) { // with zeros in front too
			v, err := strconv.ParseFloat(text, 64)
			return v, err == nil
		}
		return plainNumber(text)
	}
	// What training took for a plain number beside texts of the format is one.
	if v, s, ok := plainCell(text); ok && f.takes(s) {
		return f.number(v), true
	}
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, text)
	minus := ""
	take := func() { // of a minus, which stands on either side of a sign
		if text != "" && (text[0] == '-' || text[0] == '+') && minus == "" {
			minus, text = text[:1], strings.TrimLeft(text[1:], " ")
		}
	}
	take()
	if f.Sign != "" {
		before := text
		if text = strings.TrimPrefix(text, f.Sign); text == before {
			text = strings.TrimSuffix(text, f.Sign)
		}
		if text == before && f.Sign == "%" {
			return 0, false
		}
		text = strings.Trim(text, " ")
		take()
	}
	mark := "."
	if f.Comma {
		mark = ","
	}
	front, decimals, marked := strings.Cut(text, mark)
	if front, ok := ungroup(front, f.Group); ok && !strings.ContainsAny(decimals, ",'_ ") && (!marked || !strings.Contains(decimals, ".")) {
		if front == "" && decimals == "" || front != "" && !whole(front) && marked {
			return 0, false
		}
		text = minus + front
		if marked {
			text += "." + decimals
		}
		if text == minus || strings.ContainsAny(text[len(minus):], "+-") && !strings.ContainsAny(text, "eE") {
			return 0, false
		}
		v, err := strconv.ParseFloat(text, 64)
		return v, err == nil && v-v == 0
	}
	return 0, false
}

// ungroup removes the separators of thousands, which must stand where they belong.
func ungroup(text, group string) (string, bool) {
	if group == "" || !strings.Contains(text, group) {
		return text, !strings.ContainsAny(text, ",' _xX")
	}
	parts := strings.Split(text, group)
	for k, p := range parts {
		if !whole(p) || k > 0 && len(p) != 3 || k == 0 && (len(p) > 3 || p[0] == '0') {
			return "", false
		}
	}
	return strings.Join(parts, ""), true
}

// currencyCodes are those that are looked for; signs are those of Unicode.
var currencyCodes = []string{"USD", "EUR", "GBP", "CHF", "JPY"}

// signOf returns the percent or currency sign of a text, "" if it has none.
func signOf(text string) string {
	text = strings.TrimLeft(text, "+- ")
	for _, code := range currencyCodes {
		if strings.HasPrefix(text, code) || strings.HasSuffix(text, code) {
			return code
		}
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	for _, r := range []rune{first, last} {
		if r == '%' || unicode.Is(unicode.Sc, r) {
			return string(r)
		}
	}
	return ""
}

// Spellings of the plain numbers of a column.
type spelling byte

const (
	wholeNumbers  spelling = 1 << iota // digits alone
	signedNumbers                      // digits behind a sign
	threeDecimals                      // 1.234, which may be a thousand and more
	otherNumbers
)

func spellingOf(text string) spelling {
	digits := text
	if text[0] == '-' || text[0] == '+' {
		digits = text[1:]
	}
	front, decimals, marked := strings.Cut(digits, ".")
	switch {
	case marked && len(decimals) == 3 && len(front) <= 3 && whole(decimals) && whole(front) && front[0] != '0':
		return threeDecimals
	case marked || !whole(digits):
		return otherNumbers
	case len(digits) < len(text):
		return signedNumbers
	}
	return wholeNumbers
}

// plainCell reads a field that is a plain number and nothing else, whatever its column turns out to be.
// 1.000 may be a thousand, which 1 does not tell, and sixteen digits may be a name, which a number
// does not keep.
func plainCell(text string) (float64, spelling, bool) {
	v, ok := plainNumber(text)
	if !ok {
		return 0, 0, false
	}
	s := spellingOf(text)
	return v, s, !(s == threeDecimals && v == math.Trunc(v)) && !(s == wholeNumbers && v >= exactDigits)
}

// exactDigits bounds the digits that a number keeps and canonical writes as they are.
const exactDigits = 1e15

// takes tells whether the plain numbers of a column may stand beside texts in the format.
func (f NumberFormat) takes(s spelling) bool {
	switch {
	case f.Sign == "%":
		return false
	case !f.Comma:
		return true
	case f.Group == ".":
		return s&otherNumbers == 0
	}
	return s&(otherNumbers|threeDecimals) == 0
}

// number returns what a plain number means in the format, in a column that takes it.
func (f NumberFormat) number(v float64) float64 {
	if f.Comma && v != math.Trunc(v) {
		return math.Round(1000 * v)
	}
	return v
}

// sound tells whether the format is one that Read finds.
func (f NumberFormat) sound() bool {
	return len(f.Group) <= 1 && strings.Contains(groups, f.Group) && (f.Group != "," || !f.Comma) && (f.Group != "." || f.Comma) && (f.Sign == "" || signOf(f.Sign) == f.Sign)
}

package table

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/nearlinear/nearlinear/train/internal/fault"
)

// precomposed are Latin letters with a mark, each behind the letter without it: what
// Unicode's composition makes of one letter and one mark.
const precomposed = "AÀÁÂÃÄÅĀĂĄǍ CÇĆĈĊČ DĎ EÈÉÊËĒĔĖĘĚ GĜĞĠĢǦ HĤ IÌÍÎÏĨĪĬĮİǏ JĴ KĶǨ LĹĻĽ NÑŃŅŇ OÒÓÔÕÖŌŎŐǑ RŔŖŘ SŚŜŞŠȘ TŢŤȚ UÙÚÛÜŨŪŬŮŰŲǓ WŴ YÝŶŸ ZŹŻŽ " +
	"aàáâãäåāăąǎ cçćĉċč dď eèéêëēĕėęě gĝğġģǧ hĥ iìíîïĩīĭįǐ jĵ kķǩ lĺļľ nñńņň oòóôõöōŏőǒ rŕŗř sśŝşšș tţťț uùúûüũūŭůűųǔ wŵ yýŷÿ zźżž"

var baseLetters = func() map[rune]rune {
	base := make(map[rune]rune)
	for _, family := range strings.Fields(precomposed) {
		letters := []rune(family)
		for _, r := range letters[1:] {
			base[r] = letters[0]
		}
	}
	return base
}()

// bare returns name without marks, and whether it had any that stand by themselves.
func bare(name string) (letters string, combining bool) {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			combining = true
			return -1
		}
		if b, ok := baseLetters[r]; ok {
			return b
		}
		return r
	}, name), combining
}

// otherForm tells of a column that is named as the one that is missing but for letters
// whose marks stand by themselves in one of the two: Unicode's forms NFC and NFD, which look
// the same; or but for upper and lower case.
func otherForm(name string, names []string) string {
	letters, combining := bare(name)
	for _, other := range names {
		if l, c := bare(other); l == letters && (c || combining) && other != name {
			return fmt.Sprintf(" (%s is %s, and %s is %s: the same letters in another Unicode form; normalise the names)", fault.Clip(name), codePoints(name), fault.Clip(other), codePoints(other))
		}
	}
	for _, other := range names {
		if strings.EqualFold(name, other) {
			return fmt.Sprintf(" (is it %s?)", fault.Clip(other))
		}
	}
	return ""
}

// codePoints writes those of a name, the first twenty.
func codePoints(name string) string {
	var out []string
	for _, r := range name {
		if len(out) == 20 {
			out = append(out, "…")
			break
		}
		out = append(out, fmt.Sprintf("%U", r))
	}
	return strings.Join(out, " ")
}

package table

import "strings"

// booleanPairs are the words of false and true. Those of one letter may mean much else:
// a column is one of booleans only if it has both.
var booleanPairs = [...][2]string{{"false", "true"}, {"no", "yes"}, {"f", "t"}, {"n", "y"}}

// booleanWord returns the pair that text is of, and its value.
func booleanWord(text string) (pair int, value float64, ok bool) {
	if len(text) > len("false") {
		return 0, 0, false
	}
	text = strings.ToLower(text)
	for k, words := range booleanPairs {
		for v, word := range words {
			if text == word {
				return k, float64(v), true
			}
		}
	}
	return 0, 0, false
}

// booleans returns what each text of a column becomes, if all are words of one pair or
// missing, and the numbers beside them are 0 and 1.
func (c *column) booleans(cells cells) ([]float64, bool) {
	values := make([]float64, len(c.texts.names))
	pair, seen := -1, [2]bool{}
	for k, text := range c.texts.names {
		p, v, ok := booleanWord(text)
		switch {
		case ok && (pair < 0 || p == pair):
			pair, values[k], seen[int(v)] = p, v, true
		case lacks(text):
			values[k] = nan
		default:
			return nil, false
		}
	}
	if pair < 0 || pair > 1 && !(seen[0] && seen[1]) {
		return nil, false
	}
	for v := range cells.numbers() {
		if v != 0 && v != 1 {
			return nil, false
		}
	}
	return values, true
}

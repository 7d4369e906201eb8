package table

import "strings"

// lacks tells whether text stands for a missing value where the other values of the
// column are numbers, times or booleans. In a column of texts the empty field alone is
// missing: NA, None and - can be categories there, such as that of houses without an
// alley, and the feature of a category says as much as an indicator does.
func lacks(text string) bool {
	if len(text) > 4 {
		return false
	}
	switch strings.ToLower(text) {
	case "", "na", "n/a", "nan", "null", "none", "nil", "#n/a", "<na>", "-", "?":
		return true
	}
	return false
}

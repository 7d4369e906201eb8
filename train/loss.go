package train

import (
	"fmt"
	"strings"
)

// Loss says how much a residual counts.
type Loss int

const (
	// Squared is ½r²: the mean of the targets is fitted.
	Squared Loss = iota
	// Huber is ½r² up to 1.345 robust scales of the residuals and grows linearly beyond, so that
	// no row pulls harder than one with that residual, whatever its target: see Options.Loss.
	Huber
)

var lossNames = [...]string{Squared: "squared", Huber: "huber"}

// String returns the name the command uses.
func (l Loss) String() string {
	if l < 0 || int(l) >= len(lossNames) {
		return fmt.Sprintf("Loss(%d)", int(l))
	}
	return lossNames[l]
}

// ParseLoss is the inverse of String. It returns ErrOption for other text.
func ParseLoss(s string) (Loss, error) {
	for l, name := range lossNames {
		if s == name {
			return Loss(l), nil
		}
	}
	return Squared, fmt.Errorf("train: loss %q is none of %s: %w", s, strings.Join(lossNames[:], ", "), ErrOption)
}

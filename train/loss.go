package train

// Loss says how much a residual counts.
type Loss int

const (
	// Squared is ½r²: the mean of the targets is fitted.
	Squared Loss = iota
	// Huber is ½r² up to 1.345 robust scales of the residuals and grows linearly beyond, so that
	// no row pulls harder than one with that residual, whatever its target: see Options.Loss.
	Huber
)

var lossNames = names{Squared: "squared", Huber: "huber"}

// String returns the name the command uses.
func (l Loss) String() string { return lossNames.of("Loss", int(l)) }

// ParseLoss is the inverse of String. It returns ErrOption for other text.
func ParseLoss(s string) (Loss, error) {
	v, err := lossNames.parse("loss", s)
	return Loss(v), err
}

package train

// Effort says how much time a fit may take.
type Effort int

const (
	// UsualEffort is what is best where the error counts, and time a little.
	UsualEffort Effort = iota
	// Quick takes half the time of small tables, and a fifth less of large ones, for a somewhat larger error: a single network, of at most 2048 neurons, and
	// fewer fits, at most four, that tell its error.
	Quick
	// Thorough takes up to twice or three times as long for a somewhat smaller error of more than 2048 rows: up to 16384
	// neurons whatever they cost, as long as a step takes less than 2000 s by the plan. It is UsualEffort of fewer rows.
	Thorough
)

var effortNames = names{"default", "quick", "thorough"}

// String returns the name that ParseEffort takes.
func (e Effort) String() string { return effortNames.of("Effort", int(e)) }

// ParseEffort returns the effort of a name: default, quick or thorough, or ErrOption.
func ParseEffort(s string) (Effort, error) {
	v, err := effortNames.parse("effort", s)
	return Effort(v), err
}

// bounds are what an effort allows, where options leave it open.
type bounds struct {
	members       int     // networks of an average
	width, widest int     // neurons at first, and where more pay
	longStep      float64 // seconds of a step, from which on fewer neurons are taken
	judges        int     // fits without some rows that tell the error
	parts         int     // of the rows, without each of which the shape is chosen for these
}

// bounds returns those of an effort. Measured, two cores: on eleven tables of 133 to 5634 rows, three splits, Quick took 58 s
// in place of 122, with 1 % more error of numbers, as much of classes and 2 % more log-loss. Of generated tables of 20 000
// and 100 000 rows Quick had 1.2 and 0.6 % more error in 0.87 and 0.77 of the time, Thorough 2.6 and 2.8 % less in twice the time.
func (e Effort) bounds() bounds {
	b := bounds{members: defaultMembers, width: leastWidth, widest: mostWidth, longStep: longStep, judges: estimateFolds, parts: estimateParts}
	switch e {
	case Quick:
		b.members, b.width, b.widest, b.judges, b.parts = 1, leastWidth/2, leastWidth/2, 4, 2
	case Thorough:
		b.longStep = 10 * longStep
	}
	return b
}

// widens tells whether a plan with more neurons is worth its time beside that of the least width.
func (e Effort) widens(wide, least plan) bool {
	if e == Thorough {
		return wide.step < e.bounds().longStep
	}
	return (wide.method == Exact || wide.method == GramCG) && wide.step <= widerCost*least.step
}

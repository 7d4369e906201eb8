package train

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// mostOutliers are those that a report names.
const mostOutliers = 20

// Outlier is a row whose target the other rows contradict.
type Outlier struct {
	Row      int     // of those given to Fit
	Target   int     // index
	Residual float64 // target less its prediction by other rows, in the units of the target
	Scales   float64 // |Residual| in robust scales of the residuals, more than 10
}

// Outliers are the rows whose targets lie more than 10 robust scales (1.4826 × median absolute
// deviation of all residuals) off their predictions by the linearised model on other rows,
// and so where a squared and a robust fit disagree. Of Gaussian noise there is one in 10²² rows.
// With Squared they pull the model towards them, with Huber no harder than a row 1.345 robust
// scales off.
type Outliers struct {
	Count   int
	Largest []Outlier // by Scales, at most 20
	Loss    Loss      // of the fit
}

// newOutliers orders and counts them, nil for none. Others may read all meanwhile.
func newOutliers(all []Outlier, l Loss) *Outliers {
	if len(all) == 0 {
		return nil
	}
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Outlier) int {
		return cmp.Or(cmp.Compare(b.Scales, a.Scales), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Target, b.Target))
	})
	return &Outliers{Count: len(all), Largest: slices.Clip(all[:min(len(all), mostOutliers)]), Loss: l}
}

// String names the rows, and says what would help.
func (o *Outliers) String() string {
	var b strings.Builder
	many := "targets lie"
	if o.Count == 1 {
		many = "target lies"
	}
	fmt.Fprintf(&b, "%d %s more than %d robust scales off what other rows say:", o.Count, many, outlierScales)
	for i, v := range o.Largest {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " row %d", v.Row)
		if v.Target > 0 {
			fmt.Fprintf(&b, " target %d", v.Target)
		}
		fmt.Fprintf(&b, " by %.3g", v.Residual)
	}
	if len(o.Largest) < o.Count {
		b.WriteString(", …")
	}
	b.WriteString(" (the first row is 0)")
	if o.Loss == Huber {
		b.WriteString("; the loss bounds their pull")
	} else {
		b.WriteString("; -loss huber bounds the pull of such rows, for a single target")
	}
	return b.String()
}

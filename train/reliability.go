package train

import (
	"cmp"
	"math"
	"slices"
)

// reliabilityBins is the number of bins by which probabilities are judged.
const reliabilityBins = 15

// ReliabilityBin is rows of about the same probability of the class told.
type ReliabilityBin struct {
	Rows        int
	Probability float64 // that the class told is right, mean by weight
	Right       float64 // share of the rows, by weight, for which it is
	Chance      float64 // standard deviation of Right if the probabilities are true and the rows independent
}

// reliability orders rows by the probability p of the class told, cuts them into bins of equally many,
// one more or less, and returns these with the expected calibration error, the mean over all rows of
// |Right − Probability| of their bin, and the mean that it has by chance: if every probability is true,
// Right − Probability is about normal, with mean absolute value √(2/π) times its deviation.
func reliability(p []float64, right []bool, weights []float64) (bins []ReliabilityBin, ece, chance float64) {
	n := len(p)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(p[i], p[j]) })
	count := min(n, reliabilityBins)
	for b := range count {
		var total, told, was, variance float64
		rows := order[b*n/count : (b+1)*n/count]
		for _, i := range rows {
			w := weights[i]
			total += w
			told += float64(w * p[i])
			variance += float64(float64(w*w) * float64(p[i]*(1-p[i])))
			if right[i] {
				was += w
			}
		}
		ece += math.Abs(was - told)
		chance += math.Sqrt(2 / math.Pi * variance)
		bins = append(bins, ReliabilityBin{len(rows), told / total, was / total, math.Sqrt(variance) / total})
	}
	all := sum(weights)
	return bins, ece / all, chance / all
}

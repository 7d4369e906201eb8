package solver

type gramOperator struct {
	j TransOperator
	t []float64
}

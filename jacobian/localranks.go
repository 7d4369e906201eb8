package jacobian

import "sync"

// localRanks is a Reducer for ranks that are goroutines: the last one to arrive
// adds what all have brought, rank by rank.
type localRanks struct {
	mu      sync.Mutex
	turned  sync.Cond
	parts   [][]float64
	arrived int
	turn    int
}

type localRank struct {
	*localRanks
	rank int
}

// LocalRanks returns the Reducers of ranks that are goroutines of this process,
// one each: to try and to test what will run on several machines. A rank that
// does not come to a Sum leaves the others waiting.
func LocalRanks(size int) []Reducer {
	all := &localRanks{parts: make([][]float64, size)}
	all.turned.L = &all.mu
	ranks := make([]Reducer, size)
	for k := range ranks {
		ranks[k] = localRank{all, k}
	}
	return ranks
}

func (r localRank) Rank() int { return r.rank }
func (r localRank) Size() int { return len(r.parts) }

func (r localRank) Sum(x []float64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.parts[r.rank] = x
	if r.arrived++; r.arrived < len(r.parts) {
		for turn := r.turn; r.turn == turn; {
			r.turned.Wait()
		}
		return
	}
	for i := range x {
		sum := r.parts[0][i]
		for _, p := range r.parts[1:] {
			sum += p[i]
		}
		for _, p := range r.parts {
			p[i] = sum
		}
	}
	r.arrived = 0
	r.turn++
	r.turned.Broadcast()
}

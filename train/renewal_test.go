package train

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

// TestResumeAroundARenewal kills fits before, in the middle of and after each step
// that makes a preconditioner anew because the iterations beyond those expected have come
// to its cost (with a preconditioner at hand there is no other reason): these sums
// and the weights it was made at are part of the state.
func TestResumeAroundARenewal(t *testing.T) {
	for _, c := range []checkpointCase{
		{"gram-cg", 1, Options{Method: GramCG, Rank: 40, Damping: 1e-4, Ridge: NoRidge, MaxSteps: 9}},
		{"matrix-free", 1, Options{Method: MatrixFree, Rank: 20, Damping: 0.01, Ridge: NoRidge, InnerTol: 1e-8, MaxSteps: 9}},
		{"sketched", 1, Options{Method: Sketched, Damping: 1e-6, MaxSteps: 8, Ridge: 3e-3}},
	} {
		model, report, err := c.fit(t.Context(), c.o)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		want := bitsOf(t, model, report)
		made, renewals := false, 0
		for i, s := range report.Steps {
			renewed := made && s.Renewed
			made = made || s.Renewed
			if !renewed {
				continue
			}
			renewals++
			for _, kill := range []struct {
				when  string
				step  int   // after which
				looks int64 // and so many looks at the context
			}{{"before", i - 1, 0}, {"early in", i - 1, 3}, {"in", i - 1, 20}, {"after", i, 0}} {
				o := c.o
				o.Checkpoint, o.CheckpointSteps = filepath.Join(t.TempDir(), "c"), 1
				ctx, cancel := context.WithCancel(t.Context())
				counted := &specimen.Countdown{Context: ctx, Cancel: cancel}
				counted.Left.Store(1 << 60)
				o.Progress = func(s Step) bool {
					if s.Index == kill.step {
						counted.Left.Store(kill.looks)
					}
					return true
				}
				_, _, err := c.fit(counted, o)
				cancel()
				if err == nil && kill.step < len(report.Steps)-1 {
					t.Errorf("%s: not killed %s step %d", c.name, kill.when, i)
				}
				o.Progress, o.Workers = nil, 3
				model, r, err := c.fit(t.Context(), o)
				if err != nil {
					t.Fatalf("%s, killed %s step %d: %v", c.name, kill.when, i, err)
				}
				if r.Resumed == 0 || r.Resumed > kill.step+1 {
					t.Errorf("%s, killed %s step %d: %d steps resumed", c.name, kill.when, i, r.Resumed)
				}
				if bitsOf(t, model, r) != want {
					t.Errorf("%s, killed %s step %d: other bits", c.name, kill.when, i)
				}
			}
		}
		t.Logf("%s: %d renewals in %d steps", c.name, renewals, len(report.Steps))
		if renewals == 0 {
			t.Errorf("%s: none was renewed", c.name)
		}
	}
}

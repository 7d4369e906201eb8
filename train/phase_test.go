package train

import (
	"bytes"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// labelled returns the number of goroutines that the goroutine profile shows with
// the label of a phase, or with that of any if the name is empty; such with equal
// stacks count as one.
func labelled(name string) int {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 1)
	if name == "" {
		return strings.Count(b.String(), `"train.phase":`)
	}
	return strings.Count(b.String(), `"train.phase":"`+name+`"`)
}

// TestFitLabelsItsPhases looks at the labels of a running Fit from outside.
func TestFitLabelsItsPhases(t *testing.T) {
	p := sphere(200, 10, 1)
	for _, on := range []bool{true, false} {
		finish := make(chan struct{})
		all := make(chan bool)
		go func() {
			seen := map[string]bool{}
			for {
				select {
				case <-finish:
					all <- len(seen) == 5
					return
				default:
				}
				for _, name := range []string{"forward", "gram", "factor", "solve", "update"} {
					if labelled(name) > 0 {
						seen[name] = true
					}
				}
				if len(seen) == 5 {
					close(all)
					return
				}
			}
		}()
		deadline := time.Now().Add(20 * time.Second)
		if !on {
			deadline = time.Now().Add(30 * time.Millisecond)
		}
		done := false
		o := &Options{Width: 1024, Ridge: NoRidge, MaxSteps: 1 << 20, Method: Exact, Rule: GaussNewton, ProfileLabels: on, Progress: func(Step) bool {
			select {
			case <-all:
				done = true
			default:
			}
			return !done && time.Now().Before(deadline)
		}}
		for !done && time.Now().Before(deadline) {
			if _, _, err := Fit(t.Context(), p.x, p.y, p.d, o); err != nil {
				t.Fatal(err)
			}
		}
		if done != on {
			t.Errorf("labels %v: all phases seen %v", on, done)
		}
		if !done {
			close(finish)
			<-all
		}
		for end := time.Now().Add(time.Second); labelled("") > 0; { // helpers end by themselves
			if time.Now().After(end) {
				t.Fatal("labels stay behind")
			}
		}
	}
}

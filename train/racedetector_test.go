package train

import "testing"

// notUnderRace marks a test that measures errors over many fits: the race detector makes
// it ten times as long and sees in it no more than in tests of bits, workers, cancelling
// and resuming.
func notUnderRace(t *testing.T) {
	t.Helper()
	if raceDetector {
		t.Skip("measures errors, which the race detector does not change")
	}
}

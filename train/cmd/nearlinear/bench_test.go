package main

import "testing"

// BenchmarkFit runs the command, as a process, on the built-in table with all defaults: from the
// start of the program to its end.
func BenchmarkFit(b *testing.B) {
	for b.Loop() {
		if out, err := process(b, "fit").CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
}

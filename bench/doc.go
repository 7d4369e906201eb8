// Package bench measures the library beside its peers, in one run on one
// machine. It is a module of its own, so that what it compares with is no
// dependency of the library.
//
//	cd bench && go test -bench . -count 5 | tee new.txt && benchstat -col /lib new.txt
//
// Names are key=value pairs: lib is what is measured, the rest is the problem.
// Benchmarks of one problem follow each other, so that -count alternates them.
package bench

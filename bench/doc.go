// Package bench measures the library beside its peers, in one run on one
// machine. It is a module of its own, so that what it compares with is no
// dependency of the library.
//
//	cd bench && go test -bench . | tee -a new.txt && benchstat -col /lib new.txt
//
// Names are key=value pairs: lib is what is measured, the rest is the problem.
// Run the command several times and compare medians: -count repeats one
// benchmark before it goes on to the next.
package bench

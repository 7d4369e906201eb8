// Command trust runs what shows that the library can be trusted, and writes what came
// of it as a page, TRUST.md: golden hashes on every path and platform at hand, guard
// pages, faults, the end of contexts, memory and pauses, numbers at the edge,
// concurrency and the fuzz targets.
//
//	cd bench && go run ./trust
//
// Each part is a section of the page, with a command, its result and its time in each
// line. With -only some parts are done again and the other sections stay as they
// are; each says when, of which revision and on which machine it was made. What needs
// a program that is not installed, such as an emulator, is left out, and the line
// says so. -fuzzlogs tells what earlier runs of make fuzz or go test -fuzz wrote
// instead of running the targets; logs in folders of their own are tables of their
// own. -quick does little of everything, to see it run. The exit code is 1 if
// anything failed.
package main

// Command trust runs what shows that the library can be trusted, and writes what came
// of it as a page, TRUST.md: golden hashes on every path and platform at hand, guard
// pages, numbers at the edge, faults, the end of contexts, memory and pauses,
// concurrency and the fuzz targets.
//
//	cd bench && go run ./trust
//
// Each part is a section of the page, made of targets of the Makefile, each with its
// result and its time. With -only some parts are done again and the other sections stay as they
// are; each says when, of which revision and on which machine it was made. What needs
// a program that is not installed, such as an emulator, is left out, and the line
// says so. SOAK and FUZZTIME in the environment are the times of make soak and make fuzz. -fuzzlogs
// tells what earlier runs of make fuzz wrote instead of running the targets: files, each a table of
// its own, named for the processor and the load, say. The exit code is 1 if anything failed.
package main

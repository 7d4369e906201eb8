// Command report measures the library beside its peers on the machine at hand, and
// writes what it found as a page, RESULTS.md, with plots beside it in plots/.
//
//	cd bench && go run ./report
//
// Each study is a section of the page. Works that are compared are done in turn, in
// one run, and what is given is the median with the first and the third quartile. A peer
// that is not installed is left out, and the section says so. With -only some studies are done
// again and the other sections stay as they are; each section says when and of which
// revision it is. -quick does everything on small problems, to see it run.
package main

// Package bench measures the library beside its peers, in one run on one
// machine. It is a module of its own, so that what it compares with is no
// dependency of the library.
//
//	cd bench && go test -bench . -benchtime 0.5s | tee -a new.txt
//
// Names are key=value pairs. Where a peer is named, both do the same work in turn, and
// what is reported is the median time of ours (ms), that of the peer (peer-ms) and how
// many times faster ours is; lib=… are measured one after the other. Run the
// command several times and compare: -count repeats one benchmark before it goes on to the next.
// A benchtime of 1x, or -short, only shows that everything runs, on small problems.
//
// Peers in Python and in C run as processes of their own, see Peer. Without a Python that
// has numpy and scipy their benchmarks are skipped.
package bench

package mpi

/*
#cgo pkg-config: ompi-c
#include <stdlib.h>
#include <mpi.h>

// Macros of mpi.h that cgo cannot see through.
static MPI_Comm world(void) { return MPI_COMM_WORLD; }

static int start(int *provided) {
	// The Go runtime has its own handlers for faults and prints goroutines.
	setenv("OMPI_MCA_opal_signal", "", 0);
	return MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, provided);
}
static int sum(double *x, int n) {
	return MPI_Allreduce(MPI_IN_PLACE, x, n, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}
static int gather(double *dst, const int *counts, const int *offsets) {
	return MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, dst, counts, offsets, MPI_DOUBLE, MPI_COMM_WORLD);
}
static int gather_bytes(void *dst, int each) {
	return MPI_Allgather(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, dst, each, MPI_BYTE, MPI_COMM_WORLD);
}
static int broadcast(void *x, int n, int root) { return MPI_Bcast(x, n, MPI_BYTE, root, MPI_COMM_WORLD); }
static int barrier(void) { return MPI_Barrier(MPI_COMM_WORLD); }
static int quit(int code) { return MPI_Abort(MPI_COMM_WORLD, code); }
*/
import "C"

import (
	"errors"
	"fmt"
	"time"
	"unsafe"
)

// ErrMPI is what MPI's own failures wrap.
var ErrMPI = errors.New("MPI call failed")

// piece is the number of bytes of one call, whose counts are C's int.
const piece = 1 << 28

// World is all processes of the job: MPI_COMM_WORLD. It satisfies
// jacobian.Reducer.
type World struct {
	rank, size int
	spent      time.Duration
	calls      int64
	bytes      int64
}

// Init starts MPI. It is to be called once in a process, before anything else
// here; the process should end by Finalize or Abort.
func Init() (*World, error) {
	var provided, rank, size C.int
	if code := C.start(&provided); code != C.MPI_SUCCESS {
		return nil, fmt.Errorf("mpi: MPI_Init_thread returned %d: %w", int(code), ErrMPI)
	}
	if provided < C.MPI_THREAD_SERIALIZED {
		return nil, fmt.Errorf("mpi: this MPI has no support for calls from more than one thread, which goroutines need: %w", ErrMPI)
	}
	if C.MPI_Comm_rank(C.world(), &rank) != C.MPI_SUCCESS || C.MPI_Comm_size(C.world(), &size) != C.MPI_SUCCESS {
		return nil, fmt.Errorf("mpi: no rank or size: %w", ErrMPI)
	}
	return &World{rank: int(rank), size: int(size)}, nil
}

// Rank returns this process's number, from 0.
func (w *World) Rank() int { return w.rank }

// Size returns the number of processes.
func (w *World) Size() int { return w.size }

// Sum replaces x by the sum over all ranks, element by element (MPI_Allreduce).
// The order of its additions is MPI's: the same for the same number of ranks and
// length. It panics if MPI returns an error, which its default handler does not.
func (w *World) Sum(x []float64) {
	defer w.clock(8 * len(x))()
	for len(x) > 0 {
		n := min(len(x), piece/8)
		must("MPI_Allreduce", C.sum((*C.double)(&x[0]), C.int(n)))
		x = x[n:]
	}
}

// Gather fills x, of which each rank contributes the elements [cuts[rank],
// cuts[rank+1]), with those of all ranks (MPI_Allgatherv). cuts ascends, is the
// same on all ranks and has Size()+1 elements; len(x) is its last. It panics on
// other lengths, and beyond 2³¹ − 1 elements.
func (w *World) Gather(x []float64, cuts []int) {
	defer w.clock(8 * len(x))()
	if len(cuts) != w.size+1 || cuts[0] != 0 || cuts[w.size] != len(x) || len(x) > 1<<31-1 {
		panic(fmt.Sprintf("mpi: Gather of %d values, cut at %v, for %d ranks", len(x), cuts, w.size))
	}
	if len(x) == 0 {
		return
	}
	counts, offsets := make([]C.int, w.size), make([]C.int, w.size)
	for k := range counts {
		if cuts[k+1] < cuts[k] {
			panic(fmt.Sprintf("mpi: Gather cut at %v", cuts))
		}
		counts[k], offsets[k] = C.int(cuts[k+1]-cuts[k]), C.int(cuts[k])
	}
	must("MPI_Allgatherv", C.gather((*C.double)(&x[0]), &counts[0], &offsets[0]))
}

// GatherBytes returns what each rank contributes, rank by rank, all the same
// length (MPI_Allgather). It panics beyond 2³¹ − 1 bytes a rank.
func (w *World) GatherBytes(mine []byte) [][]byte {
	defer w.clock(len(mine) * w.size)()
	if len(mine) > 1<<31-1 {
		panic(fmt.Sprintf("mpi: GatherBytes of %d bytes a rank", len(mine)))
	}
	all := make([][]byte, w.size)
	if len(mine) == 0 {
		return all
	}
	buf := make([]byte, w.size*len(mine))
	copy(buf[w.rank*len(mine):], mine)
	must("MPI_Allgather", C.gather_bytes(unsafe.Pointer(&buf[0]), C.int(len(mine))))
	for k := range all {
		all[k] = buf[k*len(mine) : (k+1)*len(mine)]
	}
	return all
}

// Broadcast replaces x by that of the root (MPI_Bcast).
func (w *World) Broadcast(x []float64, root int) {
	if len(x) > 0 {
		w.BroadcastBytes(unsafe.Slice((*byte)(unsafe.Pointer(&x[0])), 8*len(x)), root)
	}
}

// BroadcastBytes replaces x by that of the root (MPI_Bcast).
func (w *World) BroadcastBytes(x []byte, root int) {
	defer w.clock(len(x))()
	for len(x) > 0 {
		n := min(len(x), piece)
		must("MPI_Bcast", C.broadcast(unsafe.Pointer(&x[0]), C.int(n), C.int(root)))
		x = x[n:]
	}
}

// Barrier returns once all ranks have called it.
func (w *World) Barrier() {
	defer w.clock(0)()
	must("MPI_Barrier", C.barrier())
}

// Traffic tells the calls so far, the bytes each sent or received, and the time
// they took, waiting for slower ranks included.
func (w *World) Traffic() (calls, bytes int64, spent time.Duration) {
	return w.calls, w.bytes, w.spent
}

// Finalize ends MPI; no rank may still expect a call of this one.
func (w *World) Finalize() error {
	if code := C.MPI_Finalize(); code != C.MPI_SUCCESS {
		return fmt.Errorf("mpi: MPI_Finalize returned %d: %w", int(code), ErrMPI)
	}
	return nil
}

// Abort ends the whole job, all ranks, with an exit code. It does not return.
func (w *World) Abort(code int) {
	C.quit(C.int(code))
}

func (w *World) clock(bytes int) func() {
	began := time.Now()
	return func() {
		w.calls++
		w.bytes += int64(bytes)
		w.spent += time.Since(began)
	}
}

func must(name string, code C.int) {
	if code != C.MPI_SUCCESS {
		panic(fmt.Sprintf("mpi: %s returned %d", name, int(code)))
	}
}

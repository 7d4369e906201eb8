// Command nearlinear-mpi fits a wide network whose neurons are spread over the
// processes of an MPI job.
//
//	mpirun -np 4 nearlinear-mpi fit -data table.csv -target price -width 262144 -out price.model
//
// Rank 0 reads the table and sends it to all; each rank keeps its share of the
// weights, of the gates and of the step. The model file is the ordinary one,
// which nearlinear predict reads.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nearlinear/nearlinear/train/internal/fitflags"
	"github.com/nearlinear/nearlinear/train/mpi"
)

const usage = `usage: mpirun -np N nearlinear-mpi fit [flags]

  -data file         CSV table with a header line, read by rank 0
  -target column     column to predict (the last one)
  -out file          save the model here; ranks write out.part-0, -1, … first,
                     in a folder that all of them see
  -checkpoint file   keep the state here from time to time, in a folder that all
                     ranks see; if it is there, go on from it, on any number of
                     ranks; removed once the model is saved, unless time ran out
  -checkpoint-steps n  keep it every n steps too
  -width m           neurons of the whole network (65536)
` + fitflags.Usage + `  -workers n         threads of each rank (all processors)
  -fast              let MPI order the sums: less to send, and bits that depend
                     on the number of ranks
`

func main() {
	world, err := mpi.Init()
	if err != nil {
		fmt.Fprintln(os.Stderr, "nearlinear-mpi:", err)
		os.Exit(1)
	}
	// mpirun passes SIGTERM and SIGUSR1 on to the ranks, not SIGINT.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGUSR1)
	defer stop()
	code := 0
	if err := run(ctx, world, os.Args[1:]); err != nil {
		code = 1
		if errors.Is(err, errUsage) {
			code = 2
		}
		tell(world, err, code)
	}
	if err := world.Finalize(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, "nearlinear-mpi:", err)
		code = 1
	}
	os.Exit(code)
}

// grace is how long a rank that has failed waits for the others to fail too.
const grace = 2 * time.Second

// tell reports an error. What all ranks have, rank 0 tells, once. What one rank
// has, the others do not know, and may wait for it in a sum for ever: it ends the
// job.
func tell(world *mpi.World, err error, code int) {
	alone := time.AfterFunc(grace, func() {
		fmt.Fprintf(os.Stderr, "nearlinear-mpi: rank %d: %v\n", world.Rank(), err)
		world.Abort(code)
	})
	world.Barrier()
	alone.Stop()
	if world.Rank() == 0 {
		fmt.Fprintln(os.Stderr, "nearlinear-mpi:", err)
	}
}

var errUsage = errors.New("wrong usage")

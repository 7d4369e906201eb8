package mpi_test

import (
	"context"
	"fmt"
	"log"

	"github.com/nearlinear/nearlinear/train"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/mpi"
)

// The program of each rank: a fit whose network is spread over all of them, and the
// model in one file, out of the shares that the ranks write into a folder all of
// them see.
func Example() {
	world, err := mpi.Init()
	if err != nil {
		log.Fatal(err)
	}
	x, y := []float64{0, 0, 0, 1, 1, 0, 1, 1}, []float64{0, 1, 1, 0} // the same on all ranks
	fitted, report, err := train.Fit(context.Background(), x, y, 2, &train.Options{Width: 1 << 16, Reducer: world})
	if err != nil {
		log.Print(err)
		world.Abort(1)
	}
	paths := make([]string, world.Size())
	for k := range paths {
		paths[k] = fmt.Sprintf("xor.part-%d", k)
	}
	if err := fitted.SaveShare(paths[world.Rank()]); err != nil {
		log.Print(err)
		world.Abort(1) // the others wait in Barrier
	}
	world.Barrier()
	if world.Rank() == 0 {
		if err := model.JoinShares("xor.model", paths); err != nil {
			log.Print(err)
			world.Abort(1)
		}
		_, bytes, spent := world.Traffic()
		fmt.Println(report.Stop, "after", len(report.Steps)-1, "steps;", bytes, "bytes in sums, which took", spent)
	}
	if err := world.Finalize(); err != nil {
		log.Fatal(err)
	}
}

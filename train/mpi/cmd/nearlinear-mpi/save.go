package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/nearlinear/nearlinear/train/internal/atomicfile"
	"github.com/nearlinear/nearlinear/train/model"
	"github.com/nearlinear/nearlinear/train/mpi"
)

// share is the path of rank k's share of the model.
func (j *job) share(k int) string { return fmt.Sprintf("%s.part-%d", j.out, k) }

// writable fails, on all ranks alike, where save would: to find that out after a
// training is late.
func (j *job) writable(world *mpi.World) error {
	if j.out == "" {
		return nil
	}
	err := atomicfile.Check(j.share(world.Rank()))
	if err == nil && world.Rank() == 0 {
		err = atomicfile.Check(j.out)
		for flag, other := range map[string]string{"-data": j.data, "-checkpoint": j.options.Checkpoint} {
			if err == nil && (filepath.Clean(j.out) == filepath.Clean(other) || atomicfile.Same(j.out, other)) {
				err = fmt.Errorf("%s is the file of %s as well", j.out, flag)
			}
		}
	}
	if err != nil {
		err = fmt.Errorf("-out: %w", err)
	}
	return shared(world, err)
}

// save writes the shares of all ranks, which rank 0 then joins. All ranks return
// the same error: one that left alone would not be where the others expect it.
func (j *job) save(world *mpi.World, model *model.Model) error {
	if j.out == "" {
		return nil
	}
	paths := make([]string, world.Size())
	for k := range paths {
		paths[k] = j.share(k)
	}
	// A share that a killed job has left must not pass for one of this job, which it
	// would where the ranks see different folders.
	var err error
	if world.Rank() == 0 {
		err = removeFiles(paths)
	}
	if err := shared(world, err); err != nil {
		return err
	}
	own := paths[world.Rank()]
	err = model.SaveShare(own)
	if failed := shared(world, err); failed != nil {
		if err == nil {
			os.Remove(own) // of no use without the others
		}
		return failed
	}
	if world.Rank() == 0 {
		err = j.join(paths)
	}
	return shared(world, err)
}

// join makes the model file of the shares, and removes them.
func (j *job) join(paths []string) error {
	err := model.JoinShares(j.out, paths)
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("%w; do all ranks see the same folder?", err)
	}
	if err != nil {
		return err
	}
	if err := removeFiles(paths); err != nil {
		return err
	}
	fmt.Println("saved    model", j.out)
	return nil
}

// removeFiles removes those of the paths that are files.
func removeFiles(paths []string) error {
	for _, p := range paths {
		if info, err := os.Lstat(p); err != nil || !info.Mode().IsRegular() {
			continue
		}
		if err := os.Remove(p); err != nil {
			return err
		}
	}
	return nil
}

// shared returns on all ranks the error of the first one that has any, with its
// number.
func shared(world *mpi.World, mine error) error {
	text := ""
	if mine != nil {
		text = mine.Error()
	}
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(text)))
	for k, b := range world.GatherBytes(length) {
		if n := binary.LittleEndian.Uint64(b); n > 0 {
			said := make([]byte, n)
			if world.Rank() == k {
				copy(said, text)
			}
			world.BroadcastBytes(said, k)
			return fmt.Errorf("rank %d: %s", k, said)
		}
	}
	return nil
}

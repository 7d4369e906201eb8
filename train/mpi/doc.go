// Package mpi joins the processes of an MPI job, so that they hold one wide
// network together: a [World] is the Reducer that packages train and jacobian ask
// for. It binds the few calls that this takes of Open MPI by cgo; what crosses
// the network, and how, is MPI's affair. Command nearlinear-mpi, in this module,
// is the fit of a table by these means.
//
// # What is spread
//
// A network of m neurons is cut by neurons. Rank k of p has the rows of W from
// lo to hi, as jacobian.Shard says, and with them the columns of J:
//
//	J = [J_0 … J_p-1]        JJᵀ = Σ_k J_k J_kᵀ
//
//	rank 0   W_0, gates and step of its neurons ┐
//	rank 1   W_1, …                             ├─ one Sum a product with J or JJᵀ
//	rank 2   W_2, …                             ┘
//
// Samples, targets and all vectors of n values are on every rank. Products with Jᵀ
// need no other rank, those with J and JJᵀ take one sum; memory and time of what goes
// by neurons fall as 1/p. What goes by samples alone does not: each rank factors the
// n × n system, or makes the preconditioner, for itself.
//
// # A program
//
//	world, err := mpi.Init()                       // once, first of all
//	…
//	o := &train.Options{Width: 1 << 18, Reducer: world}
//	model, report, err := train.Fit(ctx, x, y, d, o) // the same call on every rank
//	err = model.SaveShare(fmt.Sprint("model.part-", world.Rank()))
//	world.Barrier()                                // the shares are there:
//	…                                              // rank 0 calls train.JoinShares
//	err = world.Finalize()
//
// Processes are started by mpirun, or by srun with PMIx support; one that is
// started by itself is a world of one rank. Data and options must be the same on
// all ranks; Workers, Progress and the context may differ. A context that ends on one
// rank ends the fit on all, at the same sum.
//
// # Collective calls
//
// All calls but Rank, Size, Traffic and Abort are collective: every rank makes them,
// in the same order and with the same lengths, from one goroutine at a time. A rank
// that returns early, because a file could not be written on it, leaves the
// others waiting: let the ranks tell each other how it went ([World.GatherBytes]), and
// all return the same error, or end the job ([World.Abort]).
//
// # Same bits
//
// The ordered mode, which is the default, has the bits of one process without MPI, on
// 1, 2, … 16 ranks: to each element of its sums one rank alone contributes, or all
// contribute whole numbers, so that the order in which MPI adds does not matter. A sum
// has n values a section of neurons for that, up to 16 of them. With Options.FastReduce,
// MPI's order counts, a sum has n values, and each number of ranks has bits of its own:
// the same ones again each time with one build of Open MPI on the same machines, as far
// as its choice of algorithm is the same.
//
// # Failures
//
// MPI's own error handler ends the job when a call fails, and mpirun ends it when
// a process dies: no rank is left waiting, and a checkpoint (Options.Checkpoint)
// goes on from there, on any number of ranks. There is no recovery within a job.
// A NaN that one rank contributes to a sum ends the fit on all ranks, with train.ErrNotFinite.
//
// # Requirements
//
// cgo, and Open MPI whose pkg-config file is found as ompi-c. Nothing is written
// for the ABI of MPICH. All ranks must run on machines of the same byte order.
package mpi

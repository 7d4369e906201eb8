// Package asm holds the raw kernels of the library: short loops over flat
// slices, in assembly where the processor has it and in Go everywhere else.
//
// It is importable, but it promises no stable names: the packages above it
// (hadamard, jacobian, solver, train) are the interface.
//
// # One result
//
// The file foo_generic.go of a kernel is its specification, the order of every
// sum included; the assembly in foo_amd64.s and foo_arm64.s returns the same bits.
// Three rules make that possible.
//
//   - Vectors run across outputs, never across the terms of one sum, so a
//     wider register changes nothing. [Dot] is the exception: it sums in 16
//     lanes, which the generic code spells out.
//   - Where assembly fuses a product and a sum, generic code calls math.FMA;
//     where assembly rounds the product, generic code writes float64(x*y),
//     which the compilers of arm64, ppc64 and s390x would fuse otherwise.
//   - Work is cut at fixed places, whatever the number of workers, and partial
//     results are joined in index order ([Team]).
//
// # Path
//
// One path is chosen for the whole program, and [Info], as the command nearlinear
// info, names it.
//
//   - AVX-512 on amd64 with AVX-512 F, DQ, BW and VL; the counts of the Gram matrix
//     want VPOPCNTDQ too, and some short kernels stay on 256 bits.
//   - AVX2 on amd64 with AVX2 and FMA.
//   - NEON on arm64, whose processors all have it, but for the kernels of float32 vectors,
//     SignedBits, ScaleCounts and what packs rows, transposes or solves with a
//     triangle, which are generic there.
//   - Generic Go everywhere else, and with the build tags purego or noasm, which
//     leave assembly out altogether. Every fused multiply-add is a math.FMA there: an
//     instruction on amd64, arm64, ppc64, s390x and riscv64, slow software on 386
//     and wasm. Results are the same, speed is not.
//
// On amd64 the choice is made when the program starts, from golang.org/x/sys/cpu, which
// reads GODEBUG: cpu.avx512f=off in that variable declines AVX-512, cpu.avx2=off
// or cpu.fma=off AVX2 and AVX-512 with it.
//
// # Time
//
// Assembly cannot be preempted by the Go scheduler, so no call into it lasts
// longer than about 100 µs: the Go wrapper of a kernel cuts long arguments.
package asm

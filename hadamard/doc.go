// Package hadamard computes the fast Walsh–Hadamard transform (FWHT) and the
// sketches made of it: the subsampled randomized Hadamard transform (SRHT) and
// its Kronecker-structured form.
//
// # The transform
//
// The Hadamard matrix of order n = 2ᵏ has entries
//
//	H[i][j] = (-1)^popcount(i & j)
//
// in natural (Sylvester) order. It is symmetric, H·H = n·I, and the Kronecker
// product of smaller ones: H of order a·b is H_a ⊗ H_b. [Transform] replaces x
// by H·x with n·log₂n additions instead of n² products. There is no scale
// unless one is asked for:
//
//	Unscaled     1      twice gives n·x; what Transform does
//	Orthonormal  1/√n   keeps the norm; twice gives x
//	Inverted     1/n    undoes Unscaled; what Inverse does
//
// # Vectors, rows, columns
//
//	one vector, in place       Transform, Inverse
//	one vector, out of place   TransformTo
//	any length, zero-padded    TransformPadded
//	length 12·2ᵏ, 20·2ᵏ, 28·2ᵏ TransformMixed, InverseMixed, rows and columns below
//	each row of a matrix       TransformRows
//	each column of a matrix    TransformCols
//	both, of a matrix          Transform2D
//	the same again and again   NewPlan, then the methods of Plan
//
// Matrices are row-major, with any distance between rows. [Options] select the
// order of the outputs ([Natural], [Sequency], [Dyadic]), the scale and the
// number of workers. Columns are transformed where they are, eight rows at a
// time along the rows, and cost what rows cost; but see [Plan.Cols] for a few
// columns of a wide matrix. Lengths that are not a power of two panic, except
// where a function says that it pads.
//
// [XorConvolve] and [XorCorrelate] are the dyadic convolution and
// autocorrelation, which the transform turns into products.
//
// # The sketches
//
// An [SRHT] compresses vectors of length n to length s < n and keeps their
// norms and angles, on average exactly and each one with high probability:
//
//	S = (1/√s) · P · H · D
//
// Random signs D and the transform spread x over all coordinates, after which
// any few of them, chosen by P, represent it. Neither of the two may be left
// out: without signs, or with rows that are not random, there are ordinary
// data (near-duplicate rows) that break the sketch. [SRHT.Apply] takes one
// vector, [SRHT.ApplyCols] a matrix. A [BlockSRHT] transforms blocks of 1024 by
// themselves: nothing is padded to 2ᵏ ≥ n, and scratch does not grow with n.
//
// A [KroneckerSRHT] does the same for vectors in ℝᵐ ⊗ ℝᵈ. On a Kronecker
// product u ⊗ v it works on u and v alone, in m·log m + d·log d + s operations
// for a vector of length m·d that is never formed.
//
// # What is promised
//
// The same bits everywhere: a result depends on the inputs, the options and
// the seed, not on the processor, its vector width, GOMAXPROCS or the number
// of workers. Nothing is allocated after construction, but for a pool of
// scratch where a method says so. Functions and the methods of sketches
// may run in any number of goroutines at once; a Plan
// serves one call at a time.
//
// Constructors return errors that wrap [ErrOption], [ErrDimension] or
// [ErrSampleSize]. All else panics on a wrong length, before touching memory.
//
// Not promised: that the result in float32 is that of float64, rounded. Errors
// grow like log₂n roundings of the element type.
package hadamard

// Package hadamard computes the fast Walsh–Hadamard transform (FWHT) and what is
// made of it: random rotations, and the subsampled randomized Hadamard transform
// (SRHT) with its Kronecker-structured form.
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
//	length 12·2ᵏ, 20·2ᵏ, 28·2ᵏ TransformMixed, InverseMixed, and those below
//	each row of a matrix       TransformRows
//	each column of a matrix    TransformCols
//	both, of a matrix          Transform2D
//	the same again and again   NewPlan, then the methods of Plan
//
// Matrices are row-major, with any distance between rows. [Options] select the
// order of the outputs ([Natural], [Sequency], [Dyadic]), the scale and the
// number of workers. Columns are transformed where they are, eight rows at a
// time along the rows, and cost what rows cost; but see [Plan.Cols] for a few
// columns of a wide matrix. Lengths that are not a power of two, or an order of
// [TransformMixed], panic, except where a function says that it pads.
//
// [XorConvolve] and [XorCorrelate] are the dyadic convolution and
// autocorrelation, which the transform turns into products.
//
// # Rotations
//
// A [Rotation] is a random orthogonal matrix of any order d ≥ 2 that takes
// O(d·log d) to apply and 32 bytes to store. It is what quantisers of embeddings
// begin with: a vector may have its weight in a few coordinates, or a pattern; its
// rotation looks like a Gaussian one of the same norm, for which codes are known.
//
//	use                                                       rounds
//	1-bit and few-bit codes with a factor each (RaBitQ)       2
//	fixed codebooks for normals (Lloyd–Max, TurboQuant)       2
//	spreading outliers of rows that are many and varied       1
//	hashing (cross-polytope, Andoni and others, 2015)         3
//	a norm and inner products of fewer coordinates            an SRHT, not a Rotation
//
// One round is not enough where vectors may be sparse: each coordinate of a unit
// vector becomes ±1/√d, whose 1-bit code has no error at all, and the estimate from
// that of e₁ + e₂ has 1.3 times the usual one. Where there is no transform of length d a round has two
// steps, and leaves less of that. Below are the kurtosis of the rotated coordinates,
// 3d/(d+2) for a uniformly random rotation, and by how much the 1-bit estimate of
// an inner product by the constant √(2/π) is biased beyond that; means over 400
// seeds (go test -bench RotationGaussian), whose error is about 0.02 and 0.3 %. Codes that keep ⟨code, Rx⟩ have no
// such bias, and errors as the papers say: see the example of quantising.
//
//	                     rounds = 1         rounds = 2        rounds = 3
//	d = 768, e₁          1.00   +57 %       2.99   -0.1 %     3.00   +0.1 %
//	d = 768, e₁ + e₂     2.00   -21 %       2.97   +0.1 %     3.00    0.0 %
//	d = 768, constant    3.00    0.0 %      2.99   +0.1 %     2.99   +0.2 %
//	d = 1000, e₁         2.57   +9.2 %      2.99   +0.1 %     2.99   +0.1 %
//	d = 1000, e₁ + e₂    2.82   -5.4 %      2.99   +0.1 %     2.98   +0.2 %
//
// Rows of 16-bit floats go in by [RotateFloat16] and [RotateBFloat16], and come out
// as int8 with a scale each by [RotateInt8], converted where they are in the first
// cache.
//
// Nothing is padded. To pad 768 coordinates to 1024 takes a third more codes, or if
// 768 of them are kept and scaled to the norm, a factor √(3/4) in what they
// estimate: the bias of the best 2-bit codes, 11.7 %, is then 23.6 %
// (TestRotationLeavesTheBiasOfCodesAlone).
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
// and rotations may run in any number of goroutines at once; a Plan
// serves one call at a time.
//
// Constructors return errors that wrap [ErrOption], [ErrDimension] or
// [ErrSampleSize]. All else panics on a wrong length, before touching memory.
//
// Not promised: that the result in float32 is that of float64, rounded. Errors
// grow like log₂n roundings of the element type.
package hadamard

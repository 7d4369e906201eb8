// Package solver solves symmetric systems and least-squares problems: Krylov
// methods on operators known by their products, dense factors of explicit
// matrices, and preconditioners that join the two.
//
//	problem                                        call
//	(A + λI)x = b, A symmetric positive definite    CG
//	the same for several b at once                  CGMulti
//	min ½sᵀAs − bᵀs within ‖s‖ ≤ Δ, any A           CG with Options.Radius
//	(A + λI)x = b, A indefinite or singular         MINRES
//	min ‖Ax − b‖² + λ‖x‖², any shape                LSQR, or CGLS to see the residual
//	shortest x with Jx = b, J wide                  MinNorm, or LSQR on LeftPreconditioned
//	(A + cI)x = b, A an explicit matrix             NewCholesky, SolveVec, SolveVecs
//	min ‖Ax − b‖, A an explicit tall matrix         NewQR, SolveVec, SolveVecs
//	Tx = b or Tᵀx = b, T an explicit triangle       SolveTriangular
//	the same by random sketching, any shape         NewLeastSquares, Solve
//	product of explicit matrices, A·Aᵀ              Mul, Syrk
//	preconditioner from a sketch S·A                NewSketchQR
//	the same for many ridges                        NewShiftedSketch
//	random S for it: sparse sign, Gaussian, SRHT    NewSparseSign, NewGaussian, package hadamard
//	preconditioner from columns of G, on demand     NewRPCholesky
//	preconditioner from products with G             NewNystrom
//	preconditioner from the diagonal                NewJacobi
//	preconditioner from an explicit matrix          NewMixedCholesky
//
// # Operators
//
// An [Operator] is anything with a method MulVec(dst, x); an [OperatorFunc] or a
// [Matrix] will do. LSQR, CGLS and MinNorm ask for MulTransVec as well, CGMulti
// for MulVecs, which [OneByOne] makes of MulVec. A [Preconditioner] applies the
// inverse of its matrix: dst = M⁻¹·r; a [MultiPreconditioner] to several vectors at
// once. Vectors and matrices are flat slices of float64, matrices row-major; dst
// comes first.
//
// # Solves that never lie
//
// The residual that a Krylov recurrence carries along drifts from b − A·x; on
// ill-conditioned systems it falls to nothing while the true one stays. Each
// solve here computes the true residual at its end, reports both in [Result],
// and calls itself [Converged] only if the true one meets the tolerance, or of a
// least-squares problem its product with Aᵀ, in Euclidean norms whatever the
// preconditioner. If neither does, the solve restarts
// from it; if that does not help either, it ends as [Stagnated]. [Options].NoRestart shows the difference.
//
//	what may happen                        method            Reason, error
//	the true residual meets the tolerance  all               Converged
//	so does that of least squares alone    LSQR, CGLS        Converged
//	                                       MINRES            Inconsistent
//	κ(A) roundings are above it            all               Stagnated
//	pᵀAp ≤ 0                               CG, CGMulti       Indefinite, ErrIndefinite
//	                                         with a Radius   NegativeCurvature
//	the step would leave the Radius        CG, CGMulti       Boundary
//	rᵀM⁻¹r ≤ 0                             all               Indefinite, ErrIndefinite
//	pᵀ(Ax) ≠ xᵀ(Ap), and no convergence    CG, CGMulti       Asymmetric, ErrAsymmetric
//
// So a solve by [CG] or [CGMulti] may iterate on products that are less accurate, and cheaper, than
// those that judge it: [Options].Coarse.
//
// A solve that ends at a limit, by the callback or stagnant returns a nil error
// and says why in Result.Reason: its x may be all that was asked for. Bad
// input, a direction of negative curvature and the end of the context are
// errors, to be told by [errors.Is]; x then still holds what was reached.
//
// # Ridge
//
// Ridge is always λ itself, never its square: the system is (A + λI)x = b, the
// least-squares problem ‖Ax − b‖² + λ‖x‖². MINRES alone takes a negative one, as
// a shift. When only λ moves, a preconditioner follows for little:
// [Cholesky.Factor] reuses its memory, [SketchQR.SetRidge] needs no new sketch,
// and the SetRidge of the others costs no more than a solve.
//
// # Precision
//
// Products and factors of explicit matrices are generic: [Mul], [Syrk],
// [Cholesky], [QR] and [SolveTriangular] take float32 as well, and compute in it.
// All else takes vectors of float64. A preconditioner need not be exact, and is
// half as large and about twice as fast in float32: Float32 in its options, or
// [MixedCholesky], scale the matrix, so that nothing overflows, factor it in
// float32, and apply the factor to vectors in float64. CG comes as far as ever,
// in as many iterations as long as the condition of the system is below about 10⁶
// to 10¹⁰.
//
// # Guarantees
//
//   - A result depends on the arguments, not on workers, GOMAXPROCS, CPU or
//     architecture, down to the last bit; unless it is a time limit that ends
//     the solve, or an operator that does not keep the rule.
//   - After construction nothing is allocated: factors own their memory, and a
//     [Workspace] keeps the vectors of an iteration.
//   - A context is honoured in every iteration and between blocks of a factor;
//     a product under way is the operator's own affair.
//   - No goroutine outlives a call by more than the 0.2 ms for which helpers of a
//     parallel loop wait for the next; but where a context ends while the
//     memory of a factor is made, another goroutine makes it to its end.
//
// Not guaranteed: speed on sparse explicit matrices, complex data, and
// a rank-revealing factor: QR here does not pivot, and sees a rank deficiency
// only if the diagonal of R shows it.
//
// # Sources
//
// Hestenes and Stiefel 1952 (CG, CGLS); Paige and Saunders 1975 (MINRES) and 1982
// (LSQR); Steihaug 1983 and Toint 1981 (CG in a trust region); Rokhlin and
// Tygert 2008, and Avron, Maymounkov and Toledo 2010 (sketch and precondition);
// Meng, Saunders and Mahoney 2014 (LSRN); Schreiber and Van Loan 1989 (blocked
// Householder QR); Frangella, Tropp and Udell 2023 (Nyström); Chen, Epperly, Tropp
// and Webber 2023 (pivots at random); Epperly, Meier and Nakatsukasa 2024
// (stable sketch and precondition); Higham, Accuracy and Stability of Numerical Algorithms, 2002.
package solver

// Package jacobian is the Jacobian of a wide two-layer ReLU network as an
// operator: products with J, Jᵀ and JJᵀ, the exact Gram matrix, and random
// sketches of Jᵀ, none of which ever holds J or any other m·n floats.
//
// The network has m neurons over d features,
//
//	f(x) = m^-½ Σ_r a_r max(0, ⟨w_r, x⟩)        a_r = ±1 fixed, w_r trained
//
// and for n samples x_i its derivative with respect to W (m × d) is
//
//	J (n × md):  row i = m^-½ (a_r b_ri x_i)_r    b_ri = 1 if ⟨w_r, x_i⟩ ≥ 0
//
// so J is fixed by the samples, the signs and n·m gate bits. [Operator.Linearize]
// computes the predictions and the gates at the current weights; everything
// else uses the gates it left:
//
//	MulVec       (J v)_i  = m^-½ Σ_r a_r b_ri ⟨v_r, x_i⟩         2mnd flops
//	MulTransVec  (Jᵀu)_r  = m^-½ a_r Σ_i b_ri u_i x_i            2mnd flops
//	MulGramVec   JJᵀu                                            4mnd flops
//	MulVecs, MulTransVecs, MulGramVecs   the same for k vectors, side by side
//	MulGramVecs32                        JJᵀU in float32, see its error
//	Gram         (JJᵀ)_ij = ⟨x_i, x_j⟩ popcount(b_i & b_j) / m   n²m/64 words
//	Sketch       S Jᵀ for a subsampled Hadamard transform S      streamed
//
// Vectors of length md are laid out as W: neuron by neuron, d features each.
//
// # Time
//
// Linearize runs at the rate of the FMA ports: a tile of W·Xᵀ lives in registers,
// becomes gate bits and a partial sum, and is gone. The products need the gates
// alone, and run at one and a half to twice that rate: a sum over the rows of a
// matrix that gate bits select takes an addition for every four terms, see
// asm.MulAddBits. The flops above are what the formulas ask for, not what is
// done. Products of k vectors fill the lines of eight features that one vector
// leaves empty; more they cannot share, see packing.go.
//
// # Memory
//
// An Operator holds two layouts of the gates (m·n/4 bytes together), one vector of
// length md and partial sums (m·n/48 bytes); and 350 kB and 64 samples for each worker. See [Bytes].
// The samples are the caller's, and are packed 64 at a time where they are needed. Products of several
// vectors add at most 128 floats for each neuron, and 1.1 MB for each worker, once;
// see [VecsBytes]. Those in float32 hold the samples once more, 4·n·d bytes, see [SingleBytes]. Mark keeps a copy of one layout of the gates, see [MarkBytes].
//
// # Same bits
//
// Every sum runs in an order fixed by m, n and d alone. In Linearize: over
// features in one chain of fused multiply-adds, over neurons in blocks of 384
// whose sums are added in index order. In products: over all samples or neurons
// in one chain, four at a time; in J·v then over features, 32 at most at a time.
// Results depend on neither the number of workers nor the processor.
package jacobian

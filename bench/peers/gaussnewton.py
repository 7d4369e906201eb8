"""gaussnewton.py N M D C [FILE]: a Gauss–Newton step of a two-layer ReLU network by the O(mn²) method
that came before sketching, with numpy and the Cholesky factor of scipy.

FILE is that of start.py; without it samples are drawn from the unit sphere and weights are
standard normal. A turn is one step from the same weights: the forward pass, the Gram matrix (the product of the gates in float32,
which is exact, times the inner products of the samples), the factor of it plus C on the
diagonal, and the new weights. It tells the lengths of the solution of that system, and of the
new weights of the first neuron. The gates are made and applied by blocks of rows, which is
faster than all at once.
"""

import sys

import numpy as np
import scipy.linalg

import start
import turns

n, m, d = (int(word) for word in sys.argv[1:4])
c = float(sys.argv[4])
block = 256
if len(sys.argv) > 5:
    x, y, first, signs = start.read(sys.argv[5], n, m, d)
else:
    rng = np.random.default_rng(1)
    x = rng.standard_normal((n, d))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    y = rng.uniform(-1, 1, n)
    first = rng.standard_normal((m, d))
    signs = rng.choice([-1.0, 1.0], m)
signs = signs / m**0.5
gates = np.empty((n, m), np.float32)
f, z, weights = np.empty(n), np.empty((block, m)), np.empty((m, d))


def work():
    np.copyto(weights, first)
    for i in range(0, n, block):
        rows = slice(i, min(i + block, n))
        part = z[: rows.stop - i]
        np.matmul(x[rows], weights.T, out=part)
        np.greater_equal(part, 0, out=gates[rows], casting="unsafe")
        np.maximum(part, 0, out=part)
        f[rows] = part @ signs
    gram = (gates @ gates.T) * (x @ x.T)
    gram /= m
    gram.flat[:: n + 1] += c
    factor = scipy.linalg.cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    u = scipy.linalg.cho_solve(factor, f - y, check_finite=False)
    for i in range(0, n, block):
        rows = slice(i, min(i + block, n))
        weights[:] -= (gates[rows].T @ (u[rows, None] * x[rows])) * signs[:, None]
    return {"u": np.linalg.norm(u), "weights": np.linalg.norm(weights[0])}


turns.serve(work)

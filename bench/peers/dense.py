"""dense.py cholesky N | qr M N | product M N K: the dense work of numpy and scipy."""

import sys

import numpy as np
import scipy.linalg

import turns

kind, sizes = sys.argv[1], [int(word) for word in sys.argv[2:]]
rng = np.random.default_rng(1)

if kind == "cholesky":
    (n,) = sizes
    a = rng.standard_normal((n, n)) / n**0.5
    a = a + a.T + 8 * np.eye(n)

    def work():
        scipy.linalg.cholesky(a, lower=True, check_finite=False)

elif kind == "qr":
    m, n = sizes
    a = np.asfortranarray(rng.standard_normal((m, n)))  # the order of LAPACK

    def work():
        scipy.linalg.qr(a, mode="r", check_finite=False)

elif kind == "product":
    m, n, k = sizes
    a, b, c = rng.standard_normal((m, k)), rng.standard_normal((k, n)), np.empty((m, n))

    def work():
        np.matmul(a, b, out=c)

else:
    sys.exit(f"dense.py: no work called {kind}")

turns.serve(work)

"""lsqr.py M N FILE TOLERANCE: scipy.sparse.linalg.lsqr of A·x = b.

FILE holds A, M × N by rows, and b, as raw doubles. LSQR ends by the test of its normal
residual, ‖Aᵀr‖ ≤ TOLERANCE·‖A‖·‖r‖, by that of its residual, or after 50·N iterations; a turn says how often it
iterated, and what ‖Aᵀr‖/(‖A‖·‖r‖) is, computed anew with the Frobenius norm of A.
"""

import sys

import numpy as np
import scipy.sparse.linalg

import turns

m, n, tolerance = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[4])
data = np.fromfile(sys.argv[3])
a, b = data[: m * n].reshape(m, n), data[m * n :]
norm = np.linalg.norm(a)


def work():
    x, _, iterations = scipy.sparse.linalg.lsqr(a, b, atol=tolerance, btol=tolerance, conlim=0, iter_lim=50 * n)[:3]
    r = b - a @ x
    return {"iterations": iterations, "normal": np.linalg.norm(a.T @ r) / norm / np.linalg.norm(r)}


turns.serve(work)

"""dense.py numpy | torch: dense work of numpy and scipy, or of PyTorch.

Jobs are cholesky N | qr M N | product M N K | jacobian N M D.
"""

import os
import sys

import numpy as np

import jacobian
import turns

engine = sys.argv[1]
if engine == "torch":
    import torch

    torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
else:
    import scipy.linalg


def cholesky(n):
    a = rng.standard_normal((n, n)) / n**0.5
    a = a + a.T + 8 * np.eye(n)
    if engine == "torch":
        a = torch.from_numpy(a)
        return lambda: torch.linalg.cholesky(a)
    return lambda: scipy.linalg.cholesky(a, lower=True, check_finite=False)


def qr(m, n):
    a = np.asfortranarray(rng.standard_normal((m, n)))  # the order of LAPACK
    if engine == "torch":
        a = torch.from_numpy(a)
        return lambda: torch.linalg.qr(a, mode="r")
    return lambda: scipy.linalg.qr(a, mode="r", check_finite=False)


def product(m, n, k):
    a, b, c = rng.standard_normal((m, k)), rng.standard_normal((k, n)), np.empty((m, n))
    if engine == "torch":
        a, b, c = torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(c)
        return lambda: torch.matmul(a, b, out=c)
    return lambda: np.matmul(a, b, out=c)


def products(n, m, d):
    return jacobian.make(engine, n, m, d)


def make(kind, *sizes):
    return {"cholesky": cholesky, "qr": qr, "product": product, "jacobian": products}[kind](*map(int, sizes))


rng = np.random.default_rng(1)
turns.serve_jobs(make)

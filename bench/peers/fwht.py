"""fwht.py numpy | scipy: the Walsh–Hadamard transform with numpy, or as a product with the
matrix of scipy.linalg.hadamard.

Jobs are TYPE N, with TYPE float32 or float64. The answer also has the outputs 0, 1, 2 and 4 of the
transform of i mod 8, to be compared.

Of numpy's ways the one that is fastest from 2⁸ on: sums and differences of neighbours go to the two
halves of another array, k times, after which outputs are in natural order. In place, with halves of
blocks as views, innermost loops are as short as the blocks.
"""

import sys

import numpy as np
import scipy.linalg

import turns

engine = sys.argv[1]


def transform(x, other):
    n = len(x)
    for _ in range(n.bit_length() - 1):
        even, odd = x[0::2], x[1::2]
        np.add(even, odd, out=other[: n // 2])
        np.subtract(even, odd, out=other[n // 2 :])
        x, other = other, x
    return x


def make(kind, size):
    n, dtype = int(size), np.dtype(kind)
    x, y = np.zeros(n, dtype), np.zeros(n, dtype)
    sample = (np.arange(n) % 8).astype(dtype)
    if engine == "scipy":
        matrix = scipy.linalg.hadamard(n, dtype)

        def run(x):
            return np.matmul(matrix, x, out=y)

    else:

        def run(x):
            return transform(x, y)

    outputs = run(sample)
    told = {f"y{i}": float(outputs[i]) for i in (0, 1, 2, 4)}
    y[:] = 0

    def work():
        run(x)
        return told

    return work


turns.serve_jobs(make)

"""The products with the Jacobian of a two-layer ReLU network by dense matrices in float64.

A turn does Linearize, MulVec, MulTransVec, MulGramVec and Gram, one after the other, each several
times if it is short, and answers with the seconds of each by its name, and with the norms of what
came out, "|Linearize|" and so on, to be compared. Samples, weights, vectors and signs are sequences
that any language can make: fractions of multiples of an irrational number.
"""

import numpy as np

import turns


def fractions(count, multiple):
    return (np.arange(1, count + 1) * multiple) % 1 - 0.5


def with_numpy(x, w, v, u, a):
    n, m = len(x), len(w)
    scale = m**-0.5
    z = np.empty((n, m))
    gates = np.empty((n, m))

    def linearize():
        np.matmul(x, w.T, out=z)
        np.greater_equal(z, 0, out=gates, casting="unsafe")
        np.maximum(z, 0, out=z)
        return z @ a * scale

    def forward(v):
        np.matmul(x, v.T, out=z)
        np.multiply(z, gates, out=z)
        return z @ a * scale

    def backward(u):
        np.multiply(gates, u[:, None], out=z)
        return (z.T @ x) * (a[:, None] * scale)

    def gram():
        single = gates.astype(np.float32)  # whose products are exact
        return (single @ single.T) * (x @ x.T) / m

    return linearize, lambda: forward(v), lambda: backward(u), lambda: forward(backward(u)), gram


def with_torch(*arrays):
    import torch

    x, w, v, u, a = (torch.from_numpy(array) for array in arrays)
    n, m = len(x), len(w)
    scale = m**-0.5
    z = torch.empty((n, m), dtype=torch.float64)
    gates = torch.empty((n, m), dtype=torch.float64)

    def linearize():
        torch.matmul(x, w.T, out=z)
        torch.ge(z, 0, out=gates)
        return torch.relu_(z) @ a * scale

    def forward(v):
        torch.matmul(x, v.T, out=z)
        return z.mul_(gates) @ a * scale

    def backward(u):
        torch.mul(gates, u[:, None], out=z)
        return (z.T @ x) * (a[:, None] * scale)

    def gram():
        single = gates.float()
        return (single @ single.T) * (x @ x.T) / m

    return linearize, lambda: forward(v), lambda: backward(u), lambda: forward(backward(u)), gram


def make(engine, n, m, d):
    x, w, v = (fractions(rows * d, multiple).reshape(rows, d) for rows, multiple in ((n, 2**0.5), (m, 3**0.5), (m, 5**0.5)))
    operations = (with_torch if engine == "torch" else with_numpy)(x, w, v, fractions(n, 7**0.5), 1.0 - 2 * (np.arange(m) % 2))
    names = "Linearize", "MulVec", "MulTransVec", "MulGramVec", "Gram"

    def work():
        told = {}
        for name, operation in zip(names, operations):
            seconds, result = turns.timed(operation)
            told[name] = seconds
            told[f"|{name}|"] = float((result * result).sum()) ** 0.5
        return told

    return work

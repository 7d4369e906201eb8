"""digits.py CSV WIDTH RMSE METHOD SECONDS: PyTorch trains the hidden weights of a two-layer
ReLU network, all rows at once, to a training error or for so many seconds.

CSV has a header line and the target in its last column. The first 80 % of shuffled rows are
standardised, get a constant 1 and unit length; weights are standard normal, signs fixed. METHOD
is lbfgs (strong Wolfe line search, history 20) or adam (rate 0.03). A turn starts from the same weights
and tells the error that it came to and the gradients that it took; that of L-BFGS ends at the first
evaluation that is good enough.
"""

import itertools
import sys
import time

import numpy as np
import torch

import turns

width, goal, method, budget = int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], float(sys.argv[5])
torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)
rng = np.random.default_rng(1)
table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
rows = rng.permutation(len(table))[: int(0.8 * len(table))]
x, y = table[rows, :-1], table[rows, -1]
x = (x - x.mean(0)) / np.where(x.std(0) > 0, x.std(0), 1)
x = np.hstack([x, np.ones((len(x), 1))])
x = torch.tensor(x / np.linalg.norm(x, axis=1, keepdims=True))
y = torch.tensor((y - y.mean()) / y.std())
start = torch.tensor(rng.standard_normal((width, x.shape[1])))
signs = torch.tensor(rng.choice([-1.0, 1.0], width) / width**0.5)


class Enough(Exception):
    pass


def train(seconds):
    weights = start.clone().requires_grad_(True)
    if method == "adam":
        optimizer = torch.optim.Adam([weights], lr=0.03)
    else:
        optimizer = torch.optim.LBFGS([weights], max_iter=20, history_size=20, line_search_fn="strong_wolfe")
    end = time.perf_counter() + seconds
    best, count = float("inf"), 0

    def closure():
        nonlocal best, count
        optimizer.zero_grad()
        loss = 0.5 * ((torch.relu(x @ weights.T) @ signs - y) ** 2).sum()
        count += 1
        best = min(best, (2 * loss.item() / len(y)) ** 0.5)
        if best <= goal or time.perf_counter() > end:
            raise Enough
        loss.backward()
        return loss

    try:
        for _ in itertools.count():
            optimizer.step(closure)
    except Enough:
        return {"rmse": best, "gradients": count}


warm = True


def work():
    global warm
    seconds, warm = (2 if warm else budget), False
    return train(seconds)


turns.serve(work)

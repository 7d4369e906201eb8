"""digits.py CSV WIDTH RMSE METHOD SECONDS: PyTorch trains the hidden weights of a two-layer
ReLU network, all rows at once, to a training error or for so many seconds.

CSV has a header line and the target in its last column; the network, see network.py, is trained on
the first 80 % of shuffled rows. METHOD is lbfgs (strong Wolfe line search, history 20) or adam (rate
0.03). A turn starts from the same weights and tells the error that it came to and the gradients that
it took; that of L-BFGS ends at the first evaluation that is good enough.
"""

import itertools
import sys
import time

import numpy as np
import torch

import network
import turns

width, goal, method, budget = int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], float(sys.argv[5])
torch.set_default_dtype(torch.float64)
torch.set_num_threads(2)
rng = np.random.default_rng(1)
table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)
rows = rng.permutation(len(table))[: int(0.8 * len(table))]
net = network.Network(table[rows, :-1], table[rows, -1], width, rng)


class Enough(Exception):
    pass


def train(seconds):
    weights = net.start.clone().requires_grad_(True)
    if method == "adam":
        optimizer = torch.optim.Adam([weights], lr=0.03)
    else:
        optimizer = torch.optim.LBFGS([weights], max_iter=20, history_size=20, line_search_fn="strong_wolfe")
    end = time.perf_counter() + seconds
    best, count = float("inf"), 0

    def closure():
        nonlocal best, count
        optimizer.zero_grad()
        loss = net.loss(weights, net.x, net.y)
        count += 1
        best = min(best, (2 * loss.item() / len(net.y)) ** 0.5)
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

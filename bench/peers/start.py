"""Where a step begins, as another program wrote it: samples N × D by rows, N targets, weights
M × D of the hidden neurons and their M output signs, as raw doubles."""

import numpy as np


def read(path, n, m, d):
    x, y, weights, signs = np.split(np.fromfile(path), np.cumsum([n * d, n, m * d]))
    return x.reshape(n, d), y, weights.reshape(m, d), signs

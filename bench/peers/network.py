"""The two-layer ReLU network of the library in PyTorch: hidden weights are trained from
standard normal ones, output signs are fixed."""

import numpy as np
import torch


class Network:
    """Rows x, standardised, with a constant 1, and scaled to unit length; targets y, standardised;
    initial weights and signs. All are tensors of the default type."""

    def __init__(self, x, y, width, rng):
        self.mean, self.scale = x.mean(0), np.where(x.std(0) > 0, x.std(0), 1)
        self.centre, self.unit = y.mean(), y.std()
        self.x, self.y = self.rows(x), self.targets(y)
        self.start = tensor(rng.standard_normal((width, self.x.shape[1])))
        self.signs = tensor(rng.choice([-1.0, 1.0], width) / width**0.5)

    def rows(self, x):
        x = np.hstack([(x - self.mean) / self.scale, np.ones((len(x), 1))])
        return tensor(x / np.linalg.norm(x, axis=1, keepdims=True))

    def targets(self, y):
        return tensor((y - self.centre) / self.unit)

    def loss(self, weights, x, y):
        """Half the sum of the squared errors."""
        return 0.5 * ((torch.relu(x @ weights.T) @ self.signs - y) ** 2).sum()


def tensor(a):
    return torch.tensor(a, dtype=torch.get_default_dtype())

"""gradient.py N M D FILE: the gradient of a two-layer ReLU network with PyTorch, all rows at once.

FILE is that of start.py. A turn is the gradient of half the sum of the squared errors: forward, and backward by
automatic differentiation. It tells the lengths of the residual and of the gradient of the first
neuron's weights.
"""

import sys

import torch

import start
import turns

n, m, d = (int(word) for word in sys.argv[1:4])
x, y, weights, signs = (torch.from_numpy(part) for part in start.read(sys.argv[4], n, m, d))
signs = signs / m**0.5
torch.set_num_threads(2)
weights.requires_grad_(True)


def work():
    weights.grad = None
    residual = torch.relu(x @ weights.T) @ signs - y
    (0.5 * (residual * residual).sum()).backward()
    return {"residual": residual.norm().item(), "gradient": weights.grad[0].norm().item()}


turns.serve(work)

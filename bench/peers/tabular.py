"""tabular.py CSV: trains on some rows of a table and tests on others.

CSV has a header line and the target in its last column. The first line that is written names the
versions. Then each line of JSON asks for a training: the method, the rows to train on and to test with, the
seed; for adam and lbfgs, which train the network of network.py, also its width, the seconds they may
take and of adam the rate. The answer has the seconds that training took, and errors, which are root mean
squares in standard deviations of the training target: curve lists seconds, training error and test error on the
way, and the last line of it is the result. What looking at the errors takes is not in the seconds. A method that
is not installed answers {"missing": why}. The first training of a method is preceded by a short one.

boosting is scikit-learn's HistGradientBoostingRegressor and mlp its MLPRegressor on standardised rows and targets,
both with their defaults. adam takes batches of 512 rows, lbfgs takes all.
"""

import itertools
import json
import os
import sys
import time
import warnings

import numpy as np

import turns

warnings.filterwarnings("ignore")  # of what has not converged
threads = int(os.environ.get("OMP_NUM_THREADS", 2))
table = np.loadtxt(sys.argv[1], delimiter=",", skiprows=1)


class Job:
    """A training: its data, and the clock, which stands still while one looks at the errors."""

    def __init__(self, ask):
        self.ask, self.limit = ask, ask.get("seconds", float("inf"))
        part = table[ask["train"]]
        self.x, self.y = part[:, :-1], part[:, -1]
        self.curve, self.spent, self.next = [], 0.0, 0.0
        self.since = time.perf_counter()

    def look(self, predict, last=False):
        """Whether there is time left; from time to time, or if this is the last look, notes the errors of predict."""
        now = self.spent + time.perf_counter() - self.since
        left = now < self.limit and not last
        if now >= self.next or not left:
            self.curve.append([now, *(self.error(predict, self.ask[part]) for part in ("train", "test"))])
            self.spent, self.next = now, 1.4 * now
            self.since = time.perf_counter()
        return left

    def error(self, predict, rows):
        e = predict(table[rows, :-1]) - table[rows, -1]
        return float(np.sqrt(np.mean(e**2)) / self.y.std())


def boosting(job):
    from sklearn.ensemble import HistGradientBoostingRegressor

    model = HistGradientBoostingRegressor(random_state=job.ask["seed"])
    model.fit(job.x, job.y)
    job.look(model.predict, last=True)


def mlp(job):
    """What fit does, one epoch at a time and with its rule when to stop; only the rows come in another order."""
    from sklearn.neural_network import MLPRegressor
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler().fit(job.x)
    x, mean, unit = scaler.transform(job.x), job.y.mean(), job.y.std()
    y = (job.y - mean) / unit
    model = MLPRegressor(random_state=np.random.RandomState(job.ask["seed"]))

    def predict(x):
        return mean + unit * model.predict(scaler.transform(x))

    best, stale = float("inf"), 0
    for epoch in range(1, model.max_iter + 1):
        model.partial_fit(x, y)
        stale = stale + 1 if model.loss_ > best - model.tol else 0
        best = min(best, model.loss_)
        over = stale > model.n_iter_no_change or epoch == model.max_iter
        if not job.look(predict, last=over):
            return


CHUNK = 2048  # rows that are evaluated at once


def prepare(job):
    import torch

    import network

    torch.set_num_threads(threads)
    torch.manual_seed(job.ask["seed"])
    net = network.Network(job.x, job.y, job.ask["width"], np.random.default_rng(job.ask["seed"]))
    job.since = time.perf_counter()  # the rows are ready

    def predict(weights):
        def at(x):
            with torch.no_grad():
                f = torch.cat([torch.relu(part @ weights.T) @ net.signs for part in net.rows(x).split(CHUNK)])
            return net.centre + net.unit * f.double().numpy()

        return at

    return torch, net, predict


def adam(job):
    torch, net, predict = prepare(job)
    weights = net.start.clone().requires_grad_(True)
    optimizer = torch.optim.Adam([weights], lr=job.ask["rate"])
    for _ in itertools.count():
        for rows in torch.randperm(len(net.y)).split(512):
            optimizer.zero_grad()
            net.loss(weights, net.x[rows], net.y[rows]).backward()
            optimizer.step()
            if not job.look(predict(weights)):
                return


class Enough(Exception):
    pass


def lbfgs(job):
    torch, net, predict = prepare(job)
    weights = net.start.clone().requires_grad_(True)
    best, least = net.start.clone(), float("inf")
    optimizer = torch.optim.LBFGS([weights], max_iter=1000, history_size=20, line_search_fn="strong_wolfe")

    def closure():
        nonlocal least
        optimizer.zero_grad()
        total = torch.zeros(())
        for x, y in zip(net.x.split(CHUNK), net.y.split(CHUNK)):
            loss = net.loss(weights, x, y)
            loss.backward()
            total += loss.detach()
        if total < least:
            least = total
            best.copy_(weights.detach())
        if not job.look(predict(best)):
            raise Enough
        return total

    try:
        while True:
            before = least
            optimizer.step(closure)
            if least == before:  # it finds no decrease any more
                job.look(predict(best), last=True)
                return
    except Enough:
        pass


methods = {f.__name__: f for f in (boosting, mlp, adam, lbfgs)}
warm = set()


def answer(ask):
    method = methods[ask["method"]]
    try:
        if method not in warm:
            method(Job({**ask, "train": ask["train"][:1024], "test": ask["test"][:1024], "seconds": 0.3}))
            warm.add(method)
        job = Job(ask)
        method(job)
    except ImportError as e:
        return {"missing": f"{e}; Debian has it as python3-sklearn, python3-torch"}
    return {"seconds": job.curve[-1][0], "curve": job.curve}


for name in ("sklearn", "torch"):
    try:
        __import__(name)
    except ImportError:
        pass
print(json.dumps(turns.versions()), flush=True)
for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)

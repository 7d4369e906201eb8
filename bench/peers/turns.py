"""Answers turns: one line of JSON for each line read.

The first line that is written names the versions. From then on a line on standard input
asks for a turn: the work is timed, and {"seconds": ..., and what the work returned} is
written. A program with several works finds in the line which one. The end of input ends
the process.
"""

import json
import sys
import time

import numpy


def versions():
    """numpy, and scipy, scikit-learn and torch where they are there, and the library of the products as the loader names it."""
    found = {"python": sys.version.split()[0], "numpy": numpy.__version__}
    for name in ("scipy", "sklearn", "torch"):
        if name in sys.modules:
            found[name] = sys.modules[name].__version__
    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split()[-1] for line in maps if "blas" in line.lower() and ".cpython" not in line}
        found["blas"] = " ".join(sorted(path.rsplit("/", 1)[-1] for path in paths))
    except OSError:
        pass
    return found


def timed(work):
    """Returns the seconds of the work and its result. Short work is repeated until it fills two
    milliseconds, and the time is the mean."""
    count = 1
    while True:
        start = time.perf_counter()
        for _ in range(count):
            result = work()
        seconds = time.perf_counter() - start
        if seconds >= 2e-3:
            return seconds / count, result
        count *= 2


def answer(work):
    """Times the work and writes the answer, with what the work returns if that is a
    dictionary."""
    seconds, result = timed(work)
    told = result if isinstance(result, dict) else {}
    print(json.dumps({"seconds": seconds, **told}), flush=True)


def serve(work):
    """Takes turns at one work."""
    work()  # touches every page, and starts the threads
    print(json.dumps(versions()), flush=True)
    for _ in sys.stdin:
        answer(work)


def serve_jobs(make):
    """Takes turns at the work that make returns for the words of a line. It is kept until
    another is asked for."""
    print(json.dumps(versions()), flush=True)
    job = None
    for line in sys.stdin:
        if line.split() != job:
            job, work = line.split(), None  # frees the memory of the last
            work = make(*job)
            work()
        answer(work)

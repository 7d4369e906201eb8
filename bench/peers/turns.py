"""Answers turns: one line of JSON for each line read.

The first line that is written names the versions. From then on an empty line on standard
input asks for a turn: work() is timed, and {"seconds": ..., and what work() returned} is
written. The end of input ends the process.
"""

import json
import sys
import time

import numpy


def versions():
    """numpy, scipy and torch where they are there, and the library of the products as the loader names it."""
    found = {"python": sys.version.split()[0], "numpy": numpy.__version__}
    for name in ("scipy", "torch"):
        if name in sys.modules:
            found[name] = sys.modules[name].__version__
    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split()[-1] for line in maps if "blas" in line.lower() and ".cpython" not in line}
        found["blas"] = " ".join(sorted(path.rsplit("/", 1)[-1] for path in paths))
    except OSError:
        pass
    return found


def serve(work):
    work()  # touches every page, and starts the threads
    print(json.dumps(versions()), flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        result = work() or {}
        result["seconds"] = time.perf_counter() - start
        print(json.dumps(result), flush=True)

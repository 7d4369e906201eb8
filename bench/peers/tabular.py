"""Gradient boosting and a multilayer perceptron of scikit-learn on a table, with their
defaults. Writes the table as one line of JSON, then for each line of JSON with rows to
train on and to test with the test errors in standard deviations of the training target.

usage: tabular.py concrete FILE | diabetes | Boston | quakes | nlschools
"""
import csv
import io
import json
import subprocess
import sys
import warnings

R = {
    "Boston": ("MASS::Boston", "medv"),
    "quakes": ("datasets::quakes", "mag"),
    "nlschools": ("with(MASS::nlschools, data.frame(IQ, GS, SES, COMB, lang))", "lang"),
}


def fail(reason):
    print(json.dumps({"missing": reason}), flush=True)
    sys.exit()


try:
    import numpy as np
    import sklearn
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.datasets import load_diabetes
    from sklearn.ensemble import HistGradientBoostingRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
except ImportError as e:
    fail(f"{e}; Debian's package is python3-sklearn")
warnings.filterwarnings("ignore")


def table(text, target):
    rows = list(csv.reader(io.StringIO(text)))
    at = rows[0].index(target)
    a = np.array(rows[1:], float)
    return np.delete(a, at, 1), a[:, at]


name = sys.argv[1]
if name == "diabetes":
    data = load_diabetes(scaled=False)
    x, y = data.data, data.target
elif name == "concrete":
    with open(sys.argv[2]) as f:
        x, y = table(f.read(), "compressive_strength")
else:
    expression, target = R[name]
    try:
        text = subprocess.run(["Rscript", "-e", f"write.csv({expression}, row.names=FALSE)"], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as e:
        fail(f"{e}; Debian's packages are r-base-core and r-cran-mass")
    x, y = table(text, target)
print(json.dumps({"about": f"scikit-learn {sklearn.__version__}, numpy {np.__version__}", "x": x.tolist(), "y": y.tolist()}), flush=True)

for line in sys.stdin:
    job = json.loads(line)
    train, test, seed = job["train"], job["test"], job["seed"]
    scale = y[train].std()
    models = {
        "boosting": HistGradientBoostingRegressor(random_state=seed),
        "mlp": TransformedTargetRegressor(make_pipeline(StandardScaler(), MLPRegressor(random_state=seed)), transformer=StandardScaler()),
    }
    out = {}
    for key, model in models.items():
        error = model.fit(x[train], y[train]).predict(x[test]) - y[test]
        out[key] = float(np.sqrt(np.mean(error**2)) / scale)
    print(json.dumps(out), flush=True)

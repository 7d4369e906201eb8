"""diabetes.py CSV: writes scikit-learn's diabetes data as a table, the target in the last column."""

import sys

import numpy as np
from sklearn.datasets import load_diabetes

data = load_diabetes(scaled=False)
table = np.column_stack([data.data, data.target])
np.savetxt(sys.argv[1], table, "%.17g", ",", header=",".join([*data.feature_names, "progression"]), comments="")

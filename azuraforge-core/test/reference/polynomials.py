"""Fits the polynomials of src/backends/polynomials.ts: python3 test/reference/polynomials.py (needs numpy and mpmath).

Each is a minimax fit in 50 digits (Lawson's reweighted least squares on Chebyshev nodes); the weight is what makes the
error relative to the function that the polynomial serves. Prints the coefficients, lowest power first, and the error.
"""

import mpmath as mp
import numpy as np

mp.mp.dps = 50


def fit(name, function, weight, low, high, degree):
    nodes = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * i + 1) / 800) for i in range(400)]
    values = np.array([float(function(x)) for x in nodes])
    scale = np.array([float(weight(x)) for x in nodes])
    powers = np.array([[float(x) ** p for p in range(degree + 1)] for x in nodes])
    lawson = np.ones(len(nodes))
    for _ in range(400):
        root = np.sqrt(lawson)
        coefficients = np.linalg.lstsq(powers * (scale * root)[:, None], values * scale * root, rcond=None)[0]
        error = np.abs(powers @ coefficients - values) * scale
        lawson *= error / error.max() + 1e-12
        lawson /= lawson.sum()
    print(name, [float("%.9g" % np.float32(c)) for c in coefficients], "error 2^%.1f" % np.log2(error.max()))


half_log2 = mp.log(2) / 2
tiny = mp.mpf("1e-12")


def nonzero(x):
    return tiny if abs(x) < tiny else x


# expm1(r) = r + r²·P(r)
fit("exp", lambda r: (mp.expm1(nonzero(r)) - nonzero(r)) / nonzero(r) ** 2, lambda r: abs(r), -half_log2, half_log2, 4)
# log(1 + f) = f − f²/2 + f³·P(f)
low, high = mp.sqrt(mp.mpf(1) / 2) - 1, mp.sqrt(2) - 1
fit("log", lambda f: (mp.log1p(nonzero(f)) - nonzero(f) + nonzero(f) ** 2 / 2) / nonzero(f) ** 3, lambda f: nonzero(f) ** 2, low, high, 7)
# erf(x) = x + x·P(x²) for |x| < 1
fit("erf near 0", lambda s: mp.erf(mp.sqrt(nonzero(abs(s)))) / mp.sqrt(nonzero(abs(s))) - 1, lambda s: 1, mp.mpf(0), mp.mpf(1), 6)
# erf(x) = 1 − exp(−x·P(x)) for 1 ≤ x ≤ 4
fit("erf far from 0", lambda x: -mp.log(mp.erfc(x)) / x, lambda x: mp.erfc(x) * x, mp.mpf(1), mp.mpf(4), 7)

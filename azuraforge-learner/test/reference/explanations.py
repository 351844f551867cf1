"""Writes test/fixtures/explanations.json: explanations as scikit-learn and PyTorch compute them.

Debian: python3-sklearn, python3-torch. Run with /usr/bin/python3 test/reference/explanations.py
"""

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Ridge
from torch import nn

from generate import number, state, tensor, write_json

random = np.random.default_rng(11)
torch.manual_seed(11)


class FixedLinear(BaseEstimator):
    """A linear model that has been fitted elsewhere."""

    weights = np.array([2.0, -1.0, 0.25, 0.0])

    def fit(self, inputs, targets):
        return self

    def predict(self, inputs):
        return inputs @ self.weights


def numbers(values):
    return [number(value) for value in np.asarray(values).flatten().tolist()]


def importances():
    inputs = random.normal(size=(80, 4)) * [1, 2, 3, 4]
    targets = inputs @ FixedLinear.weights + random.normal(0, 0.5, 80)
    found = permutation_importance(
        FixedLinear(), inputs, targets, scoring="neg_mean_squared_error", n_repeats=2000, random_state=1
    )
    return {
        "inputs": {"shape": [80, 4], "data": numbers(inputs)},
        "targets": numbers(targets),
        "weights": FixedLinear.weights.tolist(),
        "mean": numbers(found.importances_mean),
        "deviation": numbers(found.importances_std),
    }


def ridge(alpha):
    points = random.normal(size=(40, 3))
    answers = points @ [1.0, -2.0, 0.5] + random.normal(0, 0.3, 40) + 4
    weights = random.uniform(0.1, 2, 40)
    fitted = Ridge(alpha=alpha).fit(points, answers, sample_weight=weights)
    return {
        "points": points.tolist(),
        "answers": answers.tolist(),
        "weights": weights.tolist(),
        "ridge": alpha,
        "coefficients": fitted.coef_.tolist(),
        "intercept": fitted.intercept_,
        "r2": fitted.score(points, answers, sample_weight=weights),
    }


class Forecaster(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 5, batch_first=True)
        self.head = nn.Linear(5, 2)

    def forward(self, inputs):
        return self.head(self.lstm(inputs)[0][:, -1])


def path_integral(model, sample, baseline, target, points=4000):
    """The integral of the gradient in float64, fine enough to be called exact."""
    shares = ((torch.arange(points) + 0.5) / points).reshape(-1, 1, 1).double()
    inputs = (baseline + shares * (sample - baseline)).requires_grad_()
    model(inputs)[:, target].sum().backward()
    return (sample - baseline) * inputs.grad.mean(0)


def gradients():
    model = Forecaster()
    weights = state(model)
    model = model.double()
    sample = torch.randn(6, 3).float().double() * 1.5
    baseline = torch.randn(6, 3).float().double()
    background = torch.randn(4, 6, 3).float().double()
    target = 1
    values = path_integral(model, sample, baseline, target)
    with torch.no_grad():
        outputs = model(torch.stack([sample, baseline]))[:, target]
        base = model(background)[:, target].mean()
    assert abs(values.sum() - (outputs[0] - outputs[1])) < 1e-7
    expected = torch.stack([path_integral(model, sample, one, target) for one in background]).mean(0)
    return {
        "state": weights,
        "sample": tensor(sample),
        "baseline": tensor(baseline),
        "background": tensor(background),
        "target": target,
        "prediction": outputs[0].item(),
        "baselineOutput": outputs[1].item(),
        "values": tensor(values),
        "backgroundOutput": base.item(),
        "expected": tensor(expected),
    }


if __name__ == "__main__":
    write_json(
        "explanations",
        {"importances": importances(), "ridge": [ridge(0.0), ridge(1.5)], "gradients": gradients()},
    )

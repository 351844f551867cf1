"""Writes test/fixtures/metrics.json: metrics as scikit-learn and PyTorch compute them.

Debian: python3-sklearn, python3-torch. Run with /usr/bin/python3 test/reference/metrics.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from sklearn import metrics
from sklearn.calibration import calibration_curve

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "metrics.json"
random = np.random.default_rng(4)


def averages(actual, predicted, labels):
    scores = {}
    for average in (None, "macro", "micro", "weighted"):
        values = metrics.precision_recall_fscore_support(
            actual, predicted, labels=labels, average=average, zero_division=0
        )
        scores["per_class" if average is None else average] = [
            np.asarray(value).tolist() for value in values if value is not None
        ]
    return scores


def classification(actual, predicted, classes):
    labels = list(range(classes))
    return {
        "classes": classes,
        "actual": actual.tolist(),
        "predicted": predicted.tolist(),
        "matrix": metrics.confusion_matrix(actual, predicted, labels=labels).flatten().tolist(),
        "accuracy": metrics.accuracy_score(actual, predicted),
        **averages(actual, predicted, labels),
    }


def curves(scores, labels, bins):
    false_positive, true_positive, _ = metrics.roc_curve(labels, scores, drop_intermediate=False)
    precision, recall, _ = metrics.precision_recall_curve(labels, scores)
    frequency, confidence = calibration_curve(labels, scores, n_bins=bins)
    return {
        "scores": scores.tolist(),
        "labels": labels.tolist(),
        "false_positive": false_positive.tolist(),
        "true_positive": true_positive.tolist(),
        "roc_area": metrics.roc_auc_score(labels, scores),
        "precision": precision[::-1].tolist(),
        "recall": recall[::-1].tolist(),
        "average_precision": metrics.average_precision_score(labels, scores),
        "bins": bins,
        "frequency": frequency.tolist(),
        "confidence": confidence.tolist(),
    }


def multiclass(count, classes):
    probabilities = random.dirichlet(np.ones(classes), count)
    actual = random.integers(0, classes, count)
    return {
        "classes": classes,
        "scores": probabilities.flatten().tolist(),
        "actual": actual.tolist(),
        "macro": metrics.roc_auc_score(actual, probabilities, multi_class="ovr", average="macro"),
    }


def regression(count):
    actual = random.normal(size=count).cumsum() + 50
    last = np.concatenate([[50], actual[:-1]])
    predicted = last + 0.4 * (actual - last) + random.normal(0, 0.3, count)
    return {
        "actual": actual.tolist(),
        "predicted": predicted.tolist(),
        "last": last.tolist(),
        "mae": metrics.mean_absolute_error(actual, predicted),
        "rmse": metrics.mean_squared_error(actual, predicted, squared=False),
        "r2": metrics.r2_score(actual, predicted),
        "r2_on_differences": metrics.r2_score(actual - last, predicted - last),
        "pinball": {
            str(q): metrics.mean_pinball_loss(actual, predicted, alpha=q) for q in (0.1, 0.5, 0.95)
        },
    }


def language(tokens, vocabulary):
    logits = torch.tensor(random.normal(0, 3, (tokens, vocabulary)))
    targets = torch.tensor(random.integers(0, vocabulary, tokens))
    targets[::4] = -100
    return {
        "vocabulary": vocabulary,
        "logits": logits.flatten().tolist(),
        "targets": targets.tolist(),
        "perplexity": torch.nn.functional.cross_entropy(logits, targets).exp().item(),
    }


labels = random.integers(0, 2, 60)
scores = np.clip(random.normal(0.35 + 0.3 * labels, 0.25), 0, 1)
actual = random.integers(0, 4, 80)
noisy = np.where(random.random(80) < 0.6, actual, random.integers(0, 3, 80))
content = {
    "classification": [
        classification(actual, noisy, 4),
        # Class 4 has no sample, class 3 is never predicted.
        classification(actual, np.minimum(noisy, 2), 5),
        classification(np.zeros(6, int), np.zeros(6, int), 2),
    ],
    # The second with many equal scores, and scores on the edges of the bins.
    "curves": [curves(scores, labels, 10), curves(np.round(scores, 1), labels, 5)],
    "multiclass": multiclass(50, 3),
    "regression": regression(40),
    "language": language(24, 7),
}
FIXTURE.write_text(json.dumps(content, separators=(",", ":")) + "\n")

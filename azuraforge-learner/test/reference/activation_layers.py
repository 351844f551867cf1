"""Writes the reference values of activation and normalization layers with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/activation_layers.py
"""

import torch
from torch import nn

from layer_case import add, flush, settle, start, torch_names


def normalizations():
    for name, shape, options, inputs in [
        ("one axis", [5], {}, (3, 5)),
        ("two axes, larger eps", [2, 3], {"eps": 0.1}, (4, 2, 3)),
        ("without weights", [4], {"elementwiseAffine": False}, (2, 3, 4)),
    ]:
        names = {"elementwiseAffine": "elementwise_affine"}
        module = nn.LayerNorm(shape, **torch_names(options, names))
        add(name, "LayerNorm", {"normalizedShape": shape, **options}, settle(module), [inputs])
    for name, groups, channels, options, shape in [
        ("two groups", 2, 4, {}, (2, 4, 3)),
        ("each channel by itself", 3, 3, {"eps": 0.1}, (2, 3, 2, 2)),
        ("one group without weights", 1, 4, {"affine": False}, (2, 4, 2)),
    ]:
        module = settle(nn.GroupNorm(groups, channels, **options))
        add(
            name,
            "GroupNorm",
            {"numGroups": groups, "numChannels": channels, **options},
            module,
            [shape],
        )
    for layer_type, module_type, shapes in [
        ("BatchNorm1d", nn.BatchNorm1d, [(5, 3), (2, 3, 4), (4, 3), (3, 3)]),
        ("BatchNorm2d", nn.BatchNorm2d, [(2, 3, 2, 3), (3, 3, 1, 2), (2, 3, 2, 2), (1, 3, 2, 2)]),
    ]:
        for (name, options, training), shape in zip(
            [
                ("in training", {}, True),
                (
                    "in training, momentum 0.3, no weights",
                    {"momentum": 0.3, "affine": False, "eps": 0.01},
                    True,
                ),
                ("in eval mode", {}, False),
                ("without running statistics, in eval mode", {"trackRunningStats": False}, False),
            ],
            shapes,
        ):
            names = {"trackRunningStats": "track_running_stats"}
            module = module_type(3, **torch_names(options, names))
            settle(module)
            if module.running_mean is not None:
                module.running_mean.copy_(torch.randn(3))
                module.running_var.copy_(torch.rand(3) + 0.5)
                module.num_batches_tracked += 7
            add(name, layer_type, {"numFeatures": 3, **options}, module.train(training), [shape])
    flush("normalization-layers")


def activations():
    for name, options, module in [
        ("ReLU", {}, nn.ReLU()),
        ("Tanh", {}, nn.Tanh()),
        ("Sigmoid", {}, nn.Sigmoid()),
        ("LeakyReLU", {"negativeSlope": 0.1}, nn.LeakyReLU(0.1)),
        ("GELU", {}, nn.GELU()),
        ("GELU", {"approximate": "tanh"}, nn.GELU(approximate="tanh")),
        ("PReLU", {}, nn.PReLU()),
        ("PReLU", {"numParameters": 4, "init": 0.1}, nn.PReLU(4, 0.1)),
        ("ELU", {}, nn.ELU()),
        ("ELU", {"alpha": 0.5}, nn.ELU(0.5)),
        ("SELU", {}, nn.SELU()),
        ("SiLU", {}, nn.SiLU()),
        ("Mish", {}, nn.Mish()),
        ("Softplus", {}, nn.Softplus()),
        ("Softplus", {"beta": 2, "threshold": 3}, nn.Softplus(2, 3)),
        ("Softsign", {}, nn.Softsign()),
        ("LogSigmoid", {}, nn.LogSigmoid()),
        ("Hardtanh", {}, nn.Hardtanh()),
        ("Hardtanh", {"minVal": -0.5, "maxVal": 2}, nn.Hardtanh(-0.5, 2)),
        ("ReLU6", {}, nn.ReLU6()),
        ("Hardsigmoid", {}, nn.Hardsigmoid()),
        ("Hardswish", {}, nn.Hardswish()),
        ("Identity", {}, nn.Identity()),
        ("Softmax", {}, nn.Softmax(-1)),
        ("Softmax", {"dim": 1}, nn.Softmax(1)),
        ("LogSoftmax", {}, nn.LogSoftmax(-1)),
        ("LogSoftmax", {"dim": 0}, nn.LogSoftmax(0)),
    ]:
        for shape in [(5,), (3, 4), (2, 4, 3)]:
            if options.get("dim", -1) >= len(shape) or (
                options.get("numParameters") and len(shape) == 1
            ):
                continue
            values = torch.randn(shape) * 4
            add(f"{options} of {len(shape)} axes", name, options, module, [values])
            for parameter in module.parameters():
                parameter.grad = None
    flush("activation-layers")


if __name__ == "__main__":
    start(20240305)
    normalizations()
    activations()

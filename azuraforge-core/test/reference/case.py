"""What the scripts that write reference values share: cases, and their form as JSON."""

import json
import math
import os

import torch

FIXTURES = os.path.join(os.path.dirname(__file__), "..", "fixtures")
NAN, INF = math.nan, math.inf


def number(value):
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    short = float("%.9g" % value)
    return int(short) if short == int(short) and abs(short) < 1e6 else short


def encode(tensor):
    tensor = tensor.detach()
    dtype = "float32" if tensor.dtype.is_floating_point else "int32"
    return {
        "shape": list(tensor.shape),
        "dtype": dtype,
        "data": [number(v) for v in tensor.reshape(-1).tolist()],
    }


def write(name, value):
    with open(os.path.join(FIXTURES, name), "w") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


CASES = []


def case(name, op, inputs, run, args=(), smooth=True, differentiable=True, constants=()):
    """
    smooth: finite differences apply (no kink, no NaN or infinity near the inputs). constants: positions of inputs that get
    no gradient.
    """
    inputs = [i if isinstance(i, torch.Tensor) else torch.tensor(i, dtype=torch.float32) for i in inputs]
    leaves = [
        x.clone().requires_grad_(differentiable and x.dtype.is_floating_point and i not in constants)
        for i, x in enumerate(inputs)
    ]
    output = run(*leaves)
    entry = {
        "name": f"{op} {name}",
        "op": op,
        "inputs": [encode(i) for i in inputs],
        "args": [None if a is None else a for a in args],
        "output": encode(output),
    }
    if differentiable:
        upstream = torch.randn(output.shape)
        output.backward(upstream)
        entry["upstream"] = encode(upstream)
        entry["gradients"] = [encode(l.grad) if l.grad is not None else None for l in leaves]
        entry["smooth"] = smooth
    CASES.append(entry)


def randn(*shape):
    return torch.randn(shape)


def ints(*values):
    return torch.tensor(values, dtype=torch.int32)

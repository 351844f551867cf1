"""Writes the reference values of test/fixtures with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/generate.py
"""

import json
import math
import struct
from pathlib import Path

import torch
from torch import nn

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
DTYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}
NOT_IN_JSON = {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}


def number(value):
    """The float32 with as few digits as identify it."""
    return float(f"{value:.9g}")


def tensor(values):
    values = values.detach()
    return {
        "shape": list(values.shape),
        "data": [number(value) for value in values.flatten().tolist()],
    }


def state(module):
    return {name: tensor(values) for name, values in module.state_dict().items()}


def write_json(name, content):
    path = FIXTURES / f"{name}.json"
    path.write_text(json.dumps(content, separators=(",", ":")) + "\n")


def write_safetensors(name, tensors, metadata=None):
    """The format as its description gives it; the safetensors package is not needed."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for key, values in tensors.items():
        flat = values.detach().contiguous().flatten()
        # NumPy has no bfloat16; its bits are what is written.
        if flat.dtype == torch.bfloat16:
            flat = flat.view(torch.int16)
        content = flat.numpy().tobytes()
        header[key] = {
            "dtype": DTYPES[values.dtype],
            "shape": list(values.shape),
            "data_offsets": [len(data), len(data) + len(content)],
        }
        data += content
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    (FIXTURES / f"{name}.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + data)


def run_layer(name, layer_type, options, module, shape):
    """Forward, then backward from a weighted sum, so that each output has a gradient of its own."""
    inputs = torch.randn(shape, requires_grad=True)
    outputs = module(inputs)
    if isinstance(outputs, tuple):
        outputs = outputs[0]
    weights = torch.randn_like(outputs)
    (outputs * weights).sum().backward()
    return {
        "name": name,
        "type": layer_type,
        "options": options,
        "state": state(module),
        "input": tensor(inputs),
        "output": tensor(outputs),
        "outputWeights": tensor(weights),
        "inputGradient": tensor(inputs.grad),
        "gradients": {key: tensor(values.grad) for key, values in module.named_parameters()},
    }


def layers():
    cases = []
    for name, size, bias, shape in [
        ("a batch of rows", (4, 3), True, (5, 4)),
        ("without bias", (3, 6), False, (2, 3)),
        ("batch and time", (2, 5), True, (3, 4, 2)),
    ]:
        options = {"inFeatures": size[0], "outFeatures": size[1], "bias": bias}
        cases.append(run_layer(name, "Linear", options, nn.Linear(*size, bias=bias), shape))
    for name, inputs, hidden, depth, bias, shape in [
        ("one layer, five steps", 3, 4, 1, True, (2, 5, 3)),
        ("one step", 1, 5, 1, True, (4, 1, 1)),
        ("two layers, seven steps", 2, 6, 2, True, (3, 7, 2)),
        ("three layers, two steps, no bias", 5, 3, 3, False, (1, 2, 5)),
        ("forty steps", 4, 8, 1, True, (2, 40, 4)),
    ]:
        module = nn.LSTM(inputs, hidden, num_layers=depth, bias=bias, batch_first=True)
        options = {"inputSize": inputs, "hiddenSize": hidden, "numLayers": depth, "bias": bias}
        cases.append(run_layer(name, "LSTM", options, module, shape))
    cases.append(run_layer("zero below zero", "ReLU", {}, nn.ReLU(), (3, 7)))
    cases.append(run_layer("hyperbolic tangent", "Tanh", {}, nn.Tanh(), (3, 7)))
    cases.append(run_layer("logistic", "Sigmoid", {}, nn.Sigmoid(), (3, 7)))
    cases.append(run_layer("exact, with erf", "GELU", {}, nn.GELU(), (3, 7)))
    cases.append(run_layer("default slope", "LeakyReLU", {}, nn.LeakyReLU(), (3, 7)))
    cases.append(
        run_layer("slope 0.2", "LeakyReLU", {"negativeSlope": 0.2}, nn.LeakyReLU(0.2), (3, 7))
    )
    write_json("layers", cases)


def losses():
    cases = []
    for reduction in ["mean", "sum"]:
        for loss_type, options, loss in [
            ("MSELoss", {}, nn.MSELoss(reduction=reduction)),
            ("L1Loss", {}, nn.L1Loss(reduction=reduction)),
            ("HuberLoss", {}, nn.HuberLoss(reduction=reduction)),
            ("HuberLoss", {"delta": 0.5}, nn.HuberLoss(reduction=reduction, delta=0.5)),
            ("HuberLoss", {"delta": 2.5}, nn.HuberLoss(reduction=reduction, delta=2.5)),
        ]:
            predicted = (torch.randn(4, 3) * 2).requires_grad_()
            target = torch.randn(4, 3) * 2
            value = loss(predicted, target)
            value.backward()
            cases.append(
                {
                    "type": loss_type,
                    "options": {**options, "reduction": reduction},
                    "predicted": tensor(predicted),
                    "target": tensor(target),
                    "value": number(value.item()),
                    "gradient": tensor(predicted.grad),
                }
            )
    write_json("losses", cases)


def optimizers():
    cases = []
    for optimizer_type, options, build in [
        ("SGD", {"learningRate": 0.1}, lambda p: torch.optim.SGD(p, 0.1)),
        (
            "SGD",
            {"learningRate": 0.05, "momentum": 0.9},
            lambda p: torch.optim.SGD(p, 0.05, momentum=0.9),
        ),
        (
            "SGD",
            {"learningRate": 0.05, "momentum": 0.8, "nesterov": True, "weightDecay": 0.1},
            lambda p: torch.optim.SGD(p, 0.05, momentum=0.8, nesterov=True, weight_decay=0.1),
        ),
        ("Adam", {}, lambda p: torch.optim.Adam(p)),
        (
            "Adam",
            {"learningRate": 0.02, "betas": [0.8, 0.95], "epsilon": 1e-6, "weightDecay": 0.1},
            lambda p: torch.optim.Adam(p, 0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1),
        ),
        ("AdamW", {}, lambda p: torch.optim.AdamW(p)),
        (
            "AdamW",
            {"learningRate": 0.05, "weightDecay": 0.3},
            lambda p: torch.optim.AdamW(p, 0.05, weight_decay=0.3),
        ),
    ]:
        parameters = [torch.randn(3, 4).requires_grad_(), torch.randn(5).requires_grad_()]
        initial = [tensor(parameter) for parameter in parameters]
        optimizer = build(parameters)
        steps = []
        for _ in range(8):
            for parameter in parameters:
                parameter.grad = torch.randn_like(parameter)
            gradients = [tensor(parameter.grad) for parameter in parameters]
            optimizer.step()
            steps.append(
                {"gradients": gradients, "values": [tensor(parameter) for parameter in parameters]}
            )
        cases.append(
            {"type": optimizer_type, "options": options, "initial": initial, "steps": steps}
        )
    write_json("optimizers", cases)


class Forecaster(nn.Module):
    def __init__(self, inputs, hidden, depth, outputs):
        super().__init__()
        self.lstm = nn.LSTM(inputs, hidden, num_layers=depth, batch_first=True)
        self.head = nn.Linear(hidden, outputs)

    def forward(self, inputs):
        return self.head(self.lstm(inputs)[0][:, -1])


def training():
    model = Forecaster(2, 8, 2, 1)
    inputs = torch.randn(12, 6, 2)
    targets = inputs[:, -3:].sum(dim=(1, 2)).tanh().unsqueeze(1)
    start = state(model)
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    loss = nn.MSELoss()
    epochs, norms = [], []
    for _ in range(5):
        total = 0.0
        for first in range(0, 12, 4):
            optimizer.zero_grad()
            value = loss(model(inputs[first : first + 4]), targets[first : first + 4])
            value.backward()
            norms.append(number(nn.utils.clip_grad_norm_(model.parameters(), 0.25).item()))
            optimizer.step()
            total += value.item() * 4
        epochs.append(number(total / 12))
    write_json(
        "training",
        {
            "options": {"inputSize": 2, "hiddenSize": 8, "numLayers": 2, "outFeatures": 1},
            "state": start,
            "inputs": tensor(inputs),
            "targets": tensor(targets),
            "learningRate": 0.01,
            "gradientClip": 0.25,
            "batchSize": 4,
            "gradientNorms": norms,
            "epochLosses": epochs,
            "trainedState": state(model),
        },
    )


def model_file():
    model = Forecaster(3, 6, 2, 2)
    inputs = torch.randn(4, 9, 3)
    write_safetensors("forecaster", model.state_dict(), {"format": "pt"})
    write_json("forecaster", {"input": tensor(inputs), "output": tensor(model(inputs))})
    values = torch.tensor([[0.0, -0.0, 1.0, -2.5], [0.1, 65504.0, 6e-8, -1e-5]])
    special = torch.tensor([float("inf"), float("-inf"), float("nan")])
    counts = torch.tensor([0, 1, -1, 127, -128])
    tensors = {
        "float64": values.double(),
        "float32": values,
        "float16": values.half(),
        "bfloat16": values.bfloat16(),
        "special16": special.half(),
        "special_b16": special.bfloat16(),
        "int64": counts,
        "int32": counts.int(),
        "int16": counts.short(),
        "int8": counts.char(),
        "uint8": counts.abs().byte(),
        "bool": counts > 0,
        "scalar": torch.tensor(3.5),
        "empty": torch.zeros(0, 4),
    }
    write_safetensors("formats", tensors)
    write_json(
        "formats",
        {
            key: {
                "shape": list(content.shape),
                "data": [
                    value if math.isfinite(value) else NOT_IN_JSON[str(value)]
                    for value in content.double().float().flatten().tolist()
                ],
            }
            for key, content in tensors.items()
        },
    )


def main():
    FIXTURES.mkdir(exist_ok=True)
    torch.manual_seed(20240229)
    torch.set_num_threads(1)
    layers()
    losses()
    optimizers()
    training()
    model_file()


if __name__ == "__main__":
    main()

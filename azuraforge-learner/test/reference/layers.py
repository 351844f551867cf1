"""Writes the reference values of the layers beyond generate.py's, and a model of many kinds of them, with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/layers.py
"""

import math

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from generate import state, tensor, write_json, write_safetensors

CASES = []


def add(name, layer_type, options, module, inputs, call=None, forward=None):
    """Forward, then backward from weighted sums, so that each element of each output has a gradient of its own."""
    inputs = [
        (torch.randn(value) if isinstance(value, tuple) else value).requires_grad_(
            not (torch.is_tensor(value) and value.dtype == torch.int64)
        )
        for value in inputs
    ]
    before = state(module)
    outputs = forward(*inputs) if forward else module(*inputs)
    outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
    weights = [torch.randn_like(output) for output in outputs]
    sum((output * weight).sum() for output, weight in zip(outputs, weights)).backward()
    CASES.append(
        {
            "name": name,
            "type": layer_type,
            "options": options,
            "call": call or {},
            "training": module.training,
            "state": before,
            "inputs": [typed(value) for value in inputs],
            "outputs": [tensor(output) for output in outputs],
            "outputWeights": [tensor(weight) for weight in weights],
            "inputGradients": [
                None if value.grad is None else tensor(value.grad) for value in inputs
            ],
            "gradients": {
                key: tensor(value.grad) for key, value in module.named_parameters()
            },
            "buffersAfter": {
                key: tensor(value.float()) for key, value in module.named_buffers()
            },
        }
    )


def typed(values):
    content = tensor(values)
    if not values.dtype.is_floating_point:
        content["dtype"] = "int32"
    return content


def flush(name):
    write_json(name, CASES)
    CASES.clear()


def convolutions():
    for name, sizes, options, shape in [
        ("plain", (3, 4, 3), {}, (2, 3, 7)),
        ("strided, padded, in groups", (4, 6, 4), {"stride": 2, "padding": 1, "groups": 2}, (1, 4, 9)),
        ("dilated, of the same length, no bias", (2, 3, 3), {"dilation": 2, "padding": "same", "bias": False}, (2, 2, 6)),
    ]:
        given = dict(zip(["inChannels", "outChannels", "kernelSize"], sizes))
        add(name, "Conv1d", {**given, **options}, nn.Conv1d(*sizes, **options), [shape])
    for name, sizes, options, shape in [
        ("plain", (2, 3, 3), {}, (2, 2, 5, 6)),
        (
            "uneven window, stride and padding",
            (3, 4, (2, 3)),
            {"stride": (1, 2), "padding": (1, 0), "dilation": (2, 1)},
            (1, 3, 5, 7),
        ),
        ("depthwise, of the same size, no bias", (4, 4, 3), {"padding": "same", "groups": 4, "bias": False}, (2, 4, 4, 4)),
        ("one by one", (3, 2, 1), {}, (2, 3, 2, 2)),
    ]:
        given = dict(zip(["inChannels", "outChannels", "kernelSize"], sizes))
        add(name, "Conv2d", {**given, **options}, nn.Conv2d(*sizes, **options), [shape])
    for name, sizes, options, shape in [
        ("plain", (3, 2, 3), {}, (2, 3, 3, 4)),
        (
            "doubles the plane",
            (4, 2, 3),
            {"stride": 2, "padding": 1, "outputPadding": 1, "groups": 2},
            (1, 4, 3, 2),
        ),
        (
            "uneven, dilated, no bias",
            (2, 3, (2, 3)),
            {"stride": (2, 1), "dilation": (1, 2), "bias": False},
            (2, 2, 2, 3),
        ),
    ]:
        given = dict(zip(["inChannels", "outChannels", "kernelSize"], sizes))
        torch_options = {
            {"outputPadding": "output_padding"}.get(key, key): value for key, value in options.items()
        }
        add(name, "ConvTranspose2d", {**given, **options}, nn.ConvTranspose2d(*sizes, **torch_options), [shape])
    pools = [
        ("halves", {"kernelSize": 2}, (2, 3, 6)),
        ("overlaps, padded", {"kernelSize": 3, "stride": 1, "padding": 1}, (1, 2, 5)),
        ("rounds up", {"kernelSize": 3, "stride": 2, "ceilMode": True}, (2, 1, 6)),
    ]
    planes = [
        ("halves", {"kernelSize": 2}, (2, 2, 4, 6)),
        (
            "uneven, padded",
            {"kernelSize": (3, 2), "stride": (1, 2), "padding": (1, 0)},
            (1, 2, 4, 5),
        ),
        ("rounds up", {"kernelSize": 3, "stride": 2, "ceilMode": True}, (1, 3, 6, 6)),
    ]
    for layer_type, module, cases in [
        ("MaxPool1d", nn.MaxPool1d, [*pools, ("dilated", {"kernelSize": 2, "dilation": 2}, (1, 2, 6))]),
        ("MaxPool2d", nn.MaxPool2d, [*planes, ("dilated", {"kernelSize": 2, "dilation": (1, 2)}, (1, 2, 4, 6))]),
        ("AvgPool1d", nn.AvgPool1d, [*pools, ("without the padding", {"kernelSize": 3, "padding": 1, "countIncludePad": False}, (1, 2, 6))]),
        ("AvgPool2d", nn.AvgPool2d, [*planes, ("without the padding", {"kernelSize": 3, "padding": 1, "countIncludePad": False}, (1, 2, 5, 5))]),
    ]:
        names = {"kernelSize": "kernel_size", "ceilMode": "ceil_mode", "countIncludePad": "count_include_pad"}
        for name, options, shape in cases:
            torch_options = {names.get(key, key): value for key, value in options.items()}
            add(name, layer_type, options, module(**torch_options), [shape])
    for name, options, shape in [
        ("all but the batch", {}, (2, 3, 2, 2)),
        ("from the start", {"startDim": 0}, (2, 3)),
        ("two axes in the middle", {"startDim": 1, "endDim": -2}, (2, 3, 2, 4)),
    ]:
        torch_options = {{"startDim": "start_dim", "endDim": "end_dim"}[key]: value for key, value in options.items()}
        add(name, "Flatten", options, nn.Flatten(**torch_options), [shape])
    flush("convolution-layers")


def recurrent_case(layer_type, name, sizes, options, shape, lengths=None, start=False):
    kinds = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
    torch_options = {
        {"numLayers": "num_layers"}.get(key, key): value for key, value in options.items()
    }
    module = kinds[layer_type](*sizes, batch_first=True, **torch_options)
    given = {"inputSize": sizes[0], "hiddenSize": sizes[1], **options}
    directions = 2 if options.get("bidirectional") else 1
    state_shape = (options.get("numLayers", 1) * directions, shape[0], sizes[1])
    inputs = [shape]
    if start:
        inputs += [state_shape] * (2 if layer_type == "LSTM" else 1)

    def forward(sequence, *states):
        initial = (tuple(states) if layer_type == "LSTM" else states[0]) if states else None
        if lengths is None:
            output, last = module(sequence, initial)
        else:
            packed = pack_padded_sequence(sequence, lengths, batch_first=True, enforce_sorted=False)
            output, last = module(packed, initial)
            output, _ = pad_packed_sequence(output, batch_first=True, total_length=shape[1])
        return (output, *(last if layer_type == "LSTM" else [last]))

    add(name, layer_type, given, module, inputs, {"lengths": lengths} if lengths else {}, forward)


def recurrent():
    for layer_type in ["RNN", "LSTM", "GRU"]:
        relu = {"nonlinearity": "relu"} if layer_type == "RNN" else {}
        for name, sizes, options, shape, lengths, start in [
            ("one layer", (3, 4), {}, (2, 5, 3), None, False),
            ("two layers, from a state", (2, 3), {"numLayers": 2}, (3, 4, 2), None, True),
            ("both directions, no bias", (3, 2), {"bidirectional": True, "bias": False, **relu}, (2, 3, 3), None, False),
            ("lengths", (2, 4), {}, (3, 5, 2), [2, 5, 3], False),
            (
                "two layers in both directions, lengths, from a state",
                (2, 3),
                {"numLayers": 2, "bidirectional": True},
                (3, 6, 2),
                [6, 1, 4],
                True,
            ),
        ]:
            recurrent_case(layer_type, name, sizes, options, shape, lengths, start)
    recurrent_case("RNN", "with relu, lengths", (2, 3), {"nonlinearity": "relu"}, (3, 4, 2), [1, 4, 2])
    for name, sizes, padding, indices in [
        ("words of a sentence", (7, 3), None, [[1, 2, 2], [6, 0, 1]]),
        ("a row for padding", (5, 4), 0, [[1, 0, 0], [4, 4, 2]]),
        ("padding from the end, one axis", (6, 2), -1, [5, 1, 5, 3]),
    ]:
        options = {"numEmbeddings": sizes[0], "embeddingDim": sizes[1], "paddingIdx": padding}
        add(name, "Embedding", options, nn.Embedding(*sizes, padding_idx=padding), [torch.tensor(indices)])
    flush("recurrent-layers")


class Scaled(nn.Module):
    """torch.nn.functional has it from 2.0 on."""

    def __init__(self, causal):
        super().__init__()
        self.causal = causal

    def forward(self, query, key, value, visible=None):
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
        if self.causal:
            hidden = torch.ones(scores.shape[-2:]).triu(1).bool()
            scores = scores.masked_fill(hidden, -math.inf)
        if visible is not None:
            scores = scores.masked_fill(visible == 0, -math.inf)
        return scores.softmax(-1) @ value


def settle(module):
    """Values that are not torch's constant ones, so that each of them matters."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() == 1:
                parameter.copy_(torch.rand_like(parameter) + 0.5)
    return module


def attention():
    add("of three inputs", "Attention", {}, Scaled(False), [(2, 3, 4), (2, 5, 4), (2, 5, 3)])
    add("causal, with heads", "Attention", {"isCausal": True}, Scaled(True), [(2, 2, 4, 3)] * 3)
    visible = torch.tensor([[[1, 0, 1]], [[1, 1, 0]]])
    module = Scaled(False)
    add(
        "masked",
        "Attention",
        {},
        module,
        [(2, 4, 2), (2, 3, 2), (2, 3, 2)],
        {"attnMask": typed(visible)},
        lambda query, key, value: module(query, key, value, visible),
    )
    for name, sizes, options, shapes, call in [
        ("of one input", (4, 2), {}, [(2, 3, 4)], {}),
        ("of three inputs, no bias", (6, 3), {"bias": False}, [(2, 3, 6), (2, 4, 6), (2, 4, 6)], {}),
        ("causal", (4, 1), {}, [(1, 5, 4)], {"isCausal": True}),
        (
            "padding, and a mask that hides",
            (4, 2),
            {},
            [(2, 3, 4), (2, 5, 4), (2, 5, 4)],
            {
                "keyPaddingMask": torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 0, 0]]),
                "attnMask": torch.tensor([[0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 1]]),
            },
        ),
        (
            "padding, and a mask that is added, by head",
            (4, 2),
            {},
            [(2, 3, 4)],
            {"keyPaddingMask": torch.tensor([[0, 0, 1], [0, 0, 0]]), "attnMask": torch.randn(4, 3, 3)},
        ),
    ]:
        module = settle(nn.MultiheadAttention(*sizes, batch_first=True, bias=options.get("bias", True)))

        def forward(query, key=None, value=None, module=module, call=call):
            key = query if key is None else key
            value = key if value is None else value
            padding, mask = call.get("keyPaddingMask"), call.get("attnMask")
            if call.get("isCausal"):
                mask = torch.ones(query.shape[1], key.shape[1]).triu(1)
                mask = mask.bool()
            elif mask is not None and not mask.is_floating_point():
                mask = mask.bool()
            output, weights = module(
                query,
                key,
                value,
                key_padding_mask=None if padding is None else padding.bool(),
                attn_mask=mask,
                average_attn_weights=False,
            )
            return output, weights

        given = {"embedDim": sizes[0], "numHeads": sizes[1], **options}
        written = {key: typed(value) if torch.is_tensor(value) else value for key, value in call.items()}
        add(name, "MultiHeadAttention", given, module, shapes, written, forward)
    transformers()
    for name, width, shape in [("even", 6, (2, 5, 6)), ("odd", 5, (1, 3, 5)), ("one step", 4, (2, 1, 4))]:
        add(name, "SinusoidalPositionalEncoding", {"dModel": width}, Sinusoidal(), [shape])
    for name, length, width, shape in [
        ("shorter", 6, 4, (2, 3, 4)),
        ("all of it", 3, 2, (1, 3, 2)),
        ("one step", 5, 3, (3, 1, 3)),
    ]:
        module = nn.Embedding(length, width)
        add(
            name,
            "LearnedPositionalEncoding",
            {"maxLength": length, "dModel": width},
            module,
            [shape],
            forward=lambda values, module=module: values + module(torch.arange(values.shape[1])),
        )
    flush("attention-layers")


class Sinusoidal(nn.Module):
    """As in the tutorial of torch, for odd widths too."""

    def forward(self, values):
        _, steps, width = values.shape
        position = torch.arange(steps, dtype=torch.float64).unsqueeze(1)
        rate = torch.exp(torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(10000.0) / width))
        table = torch.zeros(steps, width, dtype=torch.float64)
        table[:, 0::2] = torch.sin(position * rate)
        table[:, 1::2] = torch.cos(position * rate)[:, : width // 2]
        return values + table.float()


NAMES = {
    "dimFeedforward": "dim_feedforward",
    "layerNormEps": "layer_norm_eps",
    "normFirst": "norm_first",
}


def transformers():
    for name, extra, call in [
        ("relu, norm last", {}, {}),
        (
            "gelu, norm first, causal",
            {"activation": "gelu", "normFirst": True, "layerNormEps": 1e-3},
            {"isCausal": True},
        ),
        (
            "padding and a mask",
            {},
            {
                "mask": torch.tensor([[0, 0, 1], [0, 0, 0], [1, 0, 0]]),
                "srcKeyPaddingMask": torch.tensor([[0, 0, 1], [0, 0, 0]]),
            },
        ),
    ]:
        options = {"dModel": 4, "nhead": 2, "dimFeedforward": 5, "dropout": 0, **extra}
        torch_options = {
            NAMES.get(key, key): value for key, value in options.items() if key != "dModel"
        }
        layer = nn.TransformerEncoderLayer(4, batch_first=True, **torch_options)

        def forward(source, module, call=call):
            mask, padding = call.get("mask"), call.get("srcKeyPaddingMask")
            if call.get("isCausal"):
                mask = torch.ones(3, 3).triu(1)
            keywords = {"src_key_padding_mask": None if padding is None else padding.bool()}
            return module(source, None if mask is None else mask.bool(), **keywords)

        written = {key: typed(value) if torch.is_tensor(value) else value for key, value in call.items()}
        settle(layer)
        add(name, "TransformerEncoderLayer", options, layer, [(2, 3, 4)], written,
            lambda source, module=layer, forward=forward: forward(source, module))
        stack = nn.TransformerEncoder(layer, 2, norm=nn.LayerNorm(4, eps=options.get("layerNormEps", 1e-5)))
        for parameter in stack.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
            parameter.grad = None
        add(name, "TransformerEncoder", {**options, "numLayers": 2, "finalNorm": True}, stack, [(2, 3, 4)], written,
            lambda source, module=stack, forward=forward: forward(source, module))
    for name, extra, call in [
        ("relu, norm last", {}, {}),
        (
            "gelu, norm first, causal",
            {"activation": "gelu", "normFirst": True},
            {"tgtIsCausal": True},
        ),
        (
            "padding and masks",
            {},
            {
                "tgtMask": torch.tensor([[0, 0, 1], [0, 0, 0], [1, 0, 0]]),
                "memoryMask": torch.tensor([[0, 1, 0, 0], [0, 0, 0, 0], [1, 0, 0, 0]]),
                "tgtKeyPaddingMask": torch.tensor([[0, 0, 1], [0, 0, 0]]),
                "memoryKeyPaddingMask": torch.tensor([[0, 0, 0, 1], [0, 0, 0, 0]]),
            },
        ),
    ]:
        options = {"dModel": 4, "nhead": 2, "dimFeedforward": 5, "dropout": 0, **extra}
        torch_options = {
            NAMES.get(key, key): value for key, value in options.items() if key != "dModel"
        }
        layer = nn.TransformerDecoderLayer(4, batch_first=True, **torch_options)

        def forward(target, memory, module, call=call):
            masks = {key: value.bool() for key, value in call.items() if torch.is_tensor(value)}
            if call.get("tgtIsCausal"):
                masks["tgtMask"] = torch.ones(3, 3).triu(1).bool()
            return module(
                target,
                memory,
                tgt_mask=masks.get("tgtMask"),
                memory_mask=masks.get("memoryMask"),
                tgt_key_padding_mask=masks.get("tgtKeyPaddingMask"),
                memory_key_padding_mask=masks.get("memoryKeyPaddingMask"),
            )

        written = {key: typed(value) if torch.is_tensor(value) else value for key, value in call.items()}
        settle(layer)
        inputs = [(2, 3, 4), (2, 4, 4)]
        add(name, "TransformerDecoderLayer", options, layer, inputs, written,
            lambda target, memory, module=layer, forward=forward: forward(target, memory, module))
        stack = nn.TransformerDecoder(layer, 2)
        for parameter in stack.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
            parameter.grad = None
        add(name, "TransformerDecoder", {**options, "numLayers": 2}, stack, inputs, written,
            lambda target, memory, module=stack, forward=forward: forward(target, memory, module))


def normalizations():
    for name, shape, options, inputs in [
        ("one axis", [5], {}, (3, 5)),
        ("two axes, larger eps", [2, 3], {"eps": 0.1}, (4, 2, 3)),
        ("without weights", [4], {"elementwiseAffine": False}, (2, 3, 4)),
    ]:
        names = {"elementwiseAffine": "elementwise_affine"}
        module = nn.LayerNorm(shape, **{names.get(key, key): value for key, value in options.items()})
        add(name, "LayerNorm", {"normalizedShape": shape, **options}, settle(module), [inputs])
    for name, groups, channels, options, shape in [
        ("two groups", 2, 4, {}, (2, 4, 3)),
        ("each channel by itself", 3, 3, {"eps": 0.1}, (2, 3, 2, 2)),
        ("one group without weights", 1, 4, {"affine": False}, (2, 4, 2)),
    ]:
        module = settle(nn.GroupNorm(groups, channels, **options))
        add(name, "GroupNorm", {"numGroups": groups, "numChannels": channels, **options}, module, [shape])
    for layer_type, module_type, shapes in [
        ("BatchNorm1d", nn.BatchNorm1d, [(5, 3), (2, 3, 4), (4, 3), (3, 3)]),
        ("BatchNorm2d", nn.BatchNorm2d, [(2, 3, 2, 3), (3, 3, 1, 2), (2, 3, 2, 2), (1, 3, 2, 2)]),
    ]:
        for (name, options, training), shape in zip(
            [
                ("in training", {}, True),
                ("in training, momentum 0.3, no weights", {"momentum": 0.3, "affine": False, "eps": 0.01}, True),
                ("in eval mode", {}, False),
                ("without running statistics, in eval mode", {"trackRunningStats": False}, False),
            ],
            shapes,
        ):
            names = {"trackRunningStats": "track_running_stats"}
            module = module_type(3, **{names.get(key, key): value for key, value in options.items()})
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
            if options.get("dim", -1) >= len(shape) or (options.get("numParameters") and len(shape) == 1):
                continue
            values = torch.randn(shape) * 4
            add(f"{options} of {len(shape)} axes", name, options, module, [values])
            for parameter in module.parameters():
                parameter.grad = None
    flush("activation-layers")


class Block(nn.Module):
    """What Residual is, with its names."""

    def __init__(self, inner, shortcut=None):
        super().__init__()
        self.inner = inner
        if shortcut is not None:
            self.shortcut = shortcut

    def forward(self, values):
        return self.inner(values) + (self.shortcut(values) if hasattr(self, "shortcut") else values)


class Last(nn.Module):
    def forward(self, values):
        return values[:, -1]


def compositions():
    linear = {"type": "Linear", "inFeatures": 3, "outFeatures": 3}
    smaller = {**linear, "outFeatures": 2}
    tanh = {"type": "Tanh"}
    for name, options, module, shape in [
        ("around one layer", {"inner": linear}, Block(nn.Linear(3, 3)), (4, 3)),
        (
            "with a shortcut",
            {"inner": smaller, "shortcut": {**smaller, "bias": False}},
            Block(nn.Linear(3, 2), nn.Linear(3, 2, bias=False)),
            (2, 2, 3),
        ),
        ("around a function", {"inner": tanh}, Block(nn.Tanh()), (5,)),
    ]:
        add(name, "Residual", options, module, [shape])
    for name, parts, module, shape in [
        ("of one", [("0", linear)], nn.Sequential(nn.Linear(3, 3)), (4, 3)),
        (
            "of three",
            [("0", linear), ("1", tanh), ("2", smaller)],
            nn.Sequential(nn.Linear(3, 3), nn.Tanh(), nn.Linear(3, 2)),
            (2, 2, 3),
        ),
        (
            "nested, with a residual",
            [("0", {"type": "Sequential", "layers": [{"name": "0", "layer": linear}]}), ("1", {"type": "Residual", "inner": linear})],
            nn.Sequential(nn.Sequential(nn.Linear(3, 3)), Block(nn.Linear(3, 3))),
            (2, 3),
        ),
    ]:
        options = {"layers": [{"name": key, "layer": layer} for key, layer in parts]}
        add(name, "Sequential", options, module, [shape])
    for name, shape in [("of a batch", (3, 4, 2)), ("of one step", (2, 1, 3)), ("of one row", (1, 5, 1))]:
        add(name, "LastStep", {}, Last(), [shape])
    for name, probability, shape in [("a half", 0.5, (2, 3)), ("none", 0, (4,)), ("a tenth", 0.1, (2, 3, 2))]:
        add(name + ", in eval mode", "Dropout", {"probability": probability}, nn.Dropout(probability).eval(), [shape])
    flush("composition-layers")


class Reader(nn.Module):
    """Sentences of word numbers through most kinds of layers, with the names of the Sequential that the test builds."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 8, padding_idx=0)
        self.places = nn.Embedding(6, 8)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 12, activation="gelu", batch_first=True), 2, nn.LayerNorm(8)
        )
        self.gru = nn.GRU(8, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.lstm = nn.LSTM(8, 6, batch_first=True)
        self.rnn = nn.RNN(6, 6, batch_first=True)
        # As channels: [batch, time, 6] is a signal of six steps on as many channels as words.
        self.conv = nn.Conv1d(6, 8, 3, padding=1)
        self.bn = nn.BatchNorm1d(8)
        self.block = Block(nn.Sequential(nn.Conv1d(8, 4, 1), nn.GroupNorm(2, 4)), nn.Conv1d(8, 4, 1))
        self.slope = nn.PReLU(4)
        self.head = nn.Linear(12, 3)

    def forward(self, words):
        values = self.words(words) + self.places(torch.arange(words.shape[1]))
        values = self.gru(self.encoder(values))[0]
        values = self.rnn(self.lstm(values)[0])[0]
        values = self.slope(self.block(self.bn(self.conv(values))))
        return self.head(nn.functional.max_pool1d(values, 2).flatten(1)).log_softmax(-1)


class Painter(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 4, 3, stride=2, padding=1)
        self.bn = nn.BatchNorm2d(4)
        self.up = nn.ConvTranspose2d(4, 2, 2, stride=2)
        self.head = nn.Linear(18, 2)

    def forward(self, image):
        values = nn.functional.silu(self.bn(self.conv(image)))
        return self.head(nn.functional.avg_pool2d(self.up(values), 2).flatten(1))


def models():
    """State dicts after some training steps, so that running statistics and all weights have moved."""
    for name, model, values, classes in [
        ("reader", Reader(), torch.randint(0, 11, (5, 6)), 3),
        ("painter", Painter(), torch.randn(5, 1, 6, 6), 2),
    ]:
        optimizer = torch.optim.Adam(model.parameters(), 0.01)
        for _ in range(3):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(values), torch.arange(5) % classes).backward()
            optimizer.step()
        model.eval()
        write_safetensors(name, model.state_dict(), {"format": "pt"})
        write_json(name, {"input": typed(values), "output": tensor(model(values))})


def main():
    torch.manual_seed(20240301)
    torch.set_num_threads(1)
    convolutions()
    recurrent()
    attention()
    normalizations()
    activations()
    compositions()
    models()


if __name__ == "__main__":
    main()

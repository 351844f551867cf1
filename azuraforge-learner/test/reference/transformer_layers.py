"""Writes the reference values of transformer layers and positional encodings with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/transformer_layers.py
"""

import math

import torch
from torch import nn

from layer_case import add, flush, settle, start, torch_names, written


class Sinusoidal(nn.Module):
    """As in the tutorial of torch, for odd widths too."""

    def forward(self, values):
        _, steps, width = values.shape
        position = torch.arange(steps, dtype=torch.float64).unsqueeze(1)
        rate = torch.exp(
            torch.arange(0, width, 2, dtype=torch.float64) * (-math.log(10000.0) / width)
        )
        table = torch.zeros(steps, width, dtype=torch.float64)
        table[:, 0::2] = torch.sin(position * rate)
        table[:, 1::2] = torch.cos(position * rate)[:, : width // 2]
        return values + table.float()


def positions():
    for name, width, shape in [
        ("even", 6, (2, 5, 6)),
        ("odd", 5, (1, 3, 5)),
        ("one step", 4, (2, 1, 4)),
    ]:
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
        torch_options = torch_names(options, NAMES)
        del torch_options["dModel"]
        layer = nn.TransformerEncoderLayer(4, batch_first=True, **torch_options)

        def forward(source, module, call=call):
            mask, padding = call.get("mask"), call.get("srcKeyPaddingMask")
            if call.get("isCausal"):
                mask = torch.ones(3, 3).triu(1)
            keywords = {"src_key_padding_mask": None if padding is None else padding.bool()}
            return module(source, None if mask is None else mask.bool(), **keywords)

        settle(layer)
        add(
            name,
            "TransformerEncoderLayer",
            options,
            layer,
            [(2, 3, 4)],
            written(call),
            lambda source, module=layer, forward=forward: forward(source, module),
        )
        stack = nn.TransformerEncoder(
            layer, 2, norm=nn.LayerNorm(4, eps=options.get("layerNormEps", 1e-5))
        )
        for parameter in stack.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
            parameter.grad = None
        add(
            name,
            "TransformerEncoder",
            {**options, "numLayers": 2, "finalNorm": True},
            stack,
            [(2, 3, 4)],
            written(call),
            lambda source, module=stack, forward=forward: forward(source, module),
        )
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
        torch_options = torch_names(options, NAMES)
        del torch_options["dModel"]
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

        settle(layer)
        inputs = [(2, 3, 4), (2, 4, 4)]
        add(
            name,
            "TransformerDecoderLayer",
            options,
            layer,
            inputs,
            written(call),
            lambda target, memory, module=layer, forward=forward: forward(target, memory, module),
        )
        stack = nn.TransformerDecoder(layer, 2)
        for parameter in stack.parameters():
            parameter.data += 0.1 * torch.randn_like(parameter)
            parameter.grad = None
        add(
            name,
            "TransformerDecoder",
            {**options, "numLayers": 2},
            stack,
            inputs,
            written(call),
            lambda target, memory, module=stack, forward=forward: forward(target, memory, module),
        )


if __name__ == "__main__":
    start(20240304)
    positions()
    transformers()
    flush("transformer-layers")

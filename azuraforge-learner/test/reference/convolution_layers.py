"""Writes the reference values of convolution and pooling layers with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/convolution_layers.py
"""

import torch
from torch import nn

from layer_case import add, flush, start, torch_names


def convolutions():
    for name, sizes, options, shape in [
        ("plain", (3, 4, 3), {}, (2, 3, 7)),
        (
            "strided, padded, in groups",
            (4, 6, 4),
            {"stride": 2, "padding": 1, "groups": 2},
            (1, 4, 9),
        ),
        (
            "dilated, of the same length, no bias",
            (2, 3, 3),
            {"dilation": 2, "padding": "same", "bias": False},
            (2, 2, 6),
        ),
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
        (
            "depthwise, of the same size, no bias",
            (4, 4, 3),
            {"padding": "same", "groups": 4, "bias": False},
            (2, 4, 4, 4),
        ),
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
        torch_options = torch_names(options, {"outputPadding": "output_padding"})
        add(
            name,
            "ConvTranspose2d",
            {**given, **options},
            nn.ConvTranspose2d(*sizes, **torch_options),
            [shape],
        )
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
        (
            "MaxPool1d",
            nn.MaxPool1d,
            [*pools, ("dilated", {"kernelSize": 2, "dilation": 2}, (1, 2, 6))],
        ),
        (
            "MaxPool2d",
            nn.MaxPool2d,
            [*planes, ("dilated", {"kernelSize": 2, "dilation": (1, 2)}, (1, 2, 4, 6))],
        ),
        (
            "AvgPool1d",
            nn.AvgPool1d,
            [
                *pools,
                (
                    "without the padding",
                    {"kernelSize": 3, "padding": 1, "countIncludePad": False},
                    (1, 2, 6),
                ),
            ],
        ),
        (
            "AvgPool2d",
            nn.AvgPool2d,
            [
                *planes,
                (
                    "without the padding",
                    {"kernelSize": 3, "padding": 1, "countIncludePad": False},
                    (1, 2, 5, 5),
                ),
            ],
        ),
    ]:
        names = {
            "kernelSize": "kernel_size",
            "ceilMode": "ceil_mode",
            "countIncludePad": "count_include_pad",
        }
        for name, options, shape in cases:
            add(name, layer_type, options, module(**torch_names(options, names)), [shape])
    for name, options, shape in [
        ("all but the batch", {}, (2, 3, 2, 2)),
        ("from the start", {"startDim": 0}, (2, 3)),
        ("two axes in the middle", {"startDim": 1, "endDim": -2}, (2, 3, 2, 4)),
    ]:
        torch_options = torch_names(options, {"startDim": "start_dim", "endDim": "end_dim"})
        add(name, "Flatten", options, nn.Flatten(**torch_options), [shape])
    flush("convolution-layers")


if __name__ == "__main__":
    start(20240301)
    convolutions()

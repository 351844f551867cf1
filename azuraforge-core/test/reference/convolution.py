"""Writes the reference values of convolution and pooling with PyTorch: /usr/bin/python3 test/reference/convolution.py"""

import torch
import torch.nn.functional as F

from case import CASES, INF, NAN, case, randn, write

torch.manual_seed(20261125)

CAMEL = {"output_padding": "outputPadding", "ceil_mode": "ceilMode", "count_include_pad": "countIncludePad"}


def options_of(keywords):
    return {CAMEL.get(key, key): value for key, value in keywords.items()}


def convolution(name, op, x, weight, smooth=True, bias=True, **keywords):
    """x and weight are shapes."""
    run = {
        "conv1d": F.conv1d,
        "conv2d": F.conv2d,
        "convTranspose1d": F.conv_transpose1d,
        "convTranspose2d": F.conv_transpose2d,
    }[op]
    groups = keywords.get("groups", 1)
    channels = weight[1] * groups if "Transpose" in op else weight[0]
    inputs = [randn(*x), randn(*weight)] + ([randn(channels)] if bias else [])
    case(name, op, inputs, lambda *leaves: run(*leaves, **keywords), [options_of(keywords)], smooth=smooth)


def pool(name, op, x, kernel_size, smooth=False, **keywords):
    """x is a tensor, or the shape of one."""
    run = {"maxPool1d": F.max_pool1d, "maxPool2d": F.max_pool2d, "avgPool1d": F.avg_pool1d, "avgPool2d": F.avg_pool2d}[op]
    inputs = [x if isinstance(x, torch.Tensor) else randn(*x)]
    case(name, op, inputs, lambda leaf: run(leaf, kernel_size, **keywords), [kernel_size, options_of(keywords)], smooth=smooth)


# Convolution.
convolution("of one number", "conv2d", (1, 1, 1, 1), (1, 1, 1, 1))
convolution("1x1", "conv2d", (2, 3, 4, 5), (4, 3, 1, 1))
convolution("1x1 with a stride", "conv2d", (2, 3, 5, 7), (4, 3, 1, 1), stride=2)
convolution("3x3", "conv2d", (2, 3, 6, 7), (4, 3, 3, 3))
convolution("without a bias", "conv2d", (2, 3, 5, 4), (2, 3, 3, 3), bias=False, padding=1)
convolution("with padding", "conv2d", (2, 2, 5, 6), (3, 2, 3, 3), padding=1)
convolution("with more padding than the window", "conv2d", (1, 2, 3, 4), (3, 2, 2, 3), padding=[3, 4])
convolution("with a stride", "conv2d", (2, 2, 7, 8), (3, 2, 3, 3), stride=2, padding=1)
convolution("with a stride above the window", "conv2d", (1, 2, 8, 9), (3, 2, 2, 2), stride=3)
convolution("with dilation", "conv2d", (1, 2, 8, 9), (3, 2, 3, 3), dilation=2, padding=2)
convolution("with all pairs", "conv2d", (1, 2, 9, 10), (2, 2, 2, 3), stride=[2, 3], padding=[1, 2], dilation=[3, 2])
convolution("in groups", "conv2d", (2, 4, 5, 5), (6, 2, 3, 3), padding=1, groups=2)
convolution("by channel", "conv2d", (2, 3, 5, 6), (3, 1, 3, 3), padding=1, groups=3)
convolution("by channel, with a stride", "conv2d", (1, 3, 7, 6), (6, 1, 3, 3), padding=1, stride=2, groups=3)
convolution("of a window as large as the plane", "conv2d", (2, 3, 4, 5), (3, 3, 4, 5))
convolution("to the same size", "conv2d", (1, 2, 5, 6), (2, 2, 3, 5), padding="same")
convolution("to the same size, even window", "conv2d", (1, 2, 5, 6), (2, 2, 2, 4), padding="same")
convolution("to the same size, dilated even window", "conv2d", (1, 1, 6, 7), (2, 1, 2, 4), padding="same", dilation=[3, 1])
convolution("within the plane", "conv2d", (1, 2, 5, 6), (2, 2, 3, 3), padding="valid")
convolution("of an empty batch", "conv2d", (0, 3, 5, 5), (2, 3, 3, 3), padding=1)
convolution("of more channels than a panel", "conv2d", (2, 11, 6, 7), (19, 11, 3, 3), smooth=False, padding=1)
convolution("of one channel", "conv2d", (2, 1, 12, 13), (16, 1, 3, 3), smooth=False, padding=1)
convolution("of one row", "conv1d", (2, 3, 9), (4, 3, 3))
convolution("with stride, padding and dilation", "conv1d", (2, 3, 14), (4, 3, 3), stride=2, padding=2, dilation=3)
convolution("in groups, without a bias", "conv1d", (1, 4, 7), (4, 2, 2), bias=False, groups=2, padding=1)
convolution("to the same size", "conv1d", (1, 2, 9), (3, 2, 4), padding="same")

# Transposed convolution.
convolution("of one number", "convTranspose2d", (1, 1, 1, 1), (1, 1, 1, 1))
convolution("3x3", "convTranspose2d", (2, 3, 4, 5), (3, 2, 3, 3))
convolution("with padding, without a bias", "convTranspose2d", (2, 3, 4, 5), (3, 2, 3, 3), bias=False, padding=1)
convolution("with a stride", "convTranspose2d", (2, 2, 4, 3), (2, 3, 3, 3), stride=2, padding=1)
convolution("with output padding", "convTranspose2d", (1, 2, 4, 3), (2, 3, 3, 3), stride=2, padding=1, output_padding=1)
convolution("with a stride above the window", "convTranspose2d", (1, 2, 3, 4), (2, 3, 2, 2), stride=3)
convolution("with all pairs", "convTranspose2d", (1, 2, 3, 4), (2, 2, 2, 3), stride=[2, 1], padding=[1, 2], output_padding=[1, 0], dilation=[3, 2])
convolution("in groups", "convTranspose2d", (2, 4, 3, 3), (4, 3, 3, 3), stride=2, groups=2)
convolution("by channel", "convTranspose2d", (1, 3, 4, 4), (3, 1, 2, 2), stride=2, groups=3)
convolution("of an empty batch", "convTranspose2d", (0, 3, 4, 4), (3, 2, 3, 3))
convolution("of more channels than a panel", "convTranspose2d", (2, 11, 5, 6), (11, 19, 3, 3), smooth=False, padding=1)
convolution("of one row", "convTranspose1d", (2, 3, 6), (3, 4, 3))
convolution("with everything", "convTranspose1d", (2, 4, 5), (4, 2, 3), stride=3, padding=1, output_padding=2, groups=2, dilation=2)

# Pooling.
SPECIALS = torch.tensor([[1.0, NAN, 2.0, INF], [0.0, -INF, 3.0, 1.0], [-INF, -INF, 5.0, 5.0], [-INF, -INF, 5.0, 4.0]])
pool("2x2", "maxPool2d", (2, 3, 6, 8), 2)
pool("2x2 of an odd size", "maxPool2d", (2, 3, 7, 9), 2)
pool("2x2 up to the end", "maxPool2d", (2, 3, 7, 9), 2, ceil_mode=True)
pool("of windows that overlap", "maxPool2d", (2, 2, 6, 7), 3, stride=1)
pool("with padding", "maxPool2d", (1, 2, 6, 7), 3, stride=2, padding=1)
pool("with padding, up to the end", "maxPool2d", (1, 2, 6, 8), [3, 2], stride=[2, 3], padding=[1, 1], ceil_mode=True)
pool("that leaves the last window out", "maxPool2d", (1, 1, 5, 5), 2, stride=3, padding=1, ceil_mode=True)
pool("with dilation", "maxPool2d", (1, 2, 8, 9), [2, 3], stride=1, dilation=[3, 2])
pool("with dilation and padding", "maxPool2d", (1, 2, 7, 8), 3, stride=2, padding=1, dilation=2, ceil_mode=True)
pool("of the whole plane", "maxPool2d", (2, 2, 3, 4), [3, 4])
pool("of one number", "maxPool2d", (1, 1, 1, 1), 1)
pool("without a batch", "maxPool2d", (3, 4, 6), 2)
pool("of an empty batch", "maxPool2d", (0, 3, 4, 4), 2)
pool("of specials", "maxPool2d", SPECIALS.reshape(1, 1, 4, 4), 2)
pool("of equal numbers", "maxPool2d", torch.ones(1, 1, 4, 6), 2)
pool("2", "maxPool1d", (2, 3, 9), 2)
pool("with everything", "maxPool1d", (2, 3, 12), 3, stride=2, padding=1, dilation=2, ceil_mode=True)
pool("without a batch", "maxPool1d", (3, 9), 3)
pool("2x2", "avgPool2d", (2, 3, 6, 8), 2, smooth=True)
pool("2x2 of an odd size, up to the end", "avgPool2d", (2, 3, 7, 9), 2, smooth=True, ceil_mode=True)
pool("with padding that counts", "avgPool2d", (1, 2, 6, 7), 3, smooth=True, stride=2, padding=1)
pool("with padding that counts, up to the end", "avgPool2d", (1, 2, 6, 8), [3, 2], smooth=True, stride=[2, 3], padding=[1, 1], ceil_mode=True)
pool("with padding that does not count", "avgPool2d", (1, 2, 6, 7), 3, smooth=True, stride=2, padding=1, count_include_pad=False)
pool("of windows that overlap", "avgPool2d", (1, 2, 5, 6), [2, 3], smooth=True, stride=1)
pool("of the whole plane", "avgPool2d", (2, 2, 3, 4), [3, 4], smooth=True)
pool("without a batch", "avgPool2d", (3, 4, 6), 2, smooth=True)
pool("of an empty batch", "avgPool2d", (0, 3, 4, 4), 2)
pool("of specials", "avgPool2d", SPECIALS.reshape(1, 1, 4, 4), 2)
pool("3", "avgPool1d", (2, 3, 10), 3, smooth=True)
pool("with everything", "avgPool1d", (2, 3, 11), 4, smooth=True, stride=3, padding=2, ceil_mode=True, count_include_pad=False)

write("convolution.json", CASES)

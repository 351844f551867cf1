"""Writes the reference values of layers with several inputs, and of the encoder of token sequences, with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/branch_layers.py
"""

import torch
from torch import nn

from layer_case import add, flush, start


class Beside(nn.Module):
    """What Branches is, with its names."""

    def __init__(self, **branches):
        super().__init__()
        for name, branch in branches.items():
            self.add_module(name, branch)

    def forward(self, *inputs):
        branches = self.children()
        return torch.cat([branch(values) for branch, values in zip(branches, inputs)], 1)


class Joined(nn.Sequential):
    def forward(self, *inputs):
        first, *rest = self
        return nn.Sequential(*rest)(first(*inputs))


class Tokens(nn.Module):
    """What SequenceEncoder is, with its names."""

    def __init__(self, count, width, hidden, padding, bidirectional):
        super().__init__()
        self.padding = padding
        self.embedding = nn.Embedding(count, width, padding_idx=padding)
        self.gru = nn.GRU(width, hidden, batch_first=True, bidirectional=bidirectional)

    def forward(self, tokens):
        lengths = (tokens != self.padding).sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False
        )
        return torch.cat(list(self.gru(packed)[1]), 1)


def branches():
    def linear(inputs, outputs):
        described = {"type": "Linear", "inFeatures": inputs, "outFeatures": outputs}
        return described, nn.Linear(inputs, outputs)

    (first, first_layer), (second, second_layer) = linear(3, 2), linear(4, 5)
    two = [{"name": "words", "layer": first}, {"name": "pixels", "layer": second}]
    add(
        "of two inputs",
        "Branches",
        {"branches": two},
        Beside(words=first_layer, pixels=second_layer),
        [(3, 3), (3, 4)],
    )
    (only, only_layer) = linear(2, 3)
    add("of one input", "Branches", {"branches": [{"name": "0", "layer": only}]}, Beside(**{"0": only_layer}), [(2, 2)])
    flat = {"name": "plane", "layer": {"type": "Flatten"}}
    (third, third_layer) = linear(1, 2)
    three = [{"name": "one", "layer": third}, flat, {"name": "two", "layer": {"type": "Tanh"}}]
    add(
        "of three inputs",
        "Branches",
        {"branches": three},
        Beside(one=third_layer, plane=nn.Flatten(), two=nn.Tanh()),
        [(2, 1), (2, 2, 2), (2, 3)],
    )
    (head, head_layer) = linear(7, 2)
    layers = [{"name": "0", "layer": {"type": "Branches", "branches": two}}, {"name": "1", "layer": head}]
    add(
        "of several inputs",
        "Sequential",
        {"layers": layers},
        Joined(Beside(words=nn.Linear(3, 2), pixels=nn.Linear(4, 5)), head_layer),
        [(3, 3), (3, 4)],
    )


def encoders():
    for name, sizes, options, tokens in [
        ("in both directions", (6, 3, 2), {}, [[1, 4, 0, 2], [3, 5, 5, 5], [0, 2, 5, 5]]),
        ("forward alone", (5, 2, 3), {"bidirectional": False}, [[1, 0, 3], [2, 4, 4]]),
        ("with padding first among the tokens", (5, 2, 2), {"paddingIdx": 0}, [[1, 2, 3, 0], [4, 0, 0, 0]]),
    ]:
        count, width, hidden = sizes
        given = {"numEmbeddings": count, "embeddingDim": width, "hiddenSize": hidden, **options}
        padding = options.get("paddingIdx", count - 1)
        module = Tokens(count, width, hidden, padding, options.get("bidirectional", True))
        add(name, "SequenceEncoder", given, module, [torch.tensor(tokens)])


if __name__ == "__main__":
    start(20240308)
    branches()
    encoders()
    flush("branch-layers")

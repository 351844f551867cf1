"""Writes the reference values of models over tokens with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/text_layers.py
"""

import torch
from torch import nn

from layer_case import add, flush, settle, start


def encoder_of(options):
    width = options["dModel"]
    layer = nn.TransformerEncoderLayer(
        width,
        options["nhead"],
        options.get("dimFeedforward", 4 * width),
        dropout=0,
        activation="gelu",
        batch_first=True,
        norm_first=True,
    )
    stack = nn.TransformerEncoder(layer, options["numLayers"], norm=nn.LayerNorm(width))
    settle(stack)
    for parameter in stack.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return stack


class Reader(nn.Module):
    """Embedding, positions and layers of either model."""

    def __init__(self, options):
        super().__init__()
        width = options["dModel"]
        self.embedding = nn.Embedding(
            options["vocabularySize"], width, padding_idx=options.get("padding")
        )
        self.position = nn.Embedding(options["maxLength"], width)
        self.encoder = encoder_of(options)

    def read(self, tokens, **masks):
        tokens = tokens.long()
        embedded = self.embedding(tokens) + self.position(torch.arange(tokens.shape[1]))
        return self.encoder(embedded, **masks)


class GPT(Reader):
    def __init__(self, options):
        super().__init__(options)
        if not options.get("tied", True):
            self.head = nn.Linear(options["dModel"], options["vocabularySize"], bias=False)

    def forward(self, tokens):
        steps = tokens.shape[1]
        hidden = self.read(tokens, mask=torch.ones(steps, steps).triu(1).bool())
        return hidden @ (self.head if hasattr(self, "head") else self.embedding).weight.T


class TextClassifier(Reader):
    def __init__(self, options):
        super().__init__(options)
        self.padding = options["padding"]
        self.head = nn.Linear(options["dModel"], options["classes"])

    def forward(self, tokens):
        hides = tokens == self.padding
        hidden = self.read(tokens, src_key_padding_mask=hides)
        counts = (~hides).unsqueeze(2).double()
        return self.head((hidden * counts).sum(1) / counts.sum(1))


def models():
    sizes = {"vocabularySize": 7, "maxLength": 4, "dModel": 4, "nhead": 2, "numLayers": 2}
    tokens = torch.tensor([[1, 6, 0, 1], [5, 5, 2, 3]], dtype=torch.int32)
    for name, extra, given in [
        ("tied", {}, tokens),
        ("of its own head", {"tied": False, "numLayers": 1, "dimFeedforward": 3}, tokens[:, :3]),
        ("of one step", {"nhead": 1}, tokens[:, :1]),
    ]:
        options = {**sizes, "dropout": 0, **extra}
        add(name, "GPT", options, GPT(options), [given])
    padded = torch.tensor([[1, 4, 6, 6], [5, 6, 6, 6], [2, 3, 0, 1]], dtype=torch.int32)
    for name, extra, given in [
        ("of padded texts", {"padding": 6}, padded),
        ("of whole texts", {"padding": 0, "numLayers": 1, "dimFeedforward": 3}, padded[2:, :2]),
        ("of more classes", {"padding": 6, "classes": 5, "nhead": 1}, padded[:2]),
    ]:
        options = {**sizes, "classes": 3, "dropout": 0, **extra}
        add(name, "TextClassifier", options, TextClassifier(options), [given])
    flush("text-layers")


if __name__ == "__main__":
    start(20240308)
    models()

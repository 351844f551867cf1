"""Writes the reference values of composed layers, and two models of many kinds of layers, with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/composed_layers.py
"""

import torch
from torch import nn

from generate import tensor, write_json, write_safetensors
from layer_case import add, flush, start, typed


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
            [
                ("0", {"type": "Sequential", "layers": [{"name": "0", "layer": linear}]}),
                ("1", {"type": "Residual", "inner": linear}),
            ],
            nn.Sequential(nn.Sequential(nn.Linear(3, 3)), Block(nn.Linear(3, 3))),
            (2, 3),
        ),
    ]:
        options = {"layers": [{"name": key, "layer": layer} for key, layer in parts]}
        add(name, "Sequential", options, module, [shape])
    for name, shape in [
        ("of a batch", (3, 4, 2)),
        ("of one step", (2, 1, 3)),
        ("of one row", (1, 5, 1)),
    ]:
        add(name, "LastStep", {}, Last(), [shape])
    for name, probability, shape in [
        ("a half", 0.5, (2, 3)),
        ("none", 0, (4,)),
        ("a tenth", 0.1, (2, 3, 2)),
    ]:
        add(
            name + ", in eval mode",
            "Dropout",
            {"probability": probability},
            nn.Dropout(probability).eval(),
            [shape],
        )
    flush("composition-layers")


class Reader(nn.Module):
    """Sentences of word numbers through most kinds of layers, with the names of the Sequential that the test builds."""

    def __init__(self):
        super().__init__()
        self.words = nn.Embedding(11, 8, padding_idx=0)
        self.places = nn.Embedding(6, 8)
        self.encoder = nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 12, activation="gelu", batch_first=True),
            2,
            nn.LayerNorm(8),
        )
        self.gru = nn.GRU(8, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.lstm = nn.LSTM(8, 6, batch_first=True)
        self.rnn = nn.RNN(6, 6, batch_first=True)
        # As channels: [batch, time, 6] is a signal of six steps on as many channels as words.
        self.conv = nn.Conv1d(6, 8, 3, padding=1)
        self.bn = nn.BatchNorm1d(8)
        self.block = Block(
            nn.Sequential(nn.Conv1d(8, 4, 1), nn.GroupNorm(2, 4)), nn.Conv1d(8, 4, 1)
        )
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
    torch.set_default_dtype(torch.float32)
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


if __name__ == "__main__":
    start(20240306)
    compositions()
    models()

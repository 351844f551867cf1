"""Models exported by PyTorch itself, with what they predict: test/fixtures/onnx. Run: /usr/bin/python3 onnx_models.py"""

import json
from pathlib import Path

import torch
from torch import nn

FOLDER = Path(__file__).parent.parent / "fixtures" / "onnx"


class Painter(nn.Module):
    """Convolutions of many kinds, with functions between them rather than layers."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding=1, stride=2)
        self.norm = nn.BatchNorm2d(4)
        self.deep = nn.Conv2d(4, 4, 3, padding=2, dilation=2, groups=4)
        self.groups = nn.GroupNorm(2, 4)
        self.up = nn.ConvTranspose2d(4, 2, 2, stride=2)
        self.slope = nn.PReLU(2)
        self.head = nn.Linear(2, 3)

    def forward(self, image):
        values = torch.relu(self.norm(self.first(image)))
        values = values + nn.functional.gelu(self.groups(self.deep(values)))
        values = nn.functional.max_pool2d(values, 2) + nn.functional.avg_pool2d(values, 2)
        values = self.slope(self.up(values))
        values = nn.functional.hardswish(nn.functional.adaptive_avg_pool2d(values, 1).flatten(1))
        return nn.functional.log_softmax(self.head(values.clamp(-2, 2)), 1)


class Forecaster(nn.Module):
    """Recurrent layers of all three kinds; the last step alone."""

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(3, 4, num_layers=2, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(8, 5, batch_first=True, bidirectional=True)
        self.rnn = nn.RNN(10, 4, batch_first=True)
        self.head = nn.Linear(8, 2)

    def forward(self, series):
        output, _ = self.lstm(series)
        output, _ = self.gru(output)
        output, hidden = self.rnn(output)
        return self.head(torch.cat([output[:, -1], hidden[0]], 1))


class Writer(nn.Module):
    """A small GPT: it makes its causal mask and its positions from the length of the text."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(7, 8)
        self.places = nn.Embedding(10, 8)
        layer = nn.TransformerEncoderLayer(8, 2, 16, activation="gelu", batch_first=True, norm_first=True)
        self.encoder = nn.TransformerEncoder(layer, 2, nn.LayerNorm(8))
        self.head = nn.Linear(8, 7, bias=False)

    def forward(self, text):
        steps = text.shape[1]
        values = self.tokens(text) + self.places(torch.arange(steps))
        hidden = torch.triu(torch.full((steps, steps), float("-inf")), diagonal=1)
        return self.head(self.encoder(values, hidden))


class Mixer(nn.Module):
    """Small functions, and shapes that are calculated."""

    def forward(self, values):
        batch, steps, width = values.shape
        turned = values.reshape(batch, steps, width // 2, 2).permute(0, 2, 1, 3).reshape(batch, -1)
        low, high = turned.chunk(2, 1)
        gate = torch.where(low > 0, torch.sigmoid(high), nn.functional.softplus(low))
        mean = values.mean((1, 2), keepdim=True).squeeze(2)
        total = values.abs().sum(1).pow(2).max(1, keepdim=True)[0]
        padded = nn.functional.pad(gate, (1, 2))[:, ::2]
        return torch.cat([padded, mean.expand(batch, 2), total.sqrt().exp().log(), gate.min(1, True)[0]], 1)


class Reader(nn.Module):
    """Recurrent layers over padded texts: how long each is comes from the texts themselves, where 0 is padding. Longest first."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(7, 3)
        self.lstm = nn.LSTM(3, 4, bidirectional=True, batch_first=True)
        self.gru = nn.GRU(8, 3, bidirectional=True, batch_first=True)
        self.rnn = nn.RNN(6, 2, bidirectional=True, batch_first=True)

    def forward(self, text):
        counts = (text != 0).sum(1)
        states = []
        values = self.tokens(text) / (text != 0).unsqueeze(2)  # infinite where nobody may look
        for layer in (self.lstm, self.gru, self.rnn):
            packed = nn.utils.rnn.pack_padded_sequence(values, counts, batch_first=True)
            start = torch.full((2, text.shape[0], layer.hidden_size), 0.3)
            output, state = layer(packed, (start, -start) if layer is self.lstm else start)
            values, _ = nn.utils.rnn.pad_packed_sequence(output, batch_first=True)
            states += state if isinstance(state, tuple) else [state]
        return torch.cat([values.sum(1), *(state.transpose(0, 1).flatten(1) for state in states)], 1)


def fill(model):
    """Numbers as after a training; a batch norm that has seen nothing would hide a wrong mean."""
    for name, value in model.state_dict().items():
        if value.is_floating_point():
            value.copy_(torch.rand_like(value) + 0.5 if name.endswith("running_var") else torch.randn_like(value) * 0.5)


def write(name, model, inputs, dynamic):
    model.eval()
    with torch.no_grad():
        fill(model)
        torch.onnx.export(
            model,
            (inputs[0],),
            FOLDER / f"{name}.onnx",
            opset_version=16,
            input_names=["input"],
            output_names=["output"],
            dynamic_axes={"input": dynamic},
        )
        outputs = [model(each) for each in inputs]
    calls = [
        {"input": case(given), "output": case(output)} for given, output in zip(inputs, outputs)
    ]
    (FOLDER / f"{name}.json").write_text(json.dumps(calls) + "\n")


def case(tensor):
    content = {"shape": list(tensor.shape), "data": tensor.flatten().tolist()}
    return content if tensor.is_floating_point() else {**content, "dtype": "int32"}


if __name__ == "__main__":
    torch.manual_seed(4)
    FOLDER.mkdir(exist_ok=True)
    write("painter", Painter(), [torch.randn(2, 1, 8, 12), torch.randn(3, 1, 12, 16)], {0: "batch", 2: "h", 3: "w"})
    write("forecaster", Forecaster(), [torch.randn(2, 5, 3), torch.randn(3, 7, 3)], {0: "batch", 1: "time"})
    write("writer", Writer(), [torch.randint(7, (2, 5)), torch.randint(7, (3, 8))], {0: "batch", 1: "time"})
    write("mixer", Mixer(), [torch.randn(2, 3, 4), torch.randn(4, 5, 4)], {0: "batch", 1: "time"})
    texts = [torch.tensor([[3, 1, 4, 1], [5, 2, 0, 0]]), torch.tensor([[2, 6, 5, 3, 5], [1, 1, 2, 0, 0], [6, 0, 0, 0, 0]])]
    write("reader", Reader(), texts, {0: "batch", 1: "time"})

"""PyTorch's modules from the architecture in model.json, with the same names of parameters."""
import json
import re
import struct

import torch
from torch import nn

DTYPES = {'F32': torch.float32, 'I32': torch.int32}


def read_safetensors(path):
    content = path.read_bytes()
    (length,) = struct.unpack('<Q', content[:8])
    header = json.loads(content[8:8 + length])
    header.pop('__metadata__', None)
    tensors = {}
    for name, entry in header.items():
        start, end = entry['data_offsets']
        data = bytearray(content[8 + length + start:8 + length + end])
        tensors[name] = torch.frombuffer(data, dtype=DTYPES[entry['dtype']]).reshape(entry['shape'])
    return tensors


class LastStep(nn.Module):
    def forward(self, states):
        return states[:, -1]


class Recurrent(nn.Module):
    """A recurrent layer that gives its outputs alone. Its parameters keep their names: there is no level between."""

    def __new__(cls, kind, **options):
        class Outputs(getattr(nn, kind)):
            def forward(self, inputs):
                return super().forward(inputs)[0]

        return Outputs(batch_first=True, **options)


class TableEmbedding(nn.Module):
    """Numbers as they are, then an embedding for each column of category numbers; the last row is for unknown names."""

    def __init__(self, numeric, columns):
        super().__init__()
        self.numeric = numeric
        self.embeddings = nn.ModuleList(
            nn.Embedding(column['numEmbeddings'], column['embeddingDim'], padding_idx=column['numEmbeddings'] - 1)
            for column in columns
        )

    def forward(self, rows):
        numbers, names = rows[:, :self.numeric], rows[:, self.numeric:].long()
        return torch.cat([numbers, *(layer(names[:, i]) for i, layer in enumerate(self.embeddings))], dim=1)


def sequential(description):
    model = nn.Sequential()
    for entry in description['layers']:
        model.add_module(entry['name'], build(entry['layer']))
    return model


OWN = {
    'Sequential': sequential,
    'Dropout': lambda description: nn.Dropout(description['probability']),
    'LastStep': lambda description: LastStep(),
    'TableEmbedding': lambda description: TableEmbedding(description['numeric'], description['columns']),
    **{kind: lambda description, kind=kind: Recurrent(kind, **options_of(description)) for kind in ('RNN', 'LSTM', 'GRU')},
}


def build(description):
    """Layers that PyTorch has are built from their options, whose names are PyTorch's but for the style."""
    kind = description['type']
    return OWN[kind](description) if kind in OWN else getattr(nn, kind)(**options_of(description))


def options_of(description):
    snake = lambda name: re.sub('[A-Z]', lambda letter: '_' + letter.group().lower(), name)
    return {snake(name): value for name, value in description.items() if name != 'type'}

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


class Reader(nn.Module):
    """What models of tokens share: embedding, positions and layers that normalize first."""

    def __init__(self, description):
        super().__init__()
        width = description['dModel']
        self.embedding = nn.Embedding(description['vocabularySize'], width, padding_idx=description.get('padding'))
        self.position = nn.Embedding(description['maxLength'], width)
        layer = nn.TransformerEncoderLayer(
            width, description['nhead'], description['dimFeedforward'], description['dropout'],
            activation='gelu', batch_first=True, norm_first=True,
        )
        self.encoder = nn.TransformerEncoder(layer, description['numLayers'], norm=nn.LayerNorm(width))

    def read(self, tokens, **masks):
        return self.encoder(self.embedding(tokens) + self.position.weight[:tokens.shape[1]], **masks)


class GPT(Reader):
    def __init__(self, description):
        super().__init__(description)
        if not description['tied']:
            self.head = nn.Linear(description['dModel'], description['vocabularySize'], bias=False)

    def forward(self, tokens):
        hidden = self.read(tokens, mask=nn.Transformer.generate_square_subsequent_mask(tokens.shape[1]))
        return nn.functional.linear(hidden, (self.head if hasattr(self, 'head') else self.embedding).weight)


class TextClassifier(Reader):
    def __init__(self, description):
        super().__init__(description)
        self.padding = description['padding']
        self.head = nn.Linear(description['dModel'], description['classes'])

    def forward(self, tokens):
        hides = tokens == self.padding
        counts = (~hides).unsqueeze(2)
        hidden = self.read(tokens, src_key_padding_mask=hides)
        return self.head((hidden * counts).sum(1) / counts.sum(1))


class Chain(nn.Sequential):
    """Further inputs go to the first layer."""

    def forward(self, *inputs):
        for layer in self:
            inputs = [layer(*inputs)]
        return inputs[0]


class Branches(nn.Sequential):
    def forward(self, *inputs):
        return torch.cat([branch(values) for branch, values in zip(self, inputs)], dim=1)


class SequenceEncoder(nn.Module):
    def __init__(self, numEmbeddings, embeddingDim, hiddenSize, paddingIdx, bidirectional):
        super().__init__()
        self.embedding = nn.Embedding(numEmbeddings, embeddingDim, padding_idx=paddingIdx)
        self.gru = nn.GRU(embeddingDim, hiddenSize, batch_first=True, bidirectional=bidirectional)

    def forward(self, tokens):
        lengths = (tokens != self.embedding.padding_idx).sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens), lengths, batch_first=True, enforce_sorted=False
        )
        return torch.cat(list(self.gru(packed)[1]), dim=1)


def named(kind, layers):
    model = kind()
    for entry in layers:
        model.add_module(entry['name'], build(entry['layer']))
    return model


def without_type(description):
    return {name: value for name, value in description.items() if name != 'type'}


OWN = {
    'GPT': GPT,
    'TextClassifier': TextClassifier,
    'Sequential': lambda description: named(Chain, description['layers']),
    'Branches': lambda description: named(Branches, description['branches']),
    'SequenceEncoder': lambda description: SequenceEncoder(**without_type(description)),
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

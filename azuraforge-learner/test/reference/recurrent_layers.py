"""Writes the reference values of recurrent layers and embeddings with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/recurrent_layers.py
"""

import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from layer_case import add, flush, start, torch_names


def recurrent_case(layer_type, name, sizes, options, shape, lengths=None, start=False):
    kinds = {"RNN": nn.RNN, "LSTM": nn.LSTM, "GRU": nn.GRU}
    torch_options = torch_names(options, {"numLayers": "num_layers"})
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
            (
                "both directions, no bias",
                (3, 2),
                {"bidirectional": True, "bias": False, **relu},
                (2, 3, 3),
                None,
                False,
            ),
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
    recurrent_case(
        "RNN", "with relu, lengths", (2, 3), {"nonlinearity": "relu"}, (3, 4, 2), [1, 4, 2]
    )
    for name, sizes, padding, indices in [
        ("words of a sentence", (7, 3), None, [[1, 2, 2], [6, 0, 1]]),
        ("a row for padding", (5, 4), 0, [[1, 0, 0], [4, 4, 2]]),
        ("padding from the end, one axis", (6, 2), -1, [5, 1, 5, 3]),
    ]:
        options = {"numEmbeddings": sizes[0], "embeddingDim": sizes[1], "paddingIdx": padding}
        add(
            name,
            "Embedding",
            options,
            nn.Embedding(*sizes, padding_idx=padding),
            [torch.tensor(indices)],
        )
    flush("recurrent-layers")


if __name__ == "__main__":
    start(20240302)
    recurrent()

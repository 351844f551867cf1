"""Writes the reference values of layers for rows of tables, with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/table_layers.py
"""

import torch
from torch import nn

from layer_case import add, flush, start


class Rows(nn.Module):
    """What TableEmbedding is, with its names."""

    def __init__(self, numeric, sizes):
        super().__init__()
        self.numeric = numeric
        self.embeddings = nn.ModuleList(
            nn.Embedding(count, width, padding_idx=count - 1) for count, width in sizes
        )

    def forward(self, values):
        embedded = [
            embedding(values[:, self.numeric + column].long())
            for column, embedding in enumerate(self.embeddings)
        ]
        return torch.cat([values[:, : self.numeric], *embedded], 1)


def embeddings():
    for name, numeric, sizes, numbers in [
        ("of numbers and two columns", 2, [(4, 2), (3, 3)], [[0, 1], [3, 2], [1, 1], [0, 0]]),
        ("of one column beside one number", 1, [(5, 1)], [[2], [4], [2]]),
        ("of one row", 3, [(2, 4)], [[0]]),
    ]:
        columns = [{"numEmbeddings": count, "embeddingDim": width} for count, width in sizes]
        rows = torch.tensor(numbers, dtype=torch.float64)
        values = torch.cat([torch.randn(len(numbers), numeric), rows], 1)
        options = {"numeric": numeric, "columns": columns}
        add(name, "TableEmbedding", options, Rows(numeric, sizes), [values])
    flush("table-layers")


if __name__ == "__main__":
    start(20240307)
    embeddings()

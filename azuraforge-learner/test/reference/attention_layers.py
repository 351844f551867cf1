"""Writes the reference values of attention layers with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/attention_layers.py
"""

import math

import torch
from torch import nn

from layer_case import add, flush, settle, start, typed, written


class Scaled(nn.Module):
    """torch.nn.functional has it from 2.0 on."""

    def __init__(self, causal):
        super().__init__()
        self.causal = causal

    def forward(self, query, key, value, visible=None):
        scores = query @ key.transpose(-2, -1) / math.sqrt(query.shape[-1])
        if self.causal:
            hidden = torch.ones(scores.shape[-2:]).triu(1).bool()
            scores = scores.masked_fill(hidden, -math.inf)
        if visible is not None:
            scores = scores.masked_fill(visible == 0, -math.inf)
        return scores.softmax(-1) @ value


def attention():
    add("of three inputs", "Attention", {}, Scaled(False), [(2, 3, 4), (2, 5, 4), (2, 5, 3)])
    add("causal, with heads", "Attention", {"isCausal": True}, Scaled(True), [(2, 2, 4, 3)] * 3)
    visible = torch.tensor([[[1, 0, 1]], [[1, 1, 0]]])
    module = Scaled(False)
    add(
        "masked",
        "Attention",
        {},
        module,
        [(2, 4, 2), (2, 3, 2), (2, 3, 2)],
        {"attnMask": typed(visible)},
        lambda query, key, value: module(query, key, value, visible),
    )
    for name, sizes, options, shapes, call in [
        ("of one input", (4, 2), {}, [(2, 3, 4)], {}),
        (
            "of three inputs, no bias",
            (6, 3),
            {"bias": False},
            [(2, 3, 6), (2, 4, 6), (2, 4, 6)],
            {},
        ),
        ("causal", (4, 1), {}, [(1, 5, 4)], {"isCausal": True}),
        (
            "padding, and a mask that hides",
            (4, 2),
            {},
            [(2, 3, 4), (2, 5, 4), (2, 5, 4)],
            {
                "keyPaddingMask": torch.tensor([[0, 0, 0, 1, 1], [0, 0, 1, 0, 0]]),
                "attnMask": torch.tensor([[0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [0, 0, 0, 0, 1]]),
            },
        ),
        (
            "padding, and a mask that is added, by head",
            (4, 2),
            {},
            [(2, 3, 4)],
            {
                "keyPaddingMask": torch.tensor([[0, 0, 1], [0, 0, 0]]),
                "attnMask": torch.randn(4, 3, 3),
            },
        ),
    ]:
        module = settle(
            nn.MultiheadAttention(*sizes, batch_first=True, bias=options.get("bias", True))
        )

        def forward(query, key=None, value=None, module=module, call=call):
            key = query if key is None else key
            value = key if value is None else value
            padding, mask = call.get("keyPaddingMask"), call.get("attnMask")
            if call.get("isCausal"):
                mask = torch.ones(query.shape[1], key.shape[1]).triu(1)
                mask = mask.bool()
            elif mask is not None and not mask.is_floating_point():
                mask = mask.bool()
            output, weights = module(
                query,
                key,
                value,
                key_padding_mask=None if padding is None else padding.bool(),
                attn_mask=mask,
                average_attn_weights=False,
            )
            return output, weights

        given = {"embedDim": sizes[0], "numHeads": sizes[1], **options}
        add(name, "MultiHeadAttention", given, module, shapes, written(call), forward)
    flush("attention-layers")


if __name__ == "__main__":
    start(20240303)
    attention()

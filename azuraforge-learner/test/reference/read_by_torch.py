"""Checks that models which the learner saved predict the same in PyTorch: their safetensors as state dicts, strictly.

Writes what it has confirmed to test/fixtures/read-by-torch, with what PyTorch predicts: so that the tests, without
Python, show that the learner still writes these bytes.

Build the learner first, then run with a Python that has torch (Debian: python3-torch):
/usr/bin/python3 test/reference/read_by_torch.py
"""

import json
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

import torch
from torch import nn

from composed_layers import Painter, Reader
from generate import FIXTURES, tensor, write_json
from layer_case import typed

CONFIRMED = FIXTURES / "read-by-torch"
TYPES = {"F32": torch.float32, "I32": torch.int32}


def read_safetensors(path):
    """The format as its description gives it; the safetensors package is not needed."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    state = {}
    for name, entry in header.items():
        start, end = entry["data_offsets"]
        data = bytearray(content[8 + length + start : 8 + length + end])
        state[name] = torch.frombuffer(data, dtype=TYPES[entry["dtype"]]).reshape(entry["shape"])
    return state


class Attention(nn.MultiheadAttention):
    """Without the weights of the attention, which the learner's forward does not give either."""

    def forward(self, query, key):
        return super().forward(query, key, key)[0]


def models():
    layer = nn.TransformerDecoderLayer(8, 2, 12, batch_first=True, norm_first=True)
    return {
        "reader": Reader(),
        "painter": Painter(),
        "decoder": nn.TransformerDecoder(layer, 2, nn.LayerNorm(8)),
        "attention": Attention(6, 3, batch_first=True),
    }


def check(folder, name, model):
    state = read_safetensors(Path(folder, f"{name}.safetensors"))
    model.load_state_dict(state, strict=True)
    case = json.loads(Path(folder, f"{name}.json").read_text())
    inputs = [torch.tensor(each) for each in case["inputs"]]
    with torch.no_grad():
        output = model.eval()(*inputs)
    expected = torch.tensor(case["output"])
    torch.testing.assert_close(output, expected)
    print(f"{name}: {len(state)} tensors, predictions equal to {(output - expected).abs().max():.1e}")
    shutil.copy(Path(folder, f"{name}.safetensors"), CONFIRMED)
    content = {"model": case["model"], "inputs": [typed(each) for each in inputs], "output": tensor(output)}
    write_json(f"read-by-torch/{name}", content)


if __name__ == "__main__":
    CONFIRMED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(__file__).with_name("learner_models.mjs")
        subprocess.run(["node", str(script), folder], check=True)
        for name, model in models().items():
            check(folder, name, model)

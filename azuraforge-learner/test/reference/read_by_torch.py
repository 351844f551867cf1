"""Checks that models which the learner saved predict the same in PyTorch: their safetensors as state dicts, strictly.

Build the learner first, then run with a Python that has torch (Debian: python3-torch):
/usr/bin/python3 test/reference/read_by_torch.py
"""

import json
import struct
import subprocess
import tempfile
from pathlib import Path

import torch

from composed_layers import Painter, Reader

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


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        script = Path(__file__).with_name("learner_models.mjs")
        subprocess.run(["node", str(script), folder], check=True)
        for name, model in [("reader", Reader()), ("painter", Painter())]:
            state = read_safetensors(Path(folder, f"{name}.safetensors"))
            model.load_state_dict(state, strict=True)
            case = json.loads(Path(folder, f"{name}.json").read_text())
            with torch.no_grad():
                output = model.eval()(torch.tensor(case["input"]))
            torch.testing.assert_close(output, torch.tensor(case["output"]))
            print(f"{name}: {len(state)} tensors, predictions equal to {(output - torch.tensor(case['output'])).abs().max():.1e}")

"""Writes test/fixtures/augment.json: rotated images as PyTorch computes them, colours as Pillow does.

Debian: python3-torch, python3-pil, python3-numpy. Run with /usr/bin/python3 test/reference/augment.py
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
from PIL import Image, ImageEnhance

FIXTURE = Path(__file__).resolve().parent.parent / "fixtures" / "augment.json"
torch.manual_seed(4)


def rotated(image, degrees):
    """Counter-clockwise in pixels, so the grid, which is in units of half the size, is scaled by the aspect."""
    height, width = image.shape[1:]
    angle = math.radians(degrees)
    theta = torch.tensor(
        [
            [math.cos(angle), -math.sin(angle) * height / width, 0],
            [math.sin(angle) * width / height, math.cos(angle), 0],
        ]
    )
    grid = torch.nn.functional.affine_grid(theta[None], (1, *image.shape), align_corners=False)
    turned = torch.nn.functional.grid_sample(
        image[None], grid, mode="bilinear", padding_mode="zeros", align_corners=False
    )[0]
    return {"degrees": degrees, "data": [round(value, 7) for value in turned.flatten().tolist()]}


def coloured(name, enhancer, pixels, factor):
    changed = np.asarray(enhancer(Image.fromarray(pixels)).enhance(factor))
    return {"name": name, "factor": factor, "pixels": changed.flatten().tolist()}


image = torch.rand(2, 5, 7)
pixels = np.random.default_rng(4).integers(0, 256, (6, 5, 3), dtype=np.uint8)
content = {
    "shape": list(image.shape),
    "image": [round(value, 7) for value in image.flatten().tolist()],
    "rotated": [rotated(image, degrees) for degrees in (0, 30, -75, 90, 180)],
    "colour_shape": list(pixels.shape),
    "pixels": pixels.flatten().tolist(),
    "coloured": [
        coloured("brightness", ImageEnhance.Brightness, pixels, 1.4),
        coloured("contrast", ImageEnhance.Contrast, pixels, 0.6),
        coloured("contrast", ImageEnhance.Contrast, pixels, 1.5),
        coloured("saturation", ImageEnhance.Color, pixels, 0.3),
        coloured("saturation", ImageEnhance.Color, pixels, 1.7),
    ],
}
FIXTURE.write_text(json.dumps(content, separators=(",", ":")) + "\n")

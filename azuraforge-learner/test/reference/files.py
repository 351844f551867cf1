"""Writes test/fixtures/files: small images, sounds and tables as other programs write them, and what they hold.

Debian: python3-pil, python3-numpy; pyarrow 25 from PyPI for the Parquet files. Run: python3 test/reference/files.py
"""

import io
import json
import wave
from pathlib import Path

import numpy as np
from PIL import Image

try:
    import pyarrow as pa
    from pyarrow import parquet
except ImportError:
    pa = None

FOLDER = Path(__file__).resolve().parent.parent / "fixtures" / "files"
FOLDER.mkdir(exist_ok=True)
rows, columns = np.mgrid[0:9, 0:14]
colour = np.stack([rows * 25, columns * 18, 255 - rows * 12 - columns * 8], axis=2).astype(np.uint8)
gray = colour[..., 0]


def picture(name, image, **options):
    image.save(FOLDER / name, **options)
    pixels = np.asarray(Image.open(FOLDER / name).convert("L" if image.mode in "1L" else "RGB"))
    channels = 1 if pixels.ndim == 2 else 3
    planes = pixels.reshape(9, 14, channels).transpose(2, 0, 1)
    return {"name": name, "shape": list(planes.shape), "pixels": planes.flatten().tolist()}


def deep(name):
    """16 bits, of which the upper 8 are read."""
    values = gray.astype(np.uint16) * 256 + 77
    Image.fromarray(values).save(FOLDER / name)
    return {"name": name, "shape": [1, 9, 14], "pixels": gray.flatten().tolist()}


def sound(name, samples, width):
    with wave.open(str(FOLDER / name), "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(width)
        file.setframerate(8000)
        scaled = np.round(samples * (2 ** (8 * width - 1) - 1)).astype(np.int64)
        if width == 1:
            file.writeframes((scaled + 128).astype(np.uint8).tobytes())
        else:
            file.writeframes(b"".join(int(value).to_bytes(width, "little", signed=True) for value in scaled.flatten()))
    return {"name": name, "channels": samples.T.tolist()}


alpha = Image.fromarray(np.dstack([colour, np.full((9, 14), 255, np.uint8)]))
time = np.arange(40) / 8000
stereo = np.stack([0.5 * np.sin(2 * np.pi * 440 * time), 0.9 * np.cos(2 * np.pi * 200 * time)], axis=1)
content = {
    "images": [
        picture("colour.png", Image.fromarray(colour)),
        picture("gray.png", Image.fromarray(gray)),
        picture("alpha.png", alpha),
        picture("bilevel.png", Image.fromarray(gray > 100)),
        deep("gray16.png"),
        picture("palette.png", Image.fromarray(colour).quantize(16)),
        picture("colour.jpg", Image.fromarray(colour), quality=92, subsampling=0),
        picture("progressive.jpg", Image.fromarray(colour), quality=92, progressive=True, subsampling=0),
        picture("gray.jpg", Image.fromarray(gray), quality=92),
    ],
    "sounds": [sound("stereo16.wav", stereo, 2), sound("mono8.wav", stereo[:, :1], 1), sound("mono24.wav", stereo[:, 1:], 3)],
}
(FOLDER / "expected.json").write_text(json.dumps(content, separators=(",", ":")) + "\n")
if pa:
    table = pa.table(
        {
            "age": pa.array([20, None, 40, 31], pa.int64()),
            "income": pa.array([1.5, 2.25, None, -4.0], pa.float64()),
            "city": pa.array(["Ankara", "Bursa", None, "Ankara"]),
            "member": pa.array([True, False, True, None]),
        }
    )
    for compression in ("snappy", "gzip", "zstd", "none"):
        parquet.write_table(table, FOLDER / f"{compression}.parquet", compression=compression)

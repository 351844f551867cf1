"""Writes the reference values of the choice of the next token with PyTorch.

The filters are those of the transformers library (TemperatureLogitsWarper, TopKLogitsWarper, TopPLogitsWarper), in
torch's own ops. Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/next_token.py
"""

import torch

from generate import write_json


def probabilities(logits, temperature, top_k, top_p):
    logits = logits / temperature
    if top_k > 0:
        least = torch.topk(logits, top_k).values[-1]
        logits = logits.masked_fill(logits < least, -torch.inf)
    if top_p < 1:
        ordered, places = torch.sort(logits, descending=True)
        shares = ordered.softmax(-1)
        # What lies behind the tokens that reach top_p; the one that reaches it stays.
        removed = shares.cumsum(-1) - shares >= top_p
        logits = logits.masked_fill(torch.zeros_like(removed).scatter(0, places, removed), -torch.inf)
    return logits.softmax(-1)


if __name__ == "__main__":
    torch.manual_seed(20240309)
    torch.set_default_dtype(torch.float64)
    cases = []
    for size in (5, 40):
        logits = (3 * torch.randn(size)).float().double()
        for temperature in (0.5, 1, 2):
            for top_k in (0, 1, 4):
                for top_p in (1, 0.9, 0.3):
                    chosen = probabilities(logits, temperature, top_k, top_p)
                    cases.append(
                        {
                            "logits": logits.tolist(),
                            "temperature": temperature,
                            "topK": top_k,
                            "topP": top_p,
                            "probabilities": [float(f"{value:.9g}") for value in chosen.tolist()],
                        }
                    )
    write_json("next-token", cases)

"""Writes the reference values of whole layers with PyTorch: /usr/bin/python3 test/reference/layers.py

Needs torch (made with 1.13), which has no public attention, so that is written out here. Where torch's own rounding would
show, values are computed in float64.
"""

import math

import torch
import torch.nn.functional as F

from case import CASES, INF, NAN, case, encode, ints, randn, write

torch.manual_seed(20261125)


def write_cases(name):
    write(name, CASES)
    CASES.clear()


# Activations and indices.
EXTREMES = torch.tensor([0.0, 1.0, -1.0, 1e-8, -1e-8, 30.0, -30.0, 1e4, -1e4, INF, NAN])
for op, run in {"silu": F.silu, "elu": F.elu}.items():
    case("of a scalar", op, [randn()], run)
    case("of an odd shape", op, [randn(3, 5, 7)], run, smooth=op == "silu")
    case("of an empty tensor", op, [randn(0, 3)], run)
    case("of extremes", op, [EXTREMES], run, smooth=False)
case("with an alpha", "elu", [randn(4, 3)], lambda x: F.elu(x, 0.4), [0.4], smooth=False)

for name, indices in {
    "of a vector": ints(3, 0, 3, 1),
    "of a matrix": ints(0, 1, 2, 3, 3, 3).reshape(2, 3),
    "of one index": torch.tensor(2, dtype=torch.int32),
    "of no index": ints().reshape(0, 2),
}.items():
    case(name, "embedding", [indices, randn(4, 5)], lambda i, w: F.embedding(i, w))
for padding in (1, -1):
    case(f"with padding {padding}", "embedding", [ints(1, 3, 1, 0), randn(4, 3)], lambda i, w: F.embedding(i, w, padding_idx=padding), [padding], smooth=False)
case("to rows", "scatterAdd", [randn(3, 4), ints(0, 2, 2, 0, 1, 1, 1, 1).reshape(2, 4), randn(2, 4)], lambda x, i, s: x.scatter_add(0, i.long(), s), [0])
case("to columns, in part", "scatterAdd", [randn(3, 4), ints(3, 0, 1, 1, 0, 2).reshape(2, 3), randn(3, 5)], lambda x, i, s: x.scatter_add(1, i.long(), s[:2, :3]), [1])
case("with no index", "scatterAdd", [randn(3, 4), ints().reshape(0, 4), randn(2, 4)], lambda x, i, s: x.scatter_add(0, i.long(), s[:0]), [0])
write_cases("layers.json")

# Losses.


def classes(x, count):
    shape = [x.shape[0], *x.shape[2:]]
    return torch.randint(count, shape).to(torch.int32)


def class_case(name, op, x, target, weight=None, ignore=-100, smoothing=0.0, reduction="mean", smooth=True):
    def run(value, indices, *weights):
        options = {"weight": weights[0] if weights else None, "ignore_index": ignore, "reduction": reduction}
        if op == "nllLoss":
            return F.nll_loss(value, indices.long(), **options)
        return F.cross_entropy(value, indices.long(), label_smoothing=smoothing, **options)

    inputs = [x, target] + ([] if weight is None else [weight])
    case(name, op, inputs, run, [reduction, ignore, smoothing], smooth=smooth, constants=(2,))


for op in ("crossEntropyLoss", "nllLoss"):
    for reduction in ("mean", "sum", "none"):
        for weight in (None, torch.rand(5) + 0.2):
            weighted = "" if weight is None else ", weighted"
            x = randn(4, 5)
            class_case(f"as {reduction}{weighted}", op, x, classes(x, 5), weight, reduction=reduction)
            x = randn(2, 5, 3, 2)
            target = classes(x, 5)
            target[0, 1, 1] = target[1, 2, 0] = -100
            class_case(f"of planes, some ignored, as {reduction}{weighted}", op, x, target, weight, reduction=reduction)
    for reduction in ("mean", "sum", "none"):
        class_case(f"with all ignored as {reduction}", op, randn(3, 4), ints(-1, -1, -1), ignore=-1, reduction=reduction, smooth=False)
        class_case(f"of an empty batch as {reduction}", op, randn(0, 4), ints(), reduction=reduction, smooth=False)
    class_case("of one class", op, randn(3, 1), ints(0, 0, 0))
    class_case("of one class, ignored once", op, randn(3, 1), ints(0, -100, 0))
    class_case("of the ignored class 1", op, randn(4, 3), ints(0, 1, 2, 1), ignore=1)
    class_case("of NaN beside an ignored NaN", op, torch.tensor([[NAN, 1.0], [NAN, 1.0], [0.0, 1.0]]), ints(-100, 0, 1), reduction="none", smooth=False)
    class_case("of more classes than a chunk", op, randn(3, 1100), ints(0, 1099, 512), smooth=False)
big = torch.tensor([[1e4, -1e4, 0.0], [1e4, 1e4 - 1, -1e4], [-1e4, -1e4, -1e4], [-INF, 0.0, 1.0]])
class_case("of extremes", "crossEntropyLoss", big, ints(1, 1, 2, 2), reduction="none", smooth=False)
class_case("of infinite logits", "crossEntropyLoss", torch.tensor([[-INF, 0.0, 1.0], [INF, 0.0, 1.0]]), ints(0, 1), reduction="none", smooth=False)
for smoothing in (0.1, 1.0):
    for reduction in ("mean", "sum", "none"):
        for weight in (None, torch.rand(5) + 0.2):
            weighted = "" if weight is None else ", weighted"
            x = randn(4, 5, 2)
            target = classes(x, 5)
            target[2, 1] = -100
            class_case(f"smoothed by {smoothing} as {reduction}{weighted}", "crossEntropyLoss", x, target, weight, smoothing=smoothing, reduction=reduction)

for reduction in ("mean", "sum", "none"):
    case(f"as {reduction}", "bceWithLogitsLoss", [randn(3, 4), torch.rand(3, 4)], lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction=reduction), [reduction])
    case(f"weighted as {reduction}", "bceWithLogitsLoss", [randn(3, 4), torch.rand(3, 4), torch.rand(4) * 3], lambda x, y, w: F.binary_cross_entropy_with_logits(x, y, pos_weight=w, reduction=reduction), [reduction], constants=(2,))
    for log in (False, True):
        target = randn(3, 4).log_softmax(1)
        case(f"as {reduction}, logarithmic {log}", "klDivLoss", [randn(3, 4).log_softmax(1), target if log else target.exp()], lambda x, y: F.kl_div(x, y, reduction=reduction, log_target=log), [reduction, log], smooth=log)
case("of extremes", "bceWithLogitsLoss", [[1e4, -1e4, 88.0, -88.0, 0.0, NAN], [0.0, 1.0, 1.0, 0.0, 1.0, 1.0]], lambda x, y: F.binary_cross_entropy_with_logits(x, y, reduction="none"), ["none"], smooth=False)
case("of impossible events", "klDivLoss", [[-1.0, -2.0, -3.0], [0.0, 1.0, 0.0]], lambda x, y: F.kl_div(x, y, reduction="sum"), ["sum"], smooth=False, constants=(1,))
write_cases("losses.json")

# Normalization.
for name, x, shape in [
    ("of rows", randn(4, 7), (7,)),
    ("of planes", randn(2, 3, 4), (3, 4)),
    ("of everything", randn(3, 5), (3, 5)),
    ("of one number each", torch.tensor([[0.0], [1.0], [-2.0]]), (1,)),
    ("of no row", randn(0, 5), (5,)),
    ("of wide rows", randn(2, 1100), (1100,)),
    ("far from zero", randn(3, 8) + 30, (8,)),
    ("of equal numbers", torch.full((2, 6), 3.0), (6,)),
    ("of NaN", torch.tensor([[NAN, 1.0, 2.0], [1.0, 2.0, 4.0]]), (3,)),
]:
    small = x.numel() < 100 and name not in ("of no row", "far from zero", "of equal numbers", "of one number each", "of NaN")
    case(name, "layerNorm", [x, randn(*shape), randn(*shape)], lambda v, w, b: F.layer_norm(v.double(), shape, w.double(), b.double()).float(), [shape, None], smooth=small)
case("without weight and bias", "layerNorm", [randn(3, 6)], lambda v: F.layer_norm(v, (6,)), [(6,), None])
case("without bias, with eps", "layerNorm", [randn(3, 6), randn(6)], lambda v, w: F.layer_norm(v, (6,), w, None, 0.1), [(6,), 0.1])

for name, shape, groups in [("in two groups", (2, 4, 3), 2), ("in one group", (2, 3), 1), ("of each channel", (2, 3, 2, 4), 3), ("of no sample", (0, 4, 3), 2)]:
    channels = shape[1]
    case(name, "groupNorm", [randn(*shape), randn(channels), randn(channels)], lambda v, w, b: F.group_norm(v, groups, w, b), [groups, None], smooth=0 not in shape)
case("without weight and bias", "groupNorm", [randn(2, 4, 3)], lambda v: F.group_norm(v, 2, eps=0.1), [2, 0.1])

for name, shape in [("of rows", (5, 3)), ("of sequences", (3, 4, 6)), ("of images", (2, 3, 5, 7)), ("of volumes", (2, 2, 2, 3, 2)), ("of no sample", (0, 3, 2))]:
    channels = shape[1]
    statistics = [randn(channels), torch.rand(channels) + 0.5]
    parameters = [randn(channels), randn(channels)]
    for training in (True, False):
        mode = "training" if training else "at prediction"
        case(
            f"{name}, {mode}",
            "batchNorm",
            [randn(*shape), *statistics, *parameters],
            lambda x, m, v, w, b: F.batch_norm(x, m.clone(), v.clone(), w, b, training),
            [training, None, None],
            smooth=0 not in shape,
            constants=(1, 2),
        )

    def running(x, mean, variance):
        F.batch_norm(x, mean, variance, None, None, True, 0.3, 0.01)
        return torch.stack([mean, variance])

    if 0 not in shape:
        case(f"{name}, the running statistics", "batchNormStatistics", [randn(*shape), *statistics], running, [0.3], differentiable=False)
case("without weight and bias", "batchNorm", [randn(4, 3), randn(3), torch.rand(3) + 0.5], lambda x, m, v: F.batch_norm(x, m.clone(), v.clone(), None, None, True, 0.1, 0.1), [True, None, 0.1], constants=(1, 2))
case("of NaN", "batchNorm", [[[NAN, 1.0], [2.0, 3.0], [1.0, 5.0]], randn(2), torch.rand(2)], lambda x, m, v: F.batch_norm(x, m.clone(), v.clone(), None, None, True), [True, None, None], smooth=False, constants=(1, 2))
write_cases("normalization.json")

# Attention.


def attention(query, key, value, mask, causal, scale):
    scores = query @ key.transpose(-2, -1) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    if mask is not None and not mask.dtype.is_floating_point:
        mask = torch.zeros(mask.shape).masked_fill(mask == 0, -INF)
    if mask is not None:
        scores = scores + mask
    if causal:
        scores = scores.masked_fill(torch.ones(scores.shape[-2:]).tril() == 0, -INF)
    # Rows that see nothing give 0.
    blind = (scores == -INF).all(-1, keepdim=True)
    return scores.masked_fill(blind, 0).softmax(-1).masked_fill(blind, 0) @ value


def attention_case(name, lead, queries, keys, width, depth, mask=None, causal=False, scale=None, smooth=True, change=None):
    inputs = [randn(*lead, queries, width), randn(*lead, keys, width), randn(*lead, keys, depth)]
    if change is not None:
        change(*inputs)
    case(
        name,
        "scaledDotProductAttention",
        inputs + ([] if mask is None else [mask]),
        lambda q, k, v, m=None: attention(q.double(), k.double(), v.double(), m, causal, scale).float(),
        [causal, scale],
        smooth=smooth,
        constants=(3,),
    )


def flags(*shape):
    return (torch.rand(shape) < 0.6).to(torch.int32)


def large_first(query, key, _):
    """The first query and key meet in a large score, which no other pair has a part in."""
    for rows in (query, key):
        rows[..., 0] = 0
        rows[..., 0, 0] = 50


def spoil_first(query, *_):
    query[..., 0, 0] = NAN


attention_case("of one head", (), 3, 4, 5, 2)
attention_case("of one key", (2,), 3, 1, 4, 4)
attention_case("of several heads", (2, 3), 4, 5, 3, 6)
attention_case("of three leading axes", (2, 1, 2), 3, 3, 2, 2, causal=True)
attention_case("with a scale", (2,), 3, 4, 2, 3, scale=-0.7)
attention_case("causal", (2,), 5, 5, 3, 3, causal=True)
attention_case("causal with more queries than keys", (2,), 6, 3, 3, 2, causal=True)
attention_case("causal with more keys than queries", (2,), 3, 6, 3, 2, causal=True)
attention_case("with a mask of numbers", (2, 2), 3, 4, 3, 3, mask=randn(3, 4))
attention_case("with a mask by sample", (2, 2), 3, 4, 3, 3, mask=randn(2, 1, 1, 4))
attention_case("with a mask by head and query", (2, 2), 3, 4, 3, 3, mask=randn(2, 3, 1))
attention_case("with a mask over three leading axes", (2, 2, 2), 3, 4, 3, 3, mask=randn(2, 1, 2, 3, 4))
attention_case("with one number as a mask", (2,), 3, 4, 3, 3, mask=randn())
attention_case("with a mask of flags", (2, 2), 4, 5, 3, 3, mask=flags(2, 1, 4, 5))
attention_case("causal with a mask", (2, 2), 4, 4, 3, 3, mask=flags(2, 1, 1, 4), causal=True)
blind = torch.ones(4, 5, dtype=torch.int32)
blind[1] = blind[3] = 0
attention_case("with rows that see nothing", (2,), 4, 5, 3, 3, mask=blind)
attention_case("with nothing to see", (2,), 2, 3, 3, 3, mask=torch.full((2, 3), -INF))
attention_case("of an empty batch", (0, 2), 3, 4, 2, 3, smooth=False)
attention_case("of no query", (2,), 0, 4, 2, 3, smooth=False)
attention_case("of no key", (2,), 3, 0, 2, 3, smooth=False)
attention_case("of large scores", (2,), 3, 4, 2, 3, smooth=False, change=large_first)
attention_case("of NaN", (2,), 3, 4, 2, 3, smooth=False, change=spoil_first)
attention_case("of several blocks", (2,), 70, 150, 5, 3, smooth=False)
attention_case("of several causal blocks", (), 150, 140, 4, 9, causal=True, smooth=False)
attention_case("of several causal blocks with a mask", (1, 2), 130, 200, 3, 4, mask=flags(2, 1, 200), causal=True, smooth=False)
write_cases("attention.json")


# GRU: outputs and all gradients, with and without a state and biases.
def gru_case(batch, steps, features, hidden, state, bias):
    layer = torch.nn.GRU(features, hidden, batch_first=True, bias=bias)
    x = torch.randn(batch, steps, features, requires_grad=True)
    h0 = torch.randn(1, batch, hidden, requires_grad=state)
    output, hn = layer(x, h0 if state else None)
    upstream = [torch.randn_like(output), torch.randn_like(hn)]
    torch.autograd.backward([output, hn], upstream)
    names = ["weight_ih_l0", "weight_hh_l0"] + (["bias_ih_l0", "bias_hh_l0"] if bias else [])
    parameters = [getattr(layer, name) for name in names]
    return {
        "name": f"B{batch} T{steps} F{features} H{hidden}, state {state}, bias {bias}",
        "x": encode(x),
        "parameters": [encode(p) for p in parameters],
        "state": encode(h0[0]) if state else None,
        "outputs": [encode(output), encode(hn[0])],
        "upstream": [encode(upstream[0]), encode(upstream[1][0])],
        "gradients": {
            "x": encode(x.grad),
            "parameters": [encode(p.grad) for p in parameters],
            "state": encode(h0.grad[0]) if state else None,
        },
    }


write(
    "gru.json",
    [
        gru_case(1, 1, 1, 1, False, True),
        gru_case(2, 3, 4, 5, False, True),
        gru_case(3, 7, 2, 6, True, True),
        gru_case(2, 5, 3, 4, True, False),
        gru_case(5, 20, 3, 9, False, True),
    ],
)

"""Writes the reference values of the tests with PyTorch: /usr/bin/python3 test/reference/generate.py

Needs torch (made with 1.13) and nothing else. Every case is computed in float32 by torch itself; the numbers are written
with nine significant digits, which is enough to get each float32 back exactly.
"""

import math

import torch
import torch.nn.functional as F

from case import CASES, INF, NAN, case, encode, ints, number, randn, write

torch.manual_seed(20261120)


def positive(*shape):
    return torch.rand(shape) * 3 + 0.3


EXTREMES = torch.tensor([0.0, 1.0, -1.0, 1e-8, -1e-8, 30.0, -30.0, 88.0, -88.0, 1e4, -1e4, 3e38, -3e38, INF, -INF, NAN])

# Elementwise, one operand.
UNARY = {
    "neg": (torch.neg, randn),
    "abs": (torch.abs, randn),
    "sign": (torch.sign, randn),
    "square": (torch.square, randn),
    "sqrt": (torch.sqrt, positive),
    "exp": (torch.exp, randn),
    "log": (torch.log, positive),
    "tanh": (torch.tanh, randn),
    "sigmoid": (torch.sigmoid, randn),
    "relu": (torch.relu, randn),
    "gelu": (F.gelu, randn),
    "softplus": (F.softplus, randn),
    "leakyRelu": (F.leaky_relu, randn),
}
for op, (run, draw) in UNARY.items():
    case("of a scalar", op, [draw()], run)
    case("of an empty tensor", op, [draw(0, 3)], run)
    case("of an odd shape", op, [draw(3, 5, 7)], run, smooth=op not in ("abs", "sign", "relu", "leakyRelu"))
    if op in ("exp", "relu"):
        case("of a vector longer than a chunk", op, [draw(1037)], run, smooth=False)
    case("of extremes", op, [EXTREMES], run, smooth=False)
case("in its tanh form", "gelu", [randn(5, 3)], lambda x: F.gelu(x, approximate="tanh"), ["tanh"])
case("in its tanh form, extremes", "gelu", [EXTREMES[:11]], lambda x: F.gelu(x, approximate="tanh"), ["tanh"], smooth=False)
case("with beta and threshold", "softplus", [randn(4, 3) * 4], lambda x: F.softplus(x, 2.0, 3.0), [2, 3], smooth=False)
case("with a slope", "leakyRelu", [randn(4, 3)], lambda x: F.leaky_relu(x, 0.2), [0.2], smooth=False)
for low, high in [(-0.5, 0.5), (None, 0.2), (-0.3, None)]:
    case(f"to {low} and {high}", "clamp", [randn(4, 5)], lambda x: torch.clamp(x, low, high), [low, high], smooth=False)
case("on its limits", "clamp", [[-1.0, -0.5, 0.0, 0.5, 1.0, NAN, INF]], lambda x: torch.clamp(x, -0.5, 0.5), [-0.5, 0.5], smooth=False)
case("of int32", "neg", [ints(1, -2, 0)], torch.neg, differentiable=False)
case("of int32", "abs", [ints(1, -2, 0)], torch.abs, differentiable=False)
case("of int32 gives float32", "exp", [ints(1, -2, 0)], torch.exp, differentiable=False)
case("to int32 drops fractions", "cast", [[1.7, -1.7, 0.0, 2.0]], lambda x: x.to(torch.int32), ["int32"], differentiable=False)
case("to float32", "cast", [ints(1, -2, 16777216)], lambda x: x.to(torch.float32), ["float32"], differentiable=False)

# Elementwise, two operands.
BINARY = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
}
SHAPES = [((), ()), ((3,), ()), ((2, 3), (3,)), ((2, 1, 4), (3, 1)), ((0, 3), (1, 3)), ((5, 1), (1, 7)), ((1,), (2, 3))]
for op, run in BINARY.items():
    for a, b in SHAPES:
        right = positive(*b) if op == "div" else randn(*b)
        case(f"of {list(a)} and {list(b)}", op, [randn(*a), right], run, smooth=op not in ("maximum", "minimum"))
    grid = torch.tensor([0.0, 1.0, -1.0, 3e38, INF, -INF, NAN])
    case("of extremes", op, [grid.reshape(7, 1), grid], run, smooth=False)
    case("with a number on the right", op, [randn(3, 2)], lambda x: run(x, torch.tensor(0.75)), [0.75], smooth=op not in ("maximum", "minimum"))
case("of equal values", "maximum", [[1.0, 2.0, 3.0], [1.0, 5.0, 3.0]], torch.maximum, smooth=False)
case("of equal values", "minimum", [[1.0, 2.0, 3.0], [1.0, 5.0, 3.0]], torch.minimum, smooth=False)
for op in ("add", "sub", "mul", "div"):
    case("of int32", op, [ints(7, -8, 9), ints(2, 3, -4)], BINARY[op], differentiable=False)
case("of int32 and float32", "mul", [ints(1, 2, 3), torch.tensor([0.5, 0.25, 2.0])], torch.mul, smooth=False)
case("of int32 wraps around", "mul", [ints(65536, 3), ints(65536, 3)], torch.mul, differentiable=False)
case("of positive bases", "pow", [positive(3, 4), randn(4)], torch.pow)
case("to a number", "pow", [positive(5)], lambda x: x**2.5, [2.5])
case("to the cube", "pow", [randn(5)], lambda x: x**3, [3])
case("to zero", "pow", [[-1.0, 0.0, 2.0]], lambda x: x**0, [0], smooth=False)
case("of zero", "pow", [[0.0, 0.0, 0.0], [2.0, 1.0, 0.0]], torch.pow, smooth=False)
case("of extremes", "pow", [torch.tensor([1.0, 1.0, -1.0, 2.0, 0.5, INF]), torch.tensor([NAN, INF, INF, INF, INF, -1.0])], torch.pow, differentiable=False)
values = torch.tensor([1.0, 2.0, 2.0, NAN, INF])
for op, run in {"eq": torch.eq, "gt": torch.gt, "ge": torch.ge, "lt": torch.lt, "le": torch.le}.items():
    case("of a grid", op, [values.reshape(5, 1), values], lambda a, b: run(a, b).to(torch.int32), differentiable=False)
    case("with a number", op, [values], lambda a: run(a, 2).to(torch.int32), [2], differentiable=False)
mask = ints(1, 0, 1)
case("broadcasting all three", "where", [mask, randn(2, 3), randn(2, 1)], lambda c, a, b: torch.where(c.bool(), a, b))
case("of a scalar and a tensor", "where", [mask, randn(), randn(3)], lambda c, a, b: torch.where(c.bool(), a, b))

# Reductions.
def dims(value, x):
    return tuple(range(x.dim())) if value is None else value


for op, run in {
    "sum": lambda x, d, k: x.sum(dims(d, x), k),
    "mean": lambda x, d, k: x.mean(dims(d, x), k),
    "max": lambda x, d, k: x.amax(dims(d, x), k),
    "min": lambda x, d, k: x.amin(dims(d, x), k),
}.items():
    smooth = op in ("sum", "mean")
    for dim, keep in [(None, False), (0, False), (1, True), (-1, False), ([0, 2], False), ([1, 2], True)]:
        case(f"over {dim}, keepdim {keep}", op, [randn(3, 4, 5)], lambda x: run(x, dim, keep), [dim, keep], smooth=smooth)
    case("of a scalar", op, [randn()], lambda x: run(x, None, False), [None, False], smooth=smooth)
    if smooth or op == "max":
        case("of more rows than a chunk", op, [randn(530, 3)], lambda x: run(x, 0, False), [0, False], smooth=False)
    case("of equal and special values", op, [[[1.0, 5.0, 5.0], [NAN, 1.0, 2.0], [INF, -INF, 0.0]]], lambda x: run(x, 1, False), [1, False], smooth=False)
case("of an empty tensor", "sum", [randn(0, 3)], lambda x: x.sum(0), [0, False], smooth=False)
case("of an empty tensor", "mean", [randn(0, 3)], lambda x: x.mean(0), [0, False], smooth=False)
case("of int32", "sum", [ints(1, 2, 3)], lambda x: x.sum(), [None, False], differentiable=False)
for op, run in {"argmax": torch.argmax, "argmin": torch.argmin}.items():
    for dim, keep in [(None, False), (0, False), (1, True), (2, False)]:
        case(f"over {dim}, keepdim {keep}", op, [randn(3, 4, 5)], lambda x: run(x, dim, keep).to(torch.int32), [dim, keep], differentiable=False)
    case("of NaN", op, [[[1.0, NAN, 9.0, NAN], [-INF, -INF, -INF, -INF], [INF, INF, INF, INF]]], lambda x: run(x, 1).to(torch.int32), [1, False], differentiable=False)
for dim, keep, correction in [(None, False, 1), (1, True, 1), ([0, 2], False, 0), (-1, False, 0)]:
    case(f"over {dim}, correction {correction}", "variance", [randn(3, 4, 5)], lambda x: torch.var(x, dims(dim, x), correction=correction, keepdim=keep), [dim, keep, correction])
case("far from zero", "variance", [randn(40) + 1000], lambda x: torch.var(x), [None, False, 1], smooth=False)
for dim in (0, -1):
    case(f"over {dim}", "softmax", [randn(3, 4, 5)], lambda x: x.softmax(dim), [dim])
    case(f"over {dim}", "logSoftmax", [randn(3, 4, 5)], lambda x: x.log_softmax(dim), [dim])
    case(f"over {dim}", "logsumexp", [randn(3, 4, 5)], lambda x: x.logsumexp(dim), [dim, False])
case("over two axes", "logsumexp", [randn(3, 4, 5)], lambda x: x.logsumexp([0, 2], True), [[0, 2], True])
big = torch.tensor([[1e4, 1e4 - 1, -1e4], [-1e4, -1e4, -1e4], [INF, 0.0, 1.0], [-INF, 0.0, 1.0], [NAN, 0.0, 1.0]])
case("of extremes", "softmax", [big], lambda x: x.softmax(1), [1], smooth=False)
case("of extremes", "logSoftmax", [big], lambda x: x.log_softmax(1), [1], smooth=False)
case("of extremes", "logsumexp", [torch.cat([big, torch.full((1, 3), -INF)])], lambda x: x.logsumexp(1), [1, False], differentiable=False)
for reduction in ("mean", "sum", "none"):
    case(f"as {reduction}", "mseLoss", [randn(3, 4), randn(3, 4)], lambda a, b: F.mse_loss(a, b, reduction=reduction), [reduction])
    case(f"as {reduction}", "l1Loss", [randn(3, 4), randn(3, 4)], lambda a, b: F.l1_loss(a, b, reduction=reduction), [reduction], smooth=False)
    case(f"as {reduction}", "huberLoss", [randn(3, 4) * 2, randn(3, 4)], lambda a, b: F.huber_loss(a, b, reduction=reduction, delta=0.7), [reduction, 0.7], smooth=False)

# Shapes.
case("to a matrix", "reshape", [randn(2, 3, 4)], lambda x: x.reshape(6, 4), [[6, 4]])
case("with an unknown length", "reshape", [randn(2, 3, 4)], lambda x: x.reshape(3, -1), [[3, -1]])
case("to a scalar", "reshape", [randn(1, 1)], lambda x: x.reshape(()), [[]])
case("of an empty tensor", "reshape", [randn(0, 4)], lambda x: x.reshape(2, 0, 7), [[2, 0, 7]], smooth=False)
case("of two axes", "transpose", [randn(2, 3, 4)], lambda x: x.transpose(0, -1), [0, -1])
case("of all axes", "permute", [randn(2, 3, 4)], lambda x: x.permute(2, 0, 1), [[2, 0, 1]])
case("of a middle part", "narrow", [randn(3, 6)], lambda x: x.narrow(1, 2, 3), [1, 2, 3])
case("of nothing", "narrow", [randn(3, 6)], lambda x: x.narrow(1, 6, 0), [1, 6, 0], smooth=False)
case("with a step", "slice", [randn(3, 7)], lambda x: x[:, 1:6:2], [1, 1, 6, 2])
case("from the end", "slice", [randn(7, 2)], lambda x: x[-3:], [0, -3, None, 1])
case("up to before the end", "slice", [randn(7, 2)], lambda x: x[0:-2], [0, 0, -2, 1])
case("beyond the ends", "slice", [randn(3)], lambda x: x[-10:10], [0, -10, 10, 1])
case("turned round is empty", "slice", [randn(3)], lambda x: x[2:1], [0, 2, 1, 1], smooth=False)
case("of the last row", "select", [randn(3, 4)], lambda x: x.select(0, -1), [0, -1])
case("in the middle", "unsqueeze", [randn(3, 4)], lambda x: x.unsqueeze(1), [1])
case("at the end", "unsqueeze", [randn(3, 4)], lambda x: x.unsqueeze(-1), [-1])
case("of every axis", "squeeze", [randn(1, 3, 1)], lambda x: x.squeeze(), [])
case("of one axis", "squeeze", [randn(1, 3, 1)], lambda x: x.squeeze(0), [0])
case("of a longer axis does nothing", "squeeze", [randn(1, 3, 1)], lambda x: x.squeeze(1), [1])
case("of length one", "expand", [randn(3, 1)], lambda x: x.expand(2, 3, 4), [[2, 3, 4]])
case("keeping lengths", "expand", [randn(3, 1)], lambda x: x.expand(-1, 4), [[-1, 4]])
case("of two axes", "flip", [randn(2, 3, 4)], lambda x: x.flip([0, 2]), [[0, 2]])
case("of an empty tensor", "flip", [randn(0, 2)], lambda x: x.flip([0]), [[0]], smooth=False)
case("with a value", "pad", [randn(2, 3)], lambda x: F.pad(x, (0, 2, 1, 0), value=1.5), [[[1, 0], [0, 2]], 1.5])
case("over the first axis", "concat", [randn(2, 3), randn(1, 3), randn(0, 3)], lambda *t: torch.cat(t, 0), [0])
case("over the last axis", "concat", [randn(2, 3), randn(2, 1)], lambda *t: torch.cat(t, -1), [-1])
case("over a new axis", "stack", [randn(2, 3), randn(2, 3)], lambda *t: torch.stack(t, 1), [1])
case("of scalars", "stack", [randn(), randn(), randn()], lambda *t: torch.stack(t, 0), [0])
case("of rows", "gather", [randn(4, 3), ints(3, 0, 3, 1, 2, 2).reshape(2, 3)], lambda x, i: x.gather(0, i.long()), [0])
case("of columns", "gather", [randn(4, 3), ints(2, 0, 0, 1, 1, 2, 0, 0).reshape(4, 2)], lambda x, i: x.gather(1, i.long()), [1])
case("of repeated rows", "indexSelect", [randn(4, 3), ints(3, 0, 3, 3)], lambda x, i: x.index_select(0, i.long()), [0])
case("of a middle axis", "indexSelect", [randn(2, 4, 3), ints(1, 2)], lambda x, i: x.index_select(1, i.long()), [1])
case("with no index", "indexSelect", [randn(4, 3), ints()], lambda x, i: x.index_select(0, i.long()), [0], smooth=False)

# Products.
for a, b in [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 1, 2, 3), (4, 3, 7)), ((1, 1), (1, 1)), ((13, 17), (17, 9)), ((0, 3), (3, 2)), ((2, 3, 4), (2, 4, 5))]:
    case(f"of {list(a)} and {list(b)}", "matmul", [randn(*a), randn(*b)], torch.matmul)
case("over no columns", "matmul", [randn(2, 0), randn(0, 3)], torch.matmul, smooth=False)
case("of a large size", "matmul", [randn(70, 33), randn(33, 66)], torch.matmul, smooth=False)
case("of specials", "matmul", [[[INF, 1.0], [NAN, 0.0]], [[1.0, 0.0], [2.0, 3.0]]], torch.matmul, smooth=False)
case("with a bias", "linear", [randn(3, 4), randn(5, 4), randn(5)], F.linear)
case("without a bias", "linear", [randn(3, 4), randn(5, 4)], F.linear)
case("over sequences", "linear", [randn(2, 3, 4), randn(5, 4), randn(5)], F.linear)
case("of one vector", "linear", [randn(4), randn(5, 4), randn(5)], F.linear)

write("ops.json", CASES)


# LSTM: outputs and all gradients, with and without a state and biases.
def lstm_case(batch, steps, features, hidden, state, bias):
    layer = torch.nn.LSTM(features, hidden, batch_first=True, bias=bias)
    x = torch.randn(batch, steps, features, requires_grad=True)
    h0 = torch.randn(1, batch, hidden, requires_grad=state)
    c0 = torch.randn(1, batch, hidden, requires_grad=state)
    output, (hn, cn) = layer(x, (h0, c0) if state else None)
    upstream = [torch.randn_like(output), torch.randn_like(hn), torch.randn_like(cn)]
    torch.autograd.backward([output, hn, cn], upstream)
    names = ["weight_ih_l0", "weight_hh_l0"] + (["bias_ih_l0", "bias_hh_l0"] if bias else [])
    parameters = [getattr(layer, name) for name in names]
    return {
        "name": f"B{batch} T{steps} F{features} H{hidden}, state {state}, bias {bias}",
        "x": encode(x),
        "parameters": [encode(p) for p in parameters],
        "state": [encode(h0[0]), encode(c0[0])] if state else None,
        "outputs": [encode(output), encode(hn[0]), encode(cn[0])],
        "upstream": [encode(upstream[0]), encode(upstream[1][0]), encode(upstream[2][0])],
        "gradients": {
            "x": encode(x.grad),
            "parameters": [encode(p.grad) for p in parameters],
            "state": [encode(h0.grad[0]), encode(c0.grad[0])] if state else None,
        },
    }


write(
    "lstm.json",
    [
        lstm_case(1, 1, 1, 1, False, True),
        lstm_case(2, 3, 4, 5, False, True),
        lstm_case(3, 7, 2, 6, True, True),
        lstm_case(2, 5, 3, 4, True, False),
        lstm_case(5, 20, 3, 9, False, True),
    ],
)


# Optimizers: parameters after each step, with gradients given from outside; the second parameter misses one step.
def trajectory(kind, options, steps=6):
    initial = [torch.randn(3, 2), torch.randn(4)]
    parameters = [p.clone().requires_grad_() for p in initial]
    make = {
        "sgd": torch.optim.SGD,
        "adam": torch.optim.Adam,
        "adamw": torch.optim.AdamW,
        "rmsprop": torch.optim.RMSprop,
        "adagrad": torch.optim.Adagrad,
    }[kind]
    snake = {"weightDecay": "weight_decay", "lrDecay": "lr_decay"}
    optimizer = make(parameters, **{snake.get(k, k): v for k, v in options.items()})
    gradients, after = [], []
    for step in range(steps):
        grads = [torch.randn(3, 2), None if step == 1 else torch.randn(4)]
        for parameter, gradient in zip(parameters, grads):
            parameter.grad = gradient
        optimizer.step()
        gradients.append([None if g is None else encode(g) for g in grads])
        after.append([encode(p) for p in parameters])
    return {"kind": kind, "options": options, "initial": [encode(p) for p in initial], "gradients": gradients, "after": after}


write(
    "optimizers.json",
    [
        trajectory("sgd", {"lr": 0.1}),
        trajectory("sgd", {"lr": 0.1, "momentum": 0.9, "weightDecay": 0.05}),
        trajectory("sgd", {"lr": 0.05, "momentum": 0.8, "dampening": 0.3}),
        trajectory("sgd", {"lr": 0.05, "momentum": 0.9, "nesterov": True, "weightDecay": 0.01}),
        trajectory("adam", {"lr": 0.01}),
        trajectory("adam", {"lr": 0.1, "betas": [0.8, 0.95], "eps": 1e-4, "weightDecay": 0.1}),
        trajectory("adamw", {"lr": 0.01}),
        trajectory("adamw", {"lr": 0.1, "betas": [0.8, 0.95], "weightDecay": 0.3}),
        trajectory("rmsprop", {"lr": 0.01}),
        trajectory("rmsprop", {"lr": 0.05, "alpha": 0.9, "eps": 1e-3, "weightDecay": 0.1, "momentum": 0.8}),
        trajectory("rmsprop", {"lr": 0.01, "centered": True, "eps": 1e-2}),
        trajectory("rmsprop", {"lr": 0.01, "centered": True, "momentum": 0.5, "eps": 1e-2}),
        trajectory("adagrad", {"lr": 0.1}),
        trajectory("adagrad", {"lr": 0.1, "lrDecay": 0.2, "eps": 1e-4, "weightDecay": 0.1}),
    ],
)


# Philox 4x32-10, once more from the paper, checked against the known answers of Random123.
def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        p0, p1 = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(p1 >> 32) ^ c[1] ^ k[0], p1 & 0xFFFFFFFF, (p0 >> 32) ^ c[3] ^ k[1], p0 & 0xFFFFFFFF]
        k = [(k[0] + 0x9E3779B9) & 0xFFFFFFFF, (k[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return c


ONES = 0xFFFFFFFF
assert philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert philox([ONES] * 4, [ONES] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
assert philox([0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344], [0xA4093822, 0x299F31D0]) == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


def random_case(seed, offset, size):
    words = []
    for block in range(offset, offset + (size + 3) // 4):
        words += philox([block & ONES, block >> 32, 0, 0], [seed & ONES, seed >> 32])
    uniform = [(w >> 8) * 2.0**-24 for w in words]
    normal = []
    for a, b in zip(uniform[::2], uniform[1::2]):
        radius = math.sqrt(-2 * math.log(1 - a))
        normal += [radius * math.cos(2 * math.pi * b), radius * math.sin(2 * math.pi * b)]
    return {"seed": seed, "offset": offset, "uniform": uniform[:size], "normal": [number(v) for v in normal[:size]]}


write("random.json", [random_case(0, 0, 10), random_case(42, 7, 9), random_case(2**53 - 1, 2**32 - 1, 12), random_case(2**40 + 5, 2**45 + 3, 4)])

"""One run of a layer with PyTorch, as the scripts beside this one write it to test/fixtures."""

import torch

from generate import state, tensor, write_json

CASES = []


def rounded(values):
    """The nearest float32, which is what the fixture holds."""
    return values.float().double() if values.dtype.is_floating_point else values


def add(name, layer_type, options, module, inputs, call=None, forward=None):
    """Forward, then backward from weighted sums, so that each element of each output has a gradient of its own."""
    with torch.no_grad():
        for values in [*module.parameters(), *module.buffers()]:
            values.copy_(rounded(values))
    inputs = [
        rounded(torch.randn(value) if isinstance(value, tuple) else value) for value in inputs
    ]
    for values in inputs:
        values.requires_grad_(values.dtype.is_floating_point)
    before = state(module)
    outputs = forward(*inputs) if forward else module(*inputs)
    outputs = list(outputs) if isinstance(outputs, tuple) else [outputs]
    weights = [rounded(torch.randn_like(output)) for output in outputs]
    sum((output * weight).sum() for output, weight in zip(outputs, weights)).backward()
    CASES.append(
        {
            "name": name,
            "type": layer_type,
            "options": options,
            "call": call or {},
            "training": module.training,
            "state": before,
            "inputs": [typed(value) for value in inputs],
            "outputs": [tensor(output) for output in outputs],
            "outputWeights": [tensor(weight) for weight in weights],
            "inputGradients": [
                None if value.grad is None else tensor(value.grad) for value in inputs
            ],
            "gradients": {key: tensor(value.grad) for key, value in module.named_parameters()},
            "buffersAfter": {key: tensor(value.float()) for key, value in module.named_buffers()},
        }
    )


def typed(values):
    content = tensor(values)
    if not values.dtype.is_floating_point:
        content["dtype"] = "int32"
    return content


def flush(name):
    write_json(name, CASES)
    CASES.clear()


def settle(module):
    """Values that are not torch's constant ones, so that each of them matters."""
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.dim() == 1:
                parameter.copy_(torch.rand_like(parameter) + 0.5)
    return module


def torch_names(options, names):
    """Options with torch's names where they differ."""
    return {names.get(key, key): value for key, value in options.items()}


def written(call):
    """The options of a call as JSON."""
    return {key: typed(value) if torch.is_tensor(value) else value for key, value in call.items()}


def start(seed):
    """
    Each script draws from a seed of its own, so that a change in one leaves the others' values alone. All is computed
    in 64 bits: where torch's own rounding is amplified, the difference shows ours alone.
    """
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(seed)
    torch.set_num_threads(1)

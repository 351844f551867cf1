"""PyTorch: the same work, told and asked over the same pipes as the contestants in JavaScript.

`pytorch.py reference lstm FOLDER` prints the losses of the first steps in 64 bits instead.
"""
import json
import os
import sys
import time

import numpy
import torch
from torch import nn
from torch.nn import functional


def read_inputs(folder, name):
    with open(os.path.join(folder, name + '.json')) as file:
        description = json.load(file)
    everything = numpy.fromfile(os.path.join(folder, name + '.bin'), dtype=numpy.float32)
    arrays = {}
    for key, place in description['arrays'].items():
        size = int(numpy.prod(place['shape']))
        array = everything[place['offset']:place['offset'] + size].reshape(place['shape'])
        arrays[key] = torch.from_numpy(array.copy())
    return arrays, description['settings']


def copy(parameter, values):
    with torch.no_grad():
        parameter.copy_(values)


def lstm(inputs, settings, dtype):
    hidden = inputs['weightHh'].shape[1]
    cell = nn.LSTM(inputs['x'].shape[2], hidden, batch_first=True).to(dtype)
    head = nn.Linear(hidden, 1).to(dtype)
    copy(cell.weight_ih_l0, inputs['weightIh'])
    copy(cell.weight_hh_l0, inputs['weightHh'])
    copy(cell.bias_ih_l0, inputs['biasIh'])
    copy(cell.bias_hh_l0, inputs['biasHh'])
    copy(head.weight, inputs['headWeight'])
    copy(head.bias, inputs['headBias'])
    x, y = inputs['x'].to(dtype), inputs['y'].to(dtype)
    optimizer = torch.optim.Adam([*cell.parameters(), *head.parameters()], lr=settings['learningRate'])

    def step():
        optimizer.zero_grad()
        loss = functional.mse_loss(head(cell(x)[0][:, -1]), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def cnn(inputs, settings, dtype):
    network = nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Linear(inputs['headWeight'].shape[1], inputs['headWeight'].shape[0]),
    ).to(dtype)
    names = ['weight1', 'bias1', 'weight2', 'bias2', 'headWeight', 'headBias']
    for parameter, name in zip(network.parameters(), names):
        copy(parameter, inputs[name])
    x, y = inputs['x'].to(dtype), inputs['y'].long()
    optimizer = torch.optim.Adam(network.parameters(), lr=settings['learningRate'])

    def step():
        optimizer.zero_grad()
        loss = functional.cross_entropy(network(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def matmul(inputs, settings, dtype):
    a, b = inputs['a'].to(dtype), inputs['b'].to(dtype)
    return lambda: (a @ b)[0, 0].item()


def check(name, inputs, settings, step):
    if name == 'matmul':
        product = (inputs['a'] @ inputs['b']).flatten()
        return product[settings['positions']].tolist()
    return [step() for _ in range(settings['checkedSteps'])]


WORK = {'lstm': lstm, 'cnn': cnn, 'matmul': matmul}


def timed(step, seconds, most):
    end = time.perf_counter() + seconds
    times = []
    while not times or (time.perf_counter() < end and len(times) < most):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    return times


def main():
    if sys.argv[1] == 'reference':
        torch.set_num_threads(1)
        inputs, settings = read_inputs(sys.argv[3], sys.argv[2])
        step = WORK[sys.argv[2]](inputs, settings, torch.float64)
        print(json.dumps(check(sys.argv[2], inputs, settings, step)))
        return
    contest = json.loads(sys.argv[1])
    torch.set_num_threads(contest['settings']['threads'])
    name = contest['work']
    inputs, settings = read_inputs(contest['folder'], name)
    step = WORK[name](inputs, settings, torch.float32)
    replies = os.fdopen(3, 'w', buffering=1)

    def reply(value):
        replies.write(json.dumps(value) + '\n')

    reply({'adapter': f'PyTorch {torch.__version__}, {torch.get_num_threads()} threads'})
    for line in sys.stdin:
        request = json.loads(line)
        if request['do'] == 'check':
            reply({'values': check(name, inputs, settings, step)})
        else:
            for _ in range(request['untimed']):
                step()
            reply({'milliseconds': timed(step, request['seconds'], request['most'])})


main()

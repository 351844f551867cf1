"""PyTorch's side of the race: `peer.py FOLDER` trains an epoch for each line on its input and prints loss and seconds."""
import json
import sys
import time
from pathlib import Path

import torch
from torch import nn

from layers import build, read_safetensors


def create_loss(description):
    options = {'reduction': description['reduction']}
    kind = description['type']
    if kind == 'TokenCrossEntropyLoss':
        loss_of_tokens = create_loss({**description, 'type': 'CrossEntropyLoss'})
        return lambda logits, targets: loss_of_tokens(logits.flatten(0, 1), targets.flatten())
    if kind == 'CrossEntropyLoss':
        options.update(label_smoothing=description['labelSmoothing'], ignore_index=description['ignoreIndex'])
        if description.get('weight') is not None:
            options['weight'] = torch.tensor(description['weight'], dtype=torch.float32)
    return getattr(nn, kind)(**options)


def create_optimizer(parameters, config):
    options = {'lr': config['learning_rate'], 'weight_decay': config['weight_decay']}
    if config['optimizer'] == 'sgd':
        return torch.optim.SGD(parameters, momentum=0.9, **options)
    return {'adam': torch.optim.Adam, 'adamw': torch.optim.AdamW}[config['optimizer']](parameters, **options)


def main(folder):
    training = json.loads((folder / 'training.json').read_text())
    config = training['config']
    torch.set_num_threads(training['threads'])
    model = build(json.loads((folder / 'model.json').read_text())['architecture'])
    model.load_state_dict(read_safetensors(folder / 'model.safetensors'), strict=True)
    samples = read_safetensors(folder / 'samples.safetensors')
    targets = samples['targets']
    inputs = [samples[f'inputs{place}'] for place in range(len(samples) - 1)]
    if targets.dtype == torch.int32:
        targets = targets.long()
    loss_of = create_loss(training['loss'])
    parameters = list(model.parameters())
    optimizer = create_optimizer(parameters, config)
    size = config['batch_size']

    def epoch():
        model.train()
        total = 0.0
        for start in range(0, len(targets), size):
            optimizer.zero_grad()
            loss = loss_of(model(*(values[start:start + size] for values in inputs)), targets[start:start + size])
            loss.backward()
            nn.utils.clip_grad_norm_(parameters, config['gradient_clip'])
            optimizer.step()
            total += loss.item() * size
        return total / len(targets)

    for _ in sys.stdin:
        start = time.perf_counter()
        loss = epoch()
        print(json.dumps({'loss': loss, 'seconds': time.perf_counter() - start}), flush=True)


main(Path(sys.argv[1]))

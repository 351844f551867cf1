"""Writes the reference values of losses over classes, of optimizers, schedules and averages with PyTorch.

Run with a Python that has torch (Debian: python3-torch): /usr/bin/python3 test/reference/training.py
"""

import torch
from generate import number, tensor, write_json
from torch import nn
from torch.nn import functional
from torch.optim import lr_scheduler


def loss_case(loss_type, options, loss, predicted, target, is_index=False):
    predicted = predicted.clone().requires_grad_()
    value = loss(predicted, target)
    value.backward()
    return {
        "type": loss_type,
        "options": options,
        "predicted": tensor(predicted),
        "target": tensor(target),
        "isIndex": is_index,
        "value": number(value.item()),
        "gradient": tensor(predicted.grad),
    }


def pinball(quantiles, reduction):
    def loss(predicted, target):
        error = target.unsqueeze(-1) - predicted
        levels = torch.tensor(quantiles)
        return getattr(torch.maximum(levels * error, (levels - 1) * error), reduction)()

    return loss


def class_losses():
    cases = []
    weight = [0.5, 2.0, 1.0, 0.0, 1.5]
    for reduction in ["mean", "sum"]:
        for options, named in [
            ({}, {}),
            ({"weight": weight}, {"weight": torch.tensor(weight)}),
            ({"ignoreIndex": 2}, {"ignore_index": 2}),
            ({"labelSmoothing": 0.2}, {"label_smoothing": 0.2}),
            (
                {"weight": weight, "ignoreIndex": 0, "labelSmoothing": 0.1},
                {"weight": torch.tensor(weight), "ignore_index": 0, "label_smoothing": 0.1},
            ),
        ]:
            for shape in [(7, 5), (2, 5, 3)]:
                target = torch.randint(0, 5, (shape[0], *shape[2:]))
                logits = torch.randn(shape) * 2
                given = {**options, "reduction": reduction}
                loss = nn.CrossEntropyLoss(**named, reduction=reduction)
                cases.append(loss_case("CrossEntropyLoss", given, loss, logits, target, True))
                if "labelSmoothing" not in options:
                    loss = nn.NLLLoss(**named, reduction=reduction)
                    logs = logits.log_softmax(1)
                    cases.append(loss_case("NLLLoss", given, loss, logs, target, True))
        for pos_weight in [None, 3.0, [0.5, 1.0, 4.0]]:
            options = {} if pos_weight is None else {"posWeight": pos_weight}
            named = None if pos_weight is None else torch.tensor(pos_weight)
            loss = nn.BCEWithLogitsLoss(pos_weight=named, reduction=reduction)
            options["reduction"] = reduction
            target = torch.randint(0, 2, (4, 3)).float()
            target[0] = torch.tensor([0.25, 0.5, 0.9])
            logits = torch.randn(4, 3) * 3
            cases.append(loss_case("BCEWithLogitsLoss", options, loss, logits, target))
        for quantiles in [[0.5], [0.1, 0.5, 0.9]]:
            options = {"quantiles": quantiles, "reduction": reduction}
            predicted = torch.randn(4, 2, len(quantiles))
            target = torch.randn(4, 2)
            loss = pinball(quantiles, reduction)
            cases.append(loss_case("QuantileLoss", options, loss, predicted, target))
    for reduction in ["mean", "sum", "batchmean"]:
        for log_target in [False, True]:
            options = {"reduction": reduction, "logTarget": log_target}
            target = torch.randn(4, 5).softmax(1)
            if log_target:
                target = target.log()
            else:
                target[0, 1] = 0
            loss = nn.KLDivLoss(reduction=reduction, log_target=log_target)
            logs = functional.log_softmax(torch.randn(4, 5), 1)
            cases.append(loss_case("KLDivLoss", options, loss, logs, target))
    write_json("class-losses", cases)


def share_losses():
    cases = []
    weight = [0.5, 2.0, 1.0, 0.0, 1.5]
    for reduction in ["mean", "sum"]:
        for options, named in [
            ({}, {}),
            (
                {"weight": weight, "labelSmoothing": 0.1},
                {"weight": torch.tensor(weight), "label_smoothing": 0.1},
            ),
        ]:
            for shape in [(7, 5), (2, 5, 3)]:
                loss = nn.CrossEntropyLoss(**named, reduction=reduction)
                target = torch.randn(shape).softmax(1)
                given = {**options, "reduction": reduction}
                cases.append(loss_case("CrossEntropyLoss", given, loss, torch.randn(shape) * 2, target))
    write_json("share-losses", cases)


def walk(optimizer, parameters, count):
    steps = []
    for _ in range(count):
        for parameter in parameters:
            parameter.grad = torch.randn_like(parameter)
        gradients = [tensor(parameter.grad) for parameter in parameters]
        optimizer.step()
        steps.append({"gradients": gradients, "values": [tensor(each) for each in parameters]})
    return steps


def optimizers():
    cases = []
    for optimizer_type, options, build in [
        ("RMSprop", {}, torch.optim.RMSprop),
        (
            "RMSprop",
            {"learningRate": 0.02, "alpha": 0.9, "epsilon": 1e-6, "weightDecay": 0.1},
            lambda p: torch.optim.RMSprop(p, 0.02, alpha=0.9, eps=1e-6, weight_decay=0.1),
        ),
        (
            "RMSprop",
            {"learningRate": 0.01, "momentum": 0.8, "centered": True},
            lambda p: torch.optim.RMSprop(p, 0.01, momentum=0.8, centered=True),
        ),
        ("Adagrad", {}, torch.optim.Adagrad),
        (
            "Adagrad",
            {"learningRate": 0.1, "lrDecay": 0.05, "epsilon": 1e-6, "weightDecay": 0.1},
            lambda p: torch.optim.Adagrad(p, 0.1, lr_decay=0.05, eps=1e-6, weight_decay=0.1),
        ),
        (
            "SGD",
            {"learningRate": 0.1, "momentum": 0.9, "dampening": 0.4},
            lambda p: torch.optim.SGD(p, 0.1, momentum=0.9, dampening=0.4),
        ),
    ]:
        parameters = [torch.randn(3, 4).requires_grad_(), torch.randn(5).requires_grad_()]
        initial = [tensor(parameter) for parameter in parameters]
        optimizer = build(parameters)
        cases.append(
            {
                "type": optimizer_type,
                "options": options,
                "initial": initial,
                "steps": walk(optimizer, parameters, 8),
                "state": {
                    f"{slot}.{name}": tensor(value)
                    for slot, values in optimizer.state_dict()["state"].items()
                    for name, value in values.items()
                    if torch.is_tensor(value) and value.dim() > 0
                },
            }
        )
    groups = [
        {"learningRate": 0.1, "weightDecay": 0.0},
        {"learningRate": 0.01, "weightDecay": 0.5},
    ]
    for optimizer_type, build in [("AdamW", torch.optim.AdamW), ("SGD", torch.optim.SGD)]:
        parameters = [torch.randn(3, 2).requires_grad_(), torch.randn(4).requires_grad_()]
        initial = [tensor(parameter) for parameter in parameters]
        optimizer = build(
            [
                {"params": [parameter], "lr": group["learningRate"], "weight_decay": group["weightDecay"]}
                for parameter, group in zip(parameters, groups)
            ],
            lr=1.0,
        )
        cases.append(
            {
                "type": optimizer_type,
                "options": {},
                "groups": groups,
                "initial": initial,
                "steps": walk(optimizer, parameters, 5),
            }
        )
    write_json("optimizer-steps", cases)


def rates(build, count, watched=None):
    parameters = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    optimizer = torch.optim.SGD(
        [{"params": [parameters[0]], "lr": 0.5}, {"params": [parameters[1]], "lr": 0.02}], lr=1.0
    )
    scheduler = build(optimizer)
    values = [[group["lr"] for group in optimizer.param_groups]]
    for index in range(count):
        optimizer.step()
        scheduler.step(*([] if watched is None else [watched[index]]))
        values.append([group["lr"] for group in optimizer.param_groups])
    return values


def schedules():
    cases = []

    def add(kind, options, build, count=24, watched=None):
        case = {"type": kind, "options": options, "rates": rates(build, count, watched)}
        if watched is not None:
            case["losses"] = watched
        cases.append(case)

    add("StepLR", {"stepSize": 5}, lambda o: lr_scheduler.StepLR(o, 5))
    add("StepLR", {"stepSize": 3, "gamma": 0.7}, lambda o: lr_scheduler.StepLR(o, 3, 0.7))
    add(
        "MultiStepLR",
        {"milestones": [4, 9, 20], "gamma": 0.3},
        lambda o: lr_scheduler.MultiStepLR(o, [4, 9, 20], 0.3),
    )
    add("ExponentialLR", {"gamma": 0.9}, lambda o: lr_scheduler.ExponentialLR(o, 0.9))
    add("LinearLR", {}, lr_scheduler.LinearLR)
    add(
        "LinearLR",
        {"startFactor": 0.01, "endFactor": 0.8, "totalIters": 10},
        lambda o: lr_scheduler.LinearLR(o, 0.01, 0.8, 10),
    )
    add("CosineAnnealingLR", {"tMax": 10}, lambda o: lr_scheduler.CosineAnnealingLR(o, 10))
    add(
        "CosineAnnealingLR",
        {"tMax": 24, "etaMin": 0.001},
        lambda o: lr_scheduler.CosineAnnealingLR(o, 24, 0.001),
    )
    add(
        "CosineAnnealingWarmRestarts",
        {"t0": 5},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 5),
    )
    add(
        "CosineAnnealingWarmRestarts",
        {"t0": 3, "tMult": 2, "etaMin": 0.001},
        lambda o: lr_scheduler.CosineAnnealingWarmRestarts(o, 3, 2, 0.001),
    )
    add(
        "OneCycleLR",
        {"maxLearningRate": 0.4, "totalSteps": 24},
        lambda o: lr_scheduler.OneCycleLR(o, 0.4, total_steps=24, cycle_momentum=False),
    )
    add(
        "OneCycleLR",
        {
            "maxLearningRate": 0.1,
            "totalSteps": 24,
            "pctStart": 0.25,
            "annealStrategy": "linear",
            "divFactor": 10,
            "finalDivFactor": 100,
        },
        lambda o: lr_scheduler.OneCycleLR(
            o,
            0.1,
            total_steps=24,
            pct_start=0.25,
            anneal_strategy="linear",
            div_factor=10,
            final_div_factor=100,
            cycle_momentum=False,
        ),
    )
    add(
        "SequentialLR",
        {"milestones": [4, 12]},
        lambda o: lr_scheduler.SequentialLR(
            o,
            [
                lr_scheduler.LinearLR(o, 0.1, 1.0, 4),
                lr_scheduler.ExponentialLR(o, 0.8),
                lr_scheduler.StepLR(o, 3, 0.5),
            ],
            [4, 12],
        ),
    )
    falling = [1.0, 0.9, 0.9, 0.91, 0.9, 0.5, 0.5, 0.5, 0.5, 0.5, 0.49999, 0.4, 0.6] + [0.7] * 11
    add(
        "ReduceLROnPlateau",
        {"patience": 2},
        lambda o: lr_scheduler.ReduceLROnPlateau(o, patience=2),
        watched=falling,
    )
    add(
        "ReduceLROnPlateau",
        {
            "mode": "max",
            "factor": 0.5,
            "patience": 1,
            "threshold": 0.05,
            "thresholdMode": "abs",
            "cooldown": 2,
            "minLearningRate": 0.01,
        },
        lambda o: lr_scheduler.ReduceLROnPlateau(
            o, "max", 0.5, 1, 0.05, threshold_mode="abs", cooldown=2, min_lr=0.01
        ),
        watched=falling,
    )
    write_json("schedules", cases)


def gradients():
    parameters = [torch.randn(3, 4).requires_grad_(), torch.randn(5).requires_grad_()]
    start = [torch.randn_like(parameter) * 2 for parameter in parameters]
    clipped = {}
    for name, clip in [
        ("norm", lambda: nn.utils.clip_grad_norm_(parameters, 1.5)),
        ("value", lambda: nn.utils.clip_grad_value_(parameters, 0.7)),
    ]:
        for parameter, gradient in zip(parameters, start):
            parameter.grad = gradient.clone()
        clip()
        clipped[name] = [tensor(parameter.grad) for parameter in parameters]
    norm = torch.cat([gradient.flatten() for gradient in start]).norm()
    write_json(
        "gradients",
        {"gradients": [tensor(each) for each in start], "total": number(norm.item()), **clipped},
    )


def average():
    decay = 0.9
    model = nn.Linear(3, 2)
    averaged = torch.optim.swa_utils.AveragedModel(
        model, avg_fn=lambda old, new, _: decay * old + (1 - decay) * new
    )
    averaged.update_parameters(model)
    initial = [tensor(parameter) for parameter in model.parameters()]
    steps = []
    for _ in range(6):
        for parameter in model.parameters():
            parameter.data += torch.randn_like(parameter)
        averaged.update_parameters(model)
        steps.append(
            {
                "values": [tensor(parameter) for parameter in model.parameters()],
                "averages": [tensor(parameter) for parameter in averaged.module.parameters()],
            }
        )
    write_json("average", {"decay": decay, "initial": initial, "steps": steps})


def main():
    torch.manual_seed(20261125)
    torch.set_num_threads(1)
    class_losses()
    optimizers()
    schedules()
    gradients()
    average()
    share_losses()


if __name__ == "__main__":
    main()

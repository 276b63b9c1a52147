"""PyTorch's side of `bench gpu`: prints one number.

    python gpu_torch.py cuda|cpu peak SIDE         operations per second of matrix products
    python gpu_torch.py cuda|cpu train JSON        milliseconds of a training step of an MLP
"""

import json
import sys
import time

import torch

device, what, argument = sys.argv[1:4]
if device == "cuda" and not torch.cuda.is_available():
    sys.exit("torch.cuda.is_available() is false")


def wait():
    if device == "cuda":
        torch.cuda.synchronize()


def seconds(work, repetitions):
    work()
    wait()
    start = time.perf_counter()
    for _ in range(repetitions):
        work()
    wait()
    return (time.perf_counter() - start) / repetitions


if what == "peak":
    side = int(argument)
    x, y = (torch.randn(side, side, device=device) for _ in range(2))
    print(2 * side**3 / min(seconds(lambda: x @ y, 8) for _ in range(3)))
else:
    row = json.loads(argument)
    sizes, batch = row["sizes"], row["batch"]
    layers = []
    for a, b in zip(sizes, sizes[1:]):
        layers += [torch.nn.Linear(a, b), torch.nn.ReLU()]
    model = torch.nn.Sequential(*layers[:-1]).to(device)
    fused = {"fused": True} if device == "cuda" else {}
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-5, **fused)
    x = torch.randn(batch, sizes[0], device=device)
    y = torch.randn(batch, sizes[-1], device=device)

    def step():
        optimizer.zero_grad(set_to_none=True)
        ((model(x) - y) ** 2).mean().backward()
        optimizer.step()

    print(1000 * min(seconds(step, 50) for _ in range(3)))

"""Operations per second of PyTorch's matrix products (in TF32 on a card), for `bench gpu`.

    python gpu_torch.py cuda|cpu SIDE
"""

import sys
import time

import torch

device, side = sys.argv[1], int(sys.argv[2])
if device == "cuda" and not torch.cuda.is_available():
    sys.exit("torch.cuda.is_available() is false")
torch.backends.cuda.matmul.allow_tf32 = True


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


x, y = (torch.randn(side, side, device=device) for _ in range(2))
print(2 * side**3 / min(seconds(lambda: x @ y, 8) for _ in range(3)))

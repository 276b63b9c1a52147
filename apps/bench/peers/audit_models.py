"""Writes small networks for the tests of `intertwiner audit`, made by software that shares no code
with ours: PyTorch builds them in the manner of escnn and exports them to ONNX.

    python apps/bench/peers/audit_models.py apps/cli/test/fixtures

- c4.onnx: lifting convolution, group convolution (both C4, regular fields, group index fastest, and
  expanded to plain filters as escnn's export does), pooling over the group and space. Invariant.
- c4-fields.onnx: the same without pooling over space: returns a scalar field.
- c2.onnx: the same over C2: equivariant under half turns, not under quarter turns.
- cnn.onnx: an ordinary convolutional network.
- planted.onnx: c4.onnx with noise added to one channel of its second convolution.
- points.onnx: for clouds of points, invariant under O(3) and permutations: distances and a sum.
- sets.onnx: a DeepSets layer, equivariant under permutations of 5 points with 3 features.
"""

import sys
from pathlib import Path

import onnx
import torch
from torch import nn
from torch.nn import functional as F


class GroupConv(nn.Module):
    """Regular (or trivial) fields of C_n, n in (2, 4), to regular ones; channel c*n + a is element a."""

    def __init__(self, n, inputs, outputs, size, lifting):
        super().__init__()
        self.n, self.lifting = n, lifting
        group_in = 1 if lifting else n
        fan_in = inputs * group_in * size * size
        self.weight = nn.Parameter(torch.randn(outputs, inputs, group_in, size, size) * (2 / fan_in) ** 0.5)
        self.bias = nn.Parameter(torch.randn(outputs) * 0.1)

    def filters(self):
        quarter = 4 // self.n
        copies = []
        for a in range(self.n):
            turned = torch.rot90(self.weight, a * quarter, (-2, -1))
            # f(a^-1 b): the group axis of the filter moves along.
            copies.append(turned if self.lifting else torch.roll(turned, a, 2))
        w = torch.stack(copies, 1)
        return w.reshape(w.shape[0] * self.n, -1, *w.shape[-2:]).contiguous()

    def plain(self):
        w = self.filters().detach()
        conv = nn.Conv2d(w.shape[1], w.shape[0], w.shape[-1], padding=w.shape[-1] // 2)
        conv.weight = nn.Parameter(w)
        conv.bias = nn.Parameter(self.bias.detach().repeat_interleave(self.n))
        return conv


class GroupNet(nn.Module):
    def __init__(self, n, channels=3, classes=5, pool_space=True):
        super().__init__()
        self.n, self.pool_space = n, pool_space
        self.first = GroupConv(n, 1, channels, 3, lifting=True).plain()
        self.second = GroupConv(n, channels, channels, 3, lifting=False).plain()
        self.last = nn.Linear(channels, classes)

    def forward(self, x):
        y = F.relu(self.first(x))
        y = F.relu(self.second(y))
        b, c, h, w = y.shape
        y = y.reshape(b, c // self.n, self.n, h, w).amax(2)
        if not self.pool_space:
            return y.mean(1, keepdim=True)
        return self.last(y.mean((2, 3)))


class PlainNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(1, 6, 3, padding=1)
        self.second = nn.Conv2d(6, 6, 3, padding=1)
        self.last = nn.Linear(6 * 4 * 4, 5)

    def forward(self, x):
        y = F.max_pool2d(F.relu(self.first(x)), 2)
        y = F.relu(self.second(y))
        return self.last(y.flatten(1))


class Distances(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(1, 8), nn.Tanh(), nn.Linear(8, 4))

    def forward(self, x):
        d = ((x[:, :, None] - x[:, None]) ** 2).sum(-1, keepdim=True)
        return self.net(d).sum((1, 2))


class DeepSets(nn.Module):
    def __init__(self):
        super().__init__()
        self.own, self.pooled = nn.Linear(3, 4), nn.Linear(3, 4, bias=False)

    def forward(self, x):
        return torch.tanh(self.own(x) + self.pooled(x.mean(1, keepdim=True)))


def export(model, shape, path):
    model.eval()
    names = {"input_names": ["x"], "output_names": ["y"]}
    batch = {"x": {0: "batch"}, "y": {0: "batch"}}
    torch.onnx.export(model, (torch.randn(2, *shape),), path, dynamo=False, opset_version=18,
                      dynamic_axes=batch, **names)
    made = onnx.load(path)
    onnx.checker.check_model(made, full_check=True)


def main(folder):
    folder = Path(folder)
    torch.manual_seed(0)
    image = (1, 8, 8)
    c4 = GroupNet(4)
    export(c4, image, folder / "c4.onnx")
    export(GroupNet(4, pool_space=False), image, folder / "c4-fields.onnx")
    export(GroupNet(2), image, folder / "c2.onnx")
    export(PlainNet(), image, folder / "cnn.onnx")
    with torch.no_grad():
        c4.second.weight[5] += 0.05 * torch.randn_like(c4.second.weight[5])
    export(c4, image, folder / "planted.onnx")
    export(Distances(), (6, 3), folder / "points.onnx")
    export(DeepSets(), (5, 3), folder / "sets.onnx")


if __name__ == "__main__":
    main(sys.argv[1])

"""A small convolutional network, trained and exported by PyTorch, as a teacher for `clone --teacher`.

It tells four orientations of noisy gratings apart on a torus of 12 x 12 pixels: circular padding and a
mean over all positions make its logits invariant under every cyclic shift, T(12,12).

    python apps/bench/peers/teacher_cnn.py apps/cli/test/fixtures/torch-cnn.onnx
"""

import math
import sys

import onnx
import torch
from torch import nn

SIDE = 12


def gratings(count, generator):
    """Noisy waves of four directions and random phases, [count, 1, SIDE, SIDE], and their labels."""
    labels = torch.randint(4, (count,), generator=generator)
    waves = torch.tensor([[0, 2], [2, 0], [1, 1], [1, -1]], dtype=torch.float32)[labels]
    position = 2 * math.pi * torch.arange(SIDE) / SIDE
    phase = 2 * math.pi * torch.rand(count, 1, 1, generator=generator)
    angle = waves[:, 0, None, None] * position[:, None] + waves[:, 1, None, None] * position[None, :]
    noise = torch.randn(count, SIDE, SIDE, generator=generator)
    return (torch.cos(angle + phase) + noise)[:, None], labels


def network():
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1, padding_mode="circular"),
        nn.ReLU(),
        nn.Conv2d(8, 16, 3, padding=1, padding_mode="circular"),
        nn.ReLU(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(16, 4),
    )


def main(path):
    torch.manual_seed(0)
    generator = torch.Generator().manual_seed(1)
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    for _ in range(200):
        images, labels = gratings(64, generator)
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(images), labels).backward()
        optimizer.step()
    images, labels = gratings(1000, generator)
    with torch.no_grad():
        accuracy = (model(images).argmax(1) == labels).float().mean().item()
    print(f"accuracy on new gratings: {accuracy:.3f}")
    torch.onnx.export(
        model.eval(),
        (torch.zeros(2, 1, SIDE, SIDE),),
        path,
        input_names=["image"],
        output_names=["logits"],
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        external_data=False,
        dynamo=True,
    )
    onnx.save(without_origin(onnx.load(path)), path)


def without_origin(model):
    """The model without the exporter's notes on where in whose files each node comes from."""
    graph = model.graph
    for part in [graph, *graph.node, *graph.input, *graph.output, *graph.value_info, *graph.initializer]:
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    return model


if __name__ == "__main__":
    main(sys.argv[1])

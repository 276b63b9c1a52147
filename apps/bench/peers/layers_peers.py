"""The networks of the `layers` suite in PyTorch, for a parent that speaks JSON lines.

Usage: layers_peers.py THREADS
The protocol is that of train_peers.py. The implementations `torch` and `torch-fused` train (Adam,
rate 1e-5, one fixed batch); `torch-eval` runs forwards with the filters expanded beforehand;
`torch-onnx` exports that with torch.onnx and runs the file in ONNX Runtime. `escnn`, `escnn-eval` and
`escnn-onnx` do the same with escnn's own modules, whose filters are expanded in eval mode.

A row is {"kind": "field-cnn", "order", "fields", "coefficients", "side", "kernel", "classes",
"batch"}: regular fields whose filters are expanded at every training step from coefficients in a basis,
as escnn does (a random basis of the true shape: the values do not change the time); or {"kind":
"tensor-product", "degree", "channels", "rows"}: e3nn's FullyConnectedTensorProduct.
"""

import io
import json
import math
import sys
import time
import warnings

THREADS = int(sys.argv[1])
warnings.filterwarnings("ignore")
impls, missing = {}, {}
try:
    import torch

    torch.set_num_threads(THREADS)
    impls.update({name: torch.__version__ for name in ("torch", "torch-fused", "torch-eval")})
except ImportError as error:
    missing["torch"] = str(error)
try:
    import onnx  # noqa: F401, which torch.onnx needs
    import onnxruntime

    if impls:
        impls["torch-onnx"] = onnxruntime.__version__
except ImportError as error:
    missing["onnxruntime"] = str(error)
try:
    from e3nn import o3
except ImportError as error:
    o3 = None
    missing["e3nn"] = str(error)

try:
    import escnn

    if impls:
        impls.update({f"escnn{part}": escnn.__version__ for part in ("", "-eval", "-onnx")})
except ImportError as error:
    escnn = None
    missing["escnn"] = str(error)

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
RATE = 1e-5


def make_field_cnn(row):
    class FieldConv(torch.nn.Module):
        """A filter is coefficients [out, in, r] in a basis [r, G·H·k·k], G and H the fields' sizes."""

        def __init__(self, inputs, fields_in, outputs, rank):
            super().__init__()
            order, kernel = row["order"], row["kernel"]
            taps = order * fields_in * kernel * kernel
            basis = torch.linalg.qr(torch.randn(taps, rank))[0].T.contiguous()
            gain = math.sqrt(2 * order / (inputs * rank))
            self.coefficients = torch.nn.Parameter(gain * torch.randn(outputs * inputs, rank))
            self.register_buffer("basis", basis)
            self.shape = (outputs, inputs, order, fields_in, kernel, kernel)
            self.frozen = None

        def expand(self):
            outputs, inputs, order, fields_in, kernel, _ = self.shape
            bank = (self.coefficients @ self.basis).view(self.shape).permute(0, 2, 1, 3, 4, 5)
            return bank.reshape(outputs * order, inputs * fields_in, kernel, kernel)

        def train(self, mode=True):
            self.frozen = None if mode else self.expand().detach()
            return super().train(mode)

        def forward(self, x):
            bank = self.expand() if self.frozen is None else self.frozen
            return torch.nn.functional.conv2d(x, bank, padding=row["kernel"] // 2)

    class FieldNorm(torch.nn.Module):
        def __init__(self, fields):
            super().__init__()
            self.norm = torch.nn.BatchNorm3d(fields, eps=1e-3, momentum=0.01)
            self.fields = fields

        def forward(self, x):
            grouped = x.view(x.shape[0], self.fields, row["order"], x.shape[2], x.shape[3])
            return self.norm(grouped).view(x.shape)

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            blocks, inputs, fields_in = [], 1, 1
            for i, outputs in enumerate(row["fields"]):
                rank = row["coefficients"][min(i, 1)]
                blocks += [FieldConv(inputs, fields_in, outputs, rank), FieldNorm(outputs)]
                blocks.append(torch.nn.ReLU())
                if i < len(row["fields"]) - 1:
                    blocks.append(torch.nn.AvgPool2d(2))
                inputs, fields_in = outputs, row["order"]
            self.blocks = torch.nn.Sequential(*blocks)
            self.head = torch.nn.Linear(inputs, row["classes"])

        def forward(self, x):
            x = self.blocks(x)
            x = x.view(x.shape[0], -1, row["order"], x.shape[2], x.shape[3])
            return self.head(x.amax(2).mean((2, 3)))

    return Network(), *image_data(row)


def image_data(row):
    labels = torch.randint(row["classes"], (row["batch"],))
    loss = lambda outputs: torch.nn.functional.cross_entropy(outputs, labels)
    return [torch.randn(row["batch"], 1, row["side"], row["side"])], loss


def make_escnn(row):
    if row["kind"] != "field-cnn":
        raise RuntimeError("escnn has no such layer")
    plane = {
        "C4": lambda: escnn.gspaces.rot2dOnR2(4),
        "C8": lambda: escnn.gspaces.rot2dOnR2(8),
        "D4": lambda: escnn.gspaces.flipRot2dOnR2(4),
    }[row["group"]]()
    modules, before = [], escnn.nn.FieldType(plane, [plane.trivial_repr])
    start = before
    for i, fields in enumerate(row["fields"]):
        after = escnn.nn.FieldType(plane, fields * [plane.regular_repr])
        kernel = row["kernel"]
        modules += [
            escnn.nn.R2Conv(before, after, kernel, padding=kernel // 2, bias=False),
            escnn.nn.InnerBatchNorm(after, eps=1e-3, momentum=0.01),
            escnn.nn.ReLU(after),
        ]
        if i < len(row["fields"]) - 1:
            modules.append(escnn.nn.PointwiseAvgPool2D(after, 2))
        before = after
    modules.append(escnn.nn.GroupPooling(before))

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.body = escnn.nn.SequentialModule(*modules)
            self.head = torch.nn.Linear(row["fields"][-1], row["classes"])
            self.plain = None

        def forward(self, x):
            y = self.plain(x) if self.plain else self.body(escnn.nn.GeometricTensor(x, start)).tensor
            return self.head(y.mean((2, 3)))

    return Network(), *image_data(row)


def make_tensor_product(row):
    if o3 is None:
        raise RuntimeError(f"e3nn is not installed ({missing['e3nn']})")
    parity = lambda l: "e" if l % 2 == 0 else "o"
    irreps = lambda n: "+".join(f"{n}x{l}{parity(l)}" for l in range(row["degree"] + 1))
    hidden, harmonics = o3.Irreps(irreps(row["channels"])), o3.Irreps(irreps(1))
    product = o3.FullyConnectedTensorProduct(hidden, harmonics, hidden)
    target = torch.randn(row["rows"], hidden.dim)
    loss = lambda outputs: torch.nn.functional.mse_loss(outputs, target)
    return product, [torch.randn(row["rows"], irreps_.dim) for irreps_ in (hidden, harmonics)], loss


def make(row, impl):
    return make_escnn(row) if impl.startswith("escnn") else MAKERS[row["kind"]](row)


def trainer(row, impl):
    network, inputs, loss_of = make(row, impl)
    fused = {"fused": True} if impl == "torch-fused" else {}
    optimizer = torch.optim.Adam(network.parameters(), lr=RATE, **fused)
    network.train()

    def run(steps, clock):
        losses = []
        start = clock()
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(network(*inputs))
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        elapsed = clock() - start
        return elapsed, [float(value) for value in losses]

    return run


def forward(row, impl):
    network, inputs, _ = make(row, impl)
    network.eval()
    if impl.endswith("-onnx"):
        if impl.startswith("escnn"):
            network.plain = torch.nn.Sequential(*map(exported, network.body))
        return onnx_forward(network, inputs)

    def run(steps, clock):
        start = clock()
        with torch.inference_mode():
            for _ in range(steps):
                network(*inputs)
        return clock() - start, []

    return run


def exported(module):
    """The plain twin of an escnn module; its export knows no means."""
    is_mean = isinstance(module, escnn.nn.PointwiseAvgPool2D)
    return torch.nn.AvgPool2d(2) if is_mean else module.export()


def onnx_forward(network, inputs):
    file = io.BytesIO()
    torch.onnx.export(network, tuple(inputs), file, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    session = onnxruntime.InferenceSession(file.getvalue(), options, ["CPUExecutionProvider"])
    feeds = {node.name: x.numpy() for node, x in zip(session.get_inputs(), inputs)}

    def run(steps, clock):
        start = clock()
        for _ in range(steps):
            session.run(None, feeds)
        return clock() - start, []

    return run


MAKERS = {"field-cnn": make_field_cnn, "tensor-product": make_tensor_product}
runners = {}


def answer(request):
    row, impl = request["row"], request["impl"]
    key = (row["name"], impl)
    if key not in runners:
        torch.manual_seed(0)
        trains = impl in ("torch", "torch-fused", "escnn")
        runners[key] = trainer(row, impl) if trains else forward(row, impl)
    run = runners[key]
    clock = CLOCKS[request["clock"]]
    warm = run(request["warmup"], clock)[1] if request["warmup"] else []
    seconds, losses = run(request["steps"], clock)
    return {"msPerStep": seconds * 1e3 / request["steps"], "losses": warm + losses}


print(json.dumps({"impls": impls, "missing": missing}), flush=True)
for line in sys.stdin:
    try:
        result = answer(json.loads(line))
    except Exception as error:  # the parent leaves this column of the row empty and says why
        result = {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    print(json.dumps(result), flush=True)

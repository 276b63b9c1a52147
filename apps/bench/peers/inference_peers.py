"""Contestants of the inference benchmark in Python, by the protocol of benchWorker.js.

    python inference_peers.py onnxruntime
    python inference_peers.py torch [cuda]

PyTorch runs the ONNX file node by node with the operators below; whatever else a file has is an
error that names it.
"""

import base64
import json
import sys
import time

import numpy as np


def say(message):
    print(json.dumps(message), flush=True)


def array(text):
    return np.frombuffer(base64.b64decode(text), dtype=np.float32).copy()


def now():
    return time.perf_counter() * 1000


def megabytes():
    try:
        with open("/proc/self/status") as status:
            line = next(line for line in status if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    except (OSError, StopIteration):
        return None


class OnnxRuntime:
    def __init__(self):
        import onnxruntime

        self.ort = onnxruntime

    def load(self, model, feeds):
        options = self.ort.SessionOptions()
        options.log_severity_level = 4
        self.session = self.ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self.feeds = feeds

    def run(self):
        return self.session.run(None, self.feeds)[0]


class Torch:
    def __init__(self, device):
        import onnx
        import torch

        if device == "cuda" and not torch.cuda.is_available():
            raise RuntimeError("torch.cuda.is_available() is false")
        # As ONNX Runtime does by default.
        torch.backends.cuda.matmul.allow_tf32 = device == "cuda"
        self.onnx, self.torch, self.device = onnx, torch, device

    def load(self, model, feeds):
        graph = self.onnx.load_model_from_string(model).graph
        tensor = lambda a: self.torch.from_numpy(np.array(a)).to(self.device)
        to_array = self.onnx.numpy_helper.to_array
        self.constants = {t.name: tensor(to_array(t)) for t in graph.initializer}
        self.arrays = {t.name: to_array(t) for t in graph.initializer}
        self.nodes = [(n, {a.name: self.onnx.helper.get_attribute_value(a) for a in n.attribute})
                      for n in graph.node]
        unknown = sorted({n.op_type for n, _ in self.nodes if not hasattr(self, n.op_type)})
        if unknown:
            raise RuntimeError(f"operators that this peer does not know: {', '.join(unknown)}")
        self.output = graph.output[0].name
        self.feeds = {name: tensor(value) for name, value in feeds.items()}

    def run(self):
        with self.torch.inference_mode():
            values = {**self.constants, **self.feeds}
            for node, attributes in self.nodes:
                inputs = [values.get(name) for name in node.input]
                names = list(node.input)
                values[node.output[0]] = getattr(self, node.op_type)(inputs, attributes, names)
            return values[self.output].cpu().numpy()

    # Operators, named as in the specification.

    def Conv(self, inputs, a, _):
        x, w, *bias = inputs
        pads = a.get("pads") or [0] * 4
        if pads[:2] != pads[2:]:
            x = self.torch.nn.functional.pad(x, (pads[1], pads[3], pads[0], pads[2]))
            pads = [0, 0]
        b = bias[0] if bias else None
        return self.torch.nn.functional.conv2d(x, w, b, a.get("strides", 1), tuple(pads[:2]),
                                               a.get("dilations", 1), a.get("group", 1))

    def Gemm(self, inputs, a, _):
        x, y = inputs[0], inputs[1]
        x = x.t() if a.get("transA") else x
        y = y.t() if a.get("transB") else y
        out = a.get("alpha", 1.0) * (x @ y) if a.get("alpha", 1.0) != 1 else x @ y
        return out + a.get("beta", 1.0) * inputs[2] if len(inputs) > 2 else out

    def MatMul(self, inputs, *_):
        return inputs[0] @ inputs[1]

    def Add(self, inputs, *_):
        return inputs[0] + inputs[1]

    def Sub(self, inputs, *_):
        return inputs[0] - inputs[1]

    def Mul(self, inputs, *_):
        return inputs[0] * inputs[1]

    def Div(self, inputs, *_):
        return inputs[0] / inputs[1]

    def Relu(self, inputs, *_):
        return self.torch.relu(inputs[0])

    def Identity(self, inputs, *_):
        return inputs[0]

    def Max(self, inputs, *_):
        return self.torch.maximum(inputs[0], inputs[1])

    def MaxPool(self, inputs, a, _):
        if any(a.get("pads") or [0]):
            raise RuntimeError("MaxPool with padding")
        pool = [self.torch.nn.functional.max_pool1d, self.torch.nn.functional.max_pool2d]
        size = a["kernel_shape"]
        return pool[len(size) - 1](inputs[0], size, a.get("strides", [1] * len(size)))

    def Tile(self, inputs, _, names):
        return inputs[0].repeat([int(n) for n in self.arrays[names[1]]])

    def Transpose(self, inputs, a, _):
        return inputs[0].permute(*a["perm"])

    def Reshape(self, inputs, _, names):
        shape = [int(n) for n in self.arrays[names[1]]]
        return inputs[0].reshape([inputs[0].shape[i] if n == 0 else n for i, n in enumerate(shape)])

    def Gather(self, inputs, a, _):
        axis = a.get("axis", 0)
        index = inputs[1].long()
        flat = self.torch.index_select(inputs[0], axis, index.reshape(-1))
        shape = list(inputs[0].shape)
        return flat.reshape(shape[:axis] + list(index.shape) + shape[axis + 1:])

    def _axes(self, names, a):
        return tuple(int(n) for n in (self.arrays[names[1]] if len(names) > 1 else a["axes"]))

    def ReduceMean(self, inputs, a, names):
        return inputs[0].mean(self._axes(names, a), keepdim=bool(a.get("keepdims", 1)))

    def ReduceSum(self, inputs, a, names):
        return inputs[0].sum(self._axes(names, a), keepdim=bool(a.get("keepdims", 1)))

    def ReduceMax(self, inputs, a, names):
        return inputs[0].amax(self._axes(names, a), keepdim=bool(a.get("keepdims", 1)))

    def Unsqueeze(self, inputs, a, names):
        out = inputs[0]
        for axis in sorted(self._axes(names, a)):
            out = out.unsqueeze(axis)
        return out

    def Squeeze(self, inputs, a, names):
        return inputs[0].squeeze(self._axes(names, a))


def answer(peer, message):
    if message["do"] == "load":
        start = now()
        feeds = {f["name"]: array(f["data"]).reshape(f["shape"]) for f in message["feeds"]}
        peer.load(base64.b64decode(message["onnx"]), feeds)
        loaded = now()
        output = np.ascontiguousarray(peer.run(), dtype=np.float32)
        text = base64.b64encode(output.tobytes()).decode()
        return {"loadMs": loaded - start, "firstMs": now() - loaded, "output": text}
    if message["do"] == "run":
        times, end = [], now() + message["milliseconds"]
        while not times or now() < end:
            start = now()
            peer.run()
            times.append(now() - start)
        return {"times": times}
    return {"megabytes": megabytes()}


def main(kind, *rest):
    try:
        peer = OnnxRuntime() if kind == "onnxruntime" else Torch(*(rest or ["cpu"]))
        say({"ready": True})
    except Exception as error:
        say({"error": f"{type(error).__name__}: {error}"})
        return
    for line in sys.stdin:
        try:
            say(answer(peer, json.loads(line)))
        except Exception as error:
            say({"error": f"{type(error).__name__}: {error}".split("\n")[0]})


main(*sys.argv[1:])

"""Checks an ONNX file with Python's onnx and runs it with Python's onnxruntime.

Usage: check_onnx.py MODEL.onnx REFERENCE.safetensors
The reference holds an input `image` and the expected output `logits`. Prints one JSON line. Exits
with 3 if onnx, onnxruntime or numpy are not installed.
"""

import json
import struct
import sys

try:
    import numpy as np
    import onnx
    import onnxruntime
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    data = content[8 + length :]
    header.pop("__metadata__", None)
    return {
        name: np.frombuffer(data[slice(*entry["data_offsets"])], np.float32).reshape(entry["shape"])
        for name, entry in header.items()
    }


def main(model_path, reference_path):
    onnx.checker.check_model(onnx.load(model_path), full_check=True)
    reference = read_safetensors(reference_path)
    session = onnxruntime.InferenceSession(model_path, providers=["CPUExecutionProvider"])
    (logits,) = session.run(["logits"], {"image": reference["image"]})
    expected = reference["logits"]
    difference = np.abs(logits - expected).max() / np.abs(expected).max()
    print(
        json.dumps(
            {
                "onnx": onnx.__version__,
                "onnxruntime": onnxruntime.__version__,
                "maxRelDiff": float(difference),
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])

"""Writes model files that ask for what no machine has, for the tests of `intertwiner audit` and
`verify`. Made with Python's onnx, so that they are well-formed but for what they are named after.

    python apps/bench/peers/hostile_models.py apps/cli/test/fixtures/hostile
"""

import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper as h, numpy_helper

FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def save(folder, name, nodes, initializers=(), outputs=None, functions=(), opsets=()):
    x = h.make_tensor_value_info("x", FLOAT, ["batch", 4, 4])
    y = outputs or [h.make_tensor_value_info("y", FLOAT, None)]
    graph = h.make_graph(nodes, name, [x], y, list(initializers))
    sets = [h.make_opsetid("", 18), *opsets]
    model = h.make_model(graph, opset_imports=sets, functions=list(functions), ir_version=8)
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())


def constant(name, values, dtype=np.int64):
    return numpy_helper.from_array(np.array(values, dtype=dtype), name)


def external(location):
    tensor = TensorProto(name="w", data_type=FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, value in {"location": location, "offset": "0", "length": "16"}.items():
        tensor.external_data.add(key=key, value=value)
    return tensor


def endless_loop():
    body = h.make_graph(
        [h.make_node("Identity", ["again"], ["still"]), h.make_node("Tanh", ["v"], ["w"])],
        "body",
        [
            h.make_tensor_value_info("i", INT64, []),
            h.make_tensor_value_info("again", TensorProto.BOOL, []),
            h.make_tensor_value_info("v", FLOAT, None),
        ],
        [h.make_tensor_value_info("still", TensorProto.BOOL, []), h.make_tensor_value_info("w", FLOAT, None)],
    )
    return [h.make_node("Loop", ["times", "go", "x"], ["y"], body=body)]


def main(folder):
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    add = h.make_node("Add", ["x", "w"], ["y"])
    save(folder, "traversal", [add], [external("../../../../../../etc/passwd")])
    save(folder, "absolute", [add], [external("/etc/passwd")])
    save(folder, "cycle", [h.make_node("Add", ["x", "b"], ["a"]), h.make_node("Relu", ["a"], ["b"]),
                           h.make_node("Relu", ["b"], ["y"])])
    save(folder, "unknown", [h.make_node("MakeCoffee", ["x"], ["y"])])
    save(folder, "foreign", [h.make_node("Brew", ["x"], ["y"], domain="coffee")],
         opsets=[h.make_opsetid("coffee", 1)])
    huge = TensorProto(name="w", data_type=FLOAT, dims=[1 << 20, 1 << 20, 1 << 20])
    save(folder, "declared", [add], [huge])
    save(folder, "constant", [h.make_node("ConstantOfShape", ["n"], ["w"]), add],
         [constant("n", [1_000_000, 1_000_000])])
    # The size is computed: only whoever runs it sees it. 4 GiB.
    save(folder, "computed", [
        h.make_node("ReduceSum", ["x"], ["x1"], keepdims=0),
        h.make_node("Mul", ["n", "n"], ["m"]),
        h.make_node("Expand", ["x1", "m"], ["w"]),
        h.make_node("ReduceMax", ["w"], ["s"], keepdims=0),
        h.make_node("Add", ["x", "s"], ["y"]),
    ], [constant("n", [32768])])
    save(folder, "endless", endless_loop(), [constant("times", 2**62), constant("go", True, np.bool_)])
    recursive = h.make_function("own", "f", ["a"], ["b"], [h.make_node("f", ["a"], ["b"], domain="own")],
                                [h.make_opsetid("own", 1)])
    save(folder, "recursive", [h.make_node("f", ["x"], ["y"], domain="own")], functions=[recursive],
         opsets=[h.make_opsetid("own", 1)])


if __name__ == "__main__":
    main(sys.argv[1])

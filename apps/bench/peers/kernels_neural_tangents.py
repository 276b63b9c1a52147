"""neural-tangents: its kernels, and the time that it takes for them.

Usage: kernels_neural_tangents.py float32|float64
Prints a greeting, then reads requests as lines of JSON and answers each with one:
{"kernel": NAME, "x": [...], "shape": [n, ...]} gives {"nngp": [...], "ntk": [...]},
{"time": NAME, "shape": [n, ...], "warmup": w} gives {"ms": wall, "cpu": time on the cores}.
Exits with 3 if neural-tangents does not import; it needs a jax before 0.5, such as 0.4.30.
"""

import json
import sys
import time

try:
    import jax

    if sys.argv[1] == "float64":
        jax.config.update("jax_enable_x64", True)
    import numpy as np
    import neural_tangents
    from neural_tangents import stax
except (ImportError, AttributeError) as error:
    print(error, file=sys.stderr)
    sys.exit(3)

W, B = 1.7**0.5, 0.3**0.5


def dense(w=W, b=B):
    return stax.Dense(1, W_std=w, b_std=b)


def conv(padding="CIRCULAR", strides=(1, 1)):
    return stax.Conv(1, (3, 3), strides, padding, W_std=W, b_std=B)


READOUT = dense(1.2**0.5, 0.1**0.5)


def mlp(depth, activation):
    return stax.serial(*[layer for _ in range(depth) for layer in (dense(), activation())], READOUT)


def residual(block, layers):
    return stax.serial(
        *[stax.serial(stax.FanOut(2), stax.parallel(stax.Identity(), block()), stax.FanInSum()) for _ in range(layers)]
    )


KERNELS = {
    "relu": lambda: mlp(3, stax.Relu),
    "leakyRelu": lambda: mlp(2, lambda: stax.LeakyRelu(0.01)),
    "erf": lambda: mlp(3, stax.Erf),
    "gelu": lambda: mlp(2, stax.Gelu),
    "sine": lambda: mlp(2, stax.Sin),
    "layerNorm": lambda: stax.serial(dense(), stax.LayerNorm(eps=0.0), stax.Relu(), READOUT),
    "residual": lambda: stax.serial(
        dense(), residual(lambda: stax.serial(stax.Relu(), dense()), 2), READOUT
    ),
    "conv": lambda: stax.serial(conv(), stax.Relu(), conv(), stax.Relu(), stax.Flatten(), READOUT),
    "conv, zero padding": lambda: stax.serial(
        conv("SAME"), stax.Relu(), conv("SAME"), stax.Relu(), stax.Flatten(), READOUT
    ),
    "conv, global average pooling": lambda: stax.serial(
        conv(), stax.Relu(), conv(), stax.Relu(), stax.GlobalAvgPool(), READOUT
    ),
    "conv, average pooling": lambda: stax.serial(
        conv(), stax.Relu(), stax.AvgPool((2, 2), (2, 2)), conv(), stax.Relu(), stax.Flatten(), READOUT
    ),
    "conv, dense head": lambda: stax.serial(
        conv(), stax.Relu(), stax.GlobalAvgPool(), dense(), stax.Relu(), READOUT
    ),
    "conv, residual": lambda: stax.serial(
        conv(), residual(lambda: stax.serial(stax.Relu(), conv()), 1), stax.Relu(), stax.GlobalAvgPool(), READOUT
    ),
}


def he(depth, spatial=None):
    layer = (lambda: stax.Dense(1, W_std=2**0.5, b_std=0.0)) if spatial is None else (
        lambda: stax.Conv(1, (3, 3), (1, 1), "CIRCULAR", W_std=2**0.5, b_std=0.0)
    )
    pooling = [] if spatial is None else [spatial()]
    hidden = [part for _ in range(depth) for part in (layer(), stax.Relu())]
    return stax.serial(*hidden, *pooling, stax.Dense(1, W_std=1.0, b_std=0.0))


TIMED = {
    "mlp 1": lambda: he(1),
    "mlp 3": lambda: he(3),
    "conv": lambda: he(3, stax.Flatten),
    "conv-gap": lambda: he(3, stax.GlobalAvgPool),
}

COMPILED = {}


def kernel_of(table, name):
    if name not in COMPILED:
        kernel_fn = table[name]()[2]
        COMPILED[name] = jax.jit(lambda x, f=kernel_fn: f(x, None, ("nngp", "ntk")))
    return COMPILED[name]


def evaluate(request):
    x = np.asarray(request["x"]).reshape(request["shape"])
    # Between different inputs: on the diagonal, angles of 0 lose half of the digits.
    k = KERNELS[request["kernel"]]()[2](x, None, ("nngp", "ntk"))
    return {kind: np.asarray(getattr(k, kind), dtype=np.float64).ravel().tolist() for kind in ("nngp", "ntk")}


INPUTS = {}


def timed(request):
    shape = tuple(request["shape"])
    if shape not in INPUTS:
        dtype = sys.argv[1]
        INPUTS[shape] = jax.numpy.asarray(np.random.default_rng(0).standard_normal(shape).astype(dtype))
    kernel = kernel_of(TIMED, request["time"])
    for _ in range(request.get("warmup", 0)):
        kernel(INPUTS[shape]).ntk.block_until_ready()
    start, cpu = time.perf_counter(), time.process_time()
    kernel(INPUTS[shape]).ntk.block_until_ready()
    return {"ms": 1e3 * (time.perf_counter() - start), "cpu": 1e3 * (time.process_time() - cpu)}


print(json.dumps({"version": neural_tangents.__version__, "jax": jax.__version__}), flush=True)
for line in sys.stdin:
    message = json.loads(line)
    try:
        answer = evaluate(message) if "kernel" in message else timed(message)
    except Exception as error:  # told to the other side
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

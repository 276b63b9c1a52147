"""Trains the networks of trainPrograms.ts in PyTorch or JAX: one request per line, in JSON.

{"mode", "row"} makes a network and takes a few steps; {"mode", "steps"} takes steps and answers
{"ms"}. Modes: torch eager (Adam as it comes) and fused (fused=True), jax scan (jit of lax.scan).
"""

import json
import sys
import time

import numpy as np

SIDE, FILTER, CLASSES = 28, 5, 10


def weight_shapes(row):
    if row["kind"] == "mlp":
        i, h, o = row["inputs"], row["hidden"], row["outputs"]
        return [(i, h), (h,), (h, h), (h,), (h, o), (o,)]
    c = row["channels"]
    return [
        *((FILTER, FILTER, 1, c), (c,)),
        *((FILTER, FILTER, c, c), (c,)) * 2,
        (c, CLASSES),
        (CLASSES,),
    ]


def arrays(row):
    generator = np.random.default_rng(1)
    draw = lambda shape: generator.standard_normal(shape, dtype=np.float32)
    weights = [
        draw(s) * np.float32(np.sqrt(2 / np.prod(s[:-1]))) if len(s) > 1 else np.zeros(s, np.float32)
        for s in weight_shapes(row)
    ]
    batch = row["batch"]
    if row["kind"] == "mlp":
        return weights, draw((batch, row["inputs"])), draw((batch, row["outputs"]))
    return weights, draw((batch, SIDE, SIDE, 1)), draw((batch, CLASSES))


def torch_step(mode, row):
    import torch
    import torch.nn.functional as F

    weights, x, y = arrays(row)
    if row["kind"] == "cnn":
        # Channels first, filters as OIHW: PyTorch's own order.
        weights = [w.transpose(3, 2, 0, 1).copy() if w.ndim == 4 else w for w in weights]
        x = x.transpose(0, 3, 1, 2).copy()
    params = [torch.tensor(w, requires_grad=True) for w in weights]
    x, y = torch.tensor(x), torch.tensor(y)
    optimizer = torch.optim.Adam(params, lr=1e-3, fused=mode == "fused")

    def network(h):
        if row["kind"] == "mlp":
            for i in range(0, len(params), 2):
                h = torch.addmm(params[i + 1], h, params[i])
                h = F.relu(h) if i + 2 < len(params) else h
            return h
        for i in range(0, 6, 2):
            h = F.relu(F.conv2d(h, params[i], params[i + 1], padding=FILTER // 2))
        return torch.addmm(params[7], h.mean((2, 3)), params[6])

    def step():
        optimizer.zero_grad(set_to_none=True)
        F.mse_loss(network(x), y).backward()
        optimizer.step()

    def run(steps):
        for _ in range(steps):
            step()

    return run


def jax_step(mode, row):
    import jax
    import jax.numpy as jnp

    weights, x, y = (jax.tree.map(jnp.asarray, part) for part in arrays(row))

    def network(params, h):
        if row["kind"] == "mlp":
            for i in range(0, len(params), 2):
                h = h @ params[i] + params[i + 1]
                h = jax.nn.relu(h) if i + 2 < len(params) else h
            return h
        for i in range(0, 6, 2):
            dims = ("NHWC", "HWIO", "NHWC")
            h = jax.lax.conv_general_dilated(h, params[i], (1, 1), "SAME", dimension_numbers=dims)
            h = jax.nn.relu(h + params[i + 1])
        return h.mean((1, 2)) @ params[6] + params[7]

    def step(state, _):
        params, m, v, t = state
        loss, grads = jax.value_and_grad(lambda p: ((network(p, x) - y) ** 2).mean())(params)
        t = t + 1
        m = [0.9 * a + 0.1 * g for a, g in zip(m, grads)]
        v = [0.999 * a + 0.001 * g * g for a, g in zip(v, grads)]
        rate = 1e-3 * jnp.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        params = [p - rate * a / (jnp.sqrt(b) + 1e-8) for p, a, b in zip(params, m, v)]
        return (params, m, v, t), loss

    chunk = jax.jit(lambda state: jax.lax.scan(step, state, None, length=10))
    one = jax.jit(lambda state: jax.lax.scan(step, state, None, length=1))
    zeros = [jnp.zeros_like(w) for w in weights]
    state = (weights, zeros, zeros, jnp.float32(0))

    def run(steps):
        nonlocal state
        for _ in range(steps // 10):
            state, _ = chunk(state)
        for _ in range(steps % 10):
            state, _ = one(state)
        jax.block_until_ready(state)

    return run


def main():
    make = {"torch": torch_step, "jax": jax_step}[sys.argv[1]]
    networks = {}
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if "row" in request:
                networks[request["mode"]] = make(request["mode"], request["row"])
                networks[request["mode"]](11)
                answer = {}
            else:
                start = time.perf_counter()
                networks[request["mode"]](request["steps"])
                answer = {"ms": (time.perf_counter() - start) * 1000}
        except Exception as error:  # Reported to the benchmark, which skips the column loudly.
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


main()

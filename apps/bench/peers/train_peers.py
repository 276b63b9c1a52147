"""The training steps of the `train` suite in PyTorch and JAX, for a parent that speaks JSON lines.

Usage: train_peers.py THREADS [cpu|cuda]
First prints {"impls": {name: version}, "missing": {name: reason}}. Then each line on stdin is a
request {"row": {...}, "impl": name, "steps": n, "warmup": m, "clock": "wall" or "cpu"}; the row
keeps its weights from one request to the next. The answer is {"msPerStep": t, "losses": [...]}, the losses those of the
warm-up and the timed steps, or {"error": text}. Exits at the end of stdin.

A row is {"name", "kind": "mlp", "sizes": [D, H, ..., O], "batch"}, {"kind": "cnn", "channels",
"layers", "side", "kernel", "classes", "batch"}, {"kind": "group-cnn", "group": "C4" or "D4",
"fields": [...], "side", "kernel", "classes", "batch"} (regular fields, PyTorch only) or
{"kind": "clone", "side", "kernel", "width", "batch"} (a bilinear gated student of the lifting
convolution of C4). All take Adam with a learning
rate of 1e-5 on one fixed batch. On a card the batch lies there from the start, and products are in
TF32, as ONNX Runtime's are.
"""

import json
import math
import os
import sys
import time

THREADS = int(sys.argv[1])
DEVICE = sys.argv[2] if len(sys.argv) > 2 else "cpu"
if hasattr(os, "sched_setaffinity"):
    # JAX has no setting for its threads: it takes as many as there are cores.
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, cores[:THREADS])

impls, missing = {}, {}
try:
    import numpy as np
    import torch

    torch.set_num_threads(THREADS)
    if DEVICE == "cuda":
        if not torch.cuda.is_available():
            raise ImportError("torch.cuda.is_available() is false")
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    impls.update({name: torch.__version__ for name in ("torch", "torch-fused", "torch-compile")})
except ImportError as error:
    missing["torch"] = str(error)
try:
    import numpy as np
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_platforms", DEVICE)
    if DEVICE == "cuda":
        # JAX would take three quarters of the card for itself.
        os.environ["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"
        jax.config.update("jax_default_matmul_precision", "tensorfloat32")
        jax.devices()
    impls["jax"] = jax.__version__
except (ImportError, RuntimeError) as error:
    missing["jax"] = str(error)

CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
RATE, BETA1, BETA2, EPSILON = 1e-5, 0.9, 0.999, 1e-8


# --- Weights and data, the same for all implementations ---------------------------------------


def normal(rng, shape, variance):
    return (rng.standard_normal(shape) * math.sqrt(variance)).astype(np.float32)


def zeros(*shape):
    return np.zeros(shape, np.float32)


def setup(row):
    """Initial weights and the batch; images as N, H, W, C and filters as H, W, I, O."""
    rng = np.random.default_rng(0)
    kinds = {
        "mlp": setup_mlp,
        "cnn": setup_cnn,
        "group-cnn": setup_group_cnn,
        "clone": setup_clone,
    }
    return kinds[row["kind"]](row, rng)


def setup_mlp(row, rng):
    sizes, batch = row["sizes"], row["batch"]
    weights = []
    for rows, columns in zip(sizes, sizes[1:]):
        weights += [normal(rng, (rows, columns), 2 / rows), zeros(columns)]
    return weights, [normal(rng, (batch, sizes[0]), 1), normal(rng, (batch, sizes[-1]), 1)]


def setup_cnn(row, rng):
    channels, kernel, side, batch = row["channels"], row["kernel"], row["side"], row["batch"]
    weights, inputs = [], 1
    for _ in range(row["layers"]):
        taps = kernel * kernel * inputs
        weights += [normal(rng, (kernel, kernel, inputs, channels), 2 / taps), zeros(channels)]
        inputs = channels
    weights += [normal(rng, (channels, row["classes"]), 2 / channels), zeros(row["classes"])]
    labels = np.eye(row["classes"], dtype=np.float32)[rng.integers(row["classes"], size=batch)]
    return weights, [normal(rng, (batch, side, side, 1), 1), labels]


def setup_group_cnn(row, rng):
    """Per layer a filter [out, in, |G| (1 for the first), k, k], then scale and offset of its fields."""
    kernel, side, batch = row["kernel"], row["side"], row["batch"]
    weights, inputs, elements = [], 1, 1
    for outputs in row["fields"]:
        taps = inputs * elements * kernel * kernel
        weights.append(normal(rng, (outputs, inputs, elements, kernel, kernel), 2 / taps))
        weights += [np.ones(outputs, np.float32), zeros(outputs)]
        inputs, elements = outputs, row["order"]
    weights += [normal(rng, (inputs, row["classes"]), 1 / inputs), zeros(row["classes"])]
    labels = np.eye(row["classes"], dtype=np.float32)[rng.integers(row["classes"], size=batch)]
    return weights, [normal(rng, (batch, side, side, 1), 1), labels]


def setup_clone(row, rng):
    pixels, taps, width = row["side"] ** 2, row["kernel"] ** 2, row["width"]
    rows = pixels + taps
    gain = rows / (2 * pixels)
    weights = [
        normal(rng, (rows, width), gain / rows),
        zeros(width),
        normal(rng, (rows, width), gain / rows),
        zeros(width),
        normal(rng, (width, 4 * pixels), 1 / width),
        zeros(4 * pixels),
    ]
    return weights, [normal(rng, (row["batch"], pixels), 1), normal(rng, (row["batch"], taps), 1)]


def patch_table(side, kernel):
    """The pixels under the filter at every position of the torus: [side², kernel²]."""
    grid = np.arange(side * side).reshape(side, side)
    half = kernel // 2
    shifts = [(r - half, c - half) for r in range(kernel) for c in range(kernel)]
    return np.stack([np.roll(grid, (-r, -c), (0, 1)).ravel() for r, c in shifts], 1)


def filter_table(kernel):
    """The filter turned by each element of C4: [4, kernel²]."""
    grid = np.arange(kernel * kernel).reshape(kernel, kernel)
    return np.stack([np.rot90(grid, turns).ravel() for turns in range(4)])


def grid_elements(name, size):
    """C4 or D4 as permutations of a square grid: turns, and turns of the mirrored grid."""
    grid = np.arange(size * size).reshape(size, size)
    mirrored = [grid] if name == "C4" else [grid, grid[:, ::-1]]
    return [np.rot90(start, turns).ravel() for start in mirrored for turns in range(4)]


def group_filter_index(name, size, fields):
    """Where each entry [g, h, tap] of the expanded filter is in a filter [h, tap] (fields = |G|), or
    [g, 0, tap] in [tap] (fields = 1): Cohen & Welling 2016, equations 10 and 11."""
    elements = grid_elements(name, size)
    number = {tuple(p): i for i, p in enumerate(elements)}
    inverses = [np.argsort(p) for p in elements]
    rows = []
    for g in range(len(elements)):
        for h in range(fields):
            # g⁻¹h: first h, then g⁻¹, of permutations that move places.
            moved = number[tuple(elements[h][inverses[g]])] if fields > 1 else 0
            rows.append(moved * size * size + elements[g])
    return np.stack(rows).reshape(len(elements), fields, size * size)


# --- PyTorch ----------------------------------------------------------------------------------


def on_device(array):
    return torch.from_numpy(np.ascontiguousarray(array)).to(DEVICE)


def torch_loss(row):
    functional = torch.nn.functional
    if row["kind"] == "mlp":

        def loss(weights, x, y):
            for i in range(0, len(weights) - 2, 2):
                x = torch.relu(torch.addmm(weights[i + 1], x, weights[i]))
            return functional.mse_loss(torch.addmm(weights[-1], x, weights[-2]), y)

    elif row["kind"] == "cnn":

        def loss(weights, x, y):
            for i in range(0, len(weights) - 2, 2):
                x = torch.relu(functional.conv2d(x, weights[i], weights[i + 1], padding="same"))
            logits = torch.addmm(weights[-1], x.mean((2, 3)), weights[-2])
            return functional.cross_entropy(logits, y)

    elif row["kind"] == "group-cnn":
        order, kernel = row["order"], row["kernel"]
        tables = {
            fields: on_device(group_filter_index(row["group"], kernel, fields))
            for fields in (1, order)
        }
        moving = [(on_device(zeros(n)), on_device(zeros(n) + 1)) for n in row["fields"]]

        def loss(weights, x, y):
            for i, (mean, variance) in enumerate(moving):
                tau, scale, offset = weights[3 * i : 3 * i + 3]
                outputs, inputs, fields = tau.shape[:3]
                bank = tau.flatten(2)[:, :, tables[fields]]  # [out, in, g, h, tap]
                bank = bank.permute(0, 2, 1, 3, 4).reshape(
                    outputs * order, inputs * fields, kernel, kernel
                )
                x = functional.conv2d(x, bank, padding="same")
                grouped = x.view(len(x), outputs, order, *x.shape[2:])
                normalised = functional.batch_norm(
                    grouped, mean, variance, scale, offset, training=True, momentum=0.01, eps=1e-3
                )
                x = torch.relu(normalised).view_as(x)
            pooled = x.view(len(x), -1, order, *x.shape[2:]).amax(2).mean((2, 3))
            return functional.cross_entropy(torch.addmm(weights[-1], pooled, weights[-2]), y)

    else:
        patches = on_device(patch_table(row["side"], row["kernel"]))
        filters = on_device(filter_table(row["kernel"]))
        taps = row["kernel"] ** 2
        factor = math.sqrt(row["side"] ** 2 / taps)

        def loss(weights, x, tau):
            left, left_bias, right, right_bias, out, out_bias = weights
            with torch.no_grad():
                turned = tau[:, filters] / math.sqrt(taps)
                target = torch.bmm(x[:, patches], turned.transpose(1, 2)).flatten(1)
            z = torch.cat([x, tau * factor], 1)
            hidden = torch.addmm(left_bias, z, left) * torch.addmm(right_bias, z, right)
            return functional.mse_loss(torch.addmm(out_bias, hidden, out), target)

    return loss


def torch_runner(row, impl):
    arrays, data = setup(row)
    if row["kind"] in ("cnn", "group-cnn"):  # PyTorch's own layout
        arrays = [a.transpose(3, 2, 0, 1).copy() if a.ndim == 4 else a for a in arrays]
        data = [data[0].transpose(0, 3, 1, 2).copy(), data[1]]
    weights = [on_device(a).requires_grad_() for a in arrays]
    batch = [on_device(a) for a in data]
    fused = {} if impl == "torch" else {"fused": True}
    optimizer = torch.optim.Adam(weights, lr=RATE, betas=(BETA1, BETA2), eps=EPSILON, **fused)
    loss_of = torch_loss(row)
    if impl == "torch-compile":
        loss_of = torch.compile(loss_of)

    def run(steps, clock):
        losses = []
        start = clock()
        for _ in range(steps):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(weights, *batch)
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        if DEVICE == "cuda":
            torch.cuda.synchronize()
        elapsed = clock() - start
        return elapsed, [float(value) for value in losses]

    return run


# --- JAX --------------------------------------------------------------------------------------


def jax_loss(row):
    mse = lambda a, b: jnp.mean((a - b) ** 2)
    if row["kind"] == "mlp":

        def loss(weights, x, y):
            for i in range(0, len(weights) - 2, 2):
                x = jax.nn.relu(x @ weights[i] + weights[i + 1])
            return mse(x @ weights[-2] + weights[-1], y)

    elif row["kind"] == "cnn":
        layout = ("NHWC", "HWIO", "NHWC")

        def loss(weights, x, y):
            for i in range(0, len(weights) - 2, 2):
                image = jax.lax.conv_general_dilated(
                    x, weights[i], (1, 1), "SAME", dimension_numbers=layout
                )
                x = jax.nn.relu(image + weights[i + 1])
            logits = x.mean((1, 2)) @ weights[-2] + weights[-1]
            return -jnp.mean(jnp.sum(y * jax.nn.log_softmax(logits), 1))

    else:
        patches, filters = patch_table(row["side"], row["kernel"]), filter_table(row["kernel"])
        taps = row["kernel"] ** 2
        factor = math.sqrt(row["side"] ** 2 / taps)

        def loss(weights, x, tau):
            left, left_bias, right, right_bias, out, out_bias = weights
            turned = tau[:, filters] / math.sqrt(taps)
            target = jnp.einsum("bpt,bgt->bpg", x[:, patches], turned).reshape(len(x), -1)
            z = jnp.concatenate([x, tau * factor], 1)
            hidden = (z @ left + left_bias) * (z @ right + right_bias)
            return mse(hidden @ out + out_bias, target)

    return loss


def jax_runner(row):
    arrays, data = setup(row)
    weights = [jnp.asarray(a) for a in arrays]
    blank = lambda: [jnp.zeros_like(w) for w in weights]
    # Two copies that alternate: else the compiler may take work on the batch out of the loop.
    batches = [jnp.stack([jnp.asarray(a)] * 2) for a in data]
    gradient = jax.value_and_grad(jax_loss(row))
    state = (weights, blank(), blank(), jnp.float32(0))
    compiled = {}

    def step(batches, state, i):
        weights, first, second, t = state
        batch = [jax.lax.dynamic_index_in_dim(b, i % 2, keepdims=False) for b in batches]
        loss, grads = gradient(weights, *batch)
        t = t + 1
        first = [BETA1 * m + (1 - BETA1) * g for m, g in zip(first, grads)]
        second = [BETA2 * v + (1 - BETA2) * g * g for v, g in zip(second, grads)]
        rate = RATE / (1 - BETA1**t)
        scale = 1 / (1 - BETA2**t)
        weights = [
            w - rate * m / (jnp.sqrt(v * scale) + EPSILON)
            for w, m, v in zip(weights, first, second)
        ]
        return (weights, first, second, t), loss

    def scan(length):
        def steps(state, batches):
            return jax.lax.scan(lambda s, i: step(batches, s, i), state, jnp.arange(length))

        return jax.jit(steps, donate_argnums=0).lower(state, batches).compile()

    def run(steps, clock):
        nonlocal state
        if steps not in compiled:
            compiled[steps] = scan(steps)
        start = clock()
        state, losses = jax.block_until_ready(compiled[steps](state, batches))
        elapsed = clock() - start
        return elapsed, [float(value) for value in losses]

    return run


# --- The requests -----------------------------------------------------------------------------

runners = {}


def answer(request):
    row, impl = request["row"], request["impl"]
    key = (row["name"], impl)
    if key not in runners:
        # One row at a time: the weights of the rows before are no longer needed.
        for old in [k for k in runners if k[0] != row["name"]]:
            del runners[old]
        runners[key] = jax_runner(row) if impl == "jax" else torch_runner(row, impl)
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

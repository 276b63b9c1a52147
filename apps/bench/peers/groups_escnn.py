"""Times escnn on the irreps of one group over the reals, or on a basis of maps between tensors.

Usage: groups_escnn.py GROUP
       groups_escnn.py SO(3) POWER_IN POWER_OUT
Prints one JSON line: cold and warm milliseconds for making all irreps and their matrices of the
generators, and the characters of all elements, sorted, of each irrep. Cold is the first call in this
process, importing left out, with escnn's cache of irreps on disk emptied; the warm call reads that
cache. With powers it makes the tensor powers of
the vector and the maps between them that commute with rotations, and prints their number as rank.
Exits with 3 if escnn is not installed.
"""

import contextlib
import io
import json
import sys
import time

# escnn's optimiser looks for every framework that is there, and fails on some versions of them.
for name in ("jax", "tensorflow"):
    sys.modules[name] = None

try:
    with contextlib.redirect_stdout(io.StringIO()):
        import escnn.group as groups
        import numpy as np
        from escnn.group.irrep import cache
        from escnn.kernels import kernels_on_point
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

GROUPS = {
    "C16": lambda: groups.CyclicGroup(16),
    "D12": lambda: groups.DihedralGroup(12),
    "O": lambda: groups.Octahedral(),
    "I": lambda: groups.Icosahedral(),
    "I_h": lambda: groups.direct_product(groups.CyclicGroup(2), groups.Icosahedral()),
}


def irreps(spec):
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        group = GROUPS[spec]()
        made = group.irreps()
        for irrep in made:
            for g in group.generators:
                irrep(g)
    return group, made, 1000 * (time.perf_counter() - start)


def basis(p, q):
    start = time.perf_counter()
    vector = groups.SO3(p + q).standard_representation()

    def power(n):
        return vector if n == 1 else power(n - 1).tensor(vector)

    with contextlib.redirect_stdout(io.StringIO()):
        space = kernels_on_point(power(p), power(q))
    return space.dim, 1000 * (time.perf_counter() - start)


def main_basis(p, q):
    cache.clear(warn=False)
    rank, cold = basis(p, q)
    print(json.dumps({"coldMs": cold, "warmMs": [basis(p, q)[1]], "rank": rank}))


def main(spec):
    cache.clear(warn=False)
    group, made, cold = irreps(spec)
    warm = [irreps(spec)[2]]
    values = [sorted(float(np.trace(irrep(g))) for g in group.elements) for irrep in made]
    print(json.dumps({"coldMs": cold, "warmMs": warm, "values": values}))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        main(sys.argv[1])
    else:
        main_basis(*map(int, sys.argv[2:]))

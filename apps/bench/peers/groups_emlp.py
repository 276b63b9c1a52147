"""Times emlp on one task: a basis of the equivariant maps between two tensor representations.

Usage: groups_emlp.py GROUP P_IN Q_IN P_OUT Q_OUT WARM
Prints one JSON line: cold and warm milliseconds, the rank, and the largest residual over the
group's generators. Cold is the first call in this process, importing left out; warm calls start
with emlp's cache of solutions emptied. Exits with 3 if emlp is not installed.
"""

import json
import logging
import sys
import time

try:
    import jax
    import numpy as np
    from emlp.groups import O, RubiksCube, S, SO, SO13, Z
    from emlp.reps import T
    from emlp.reps.representation import Rep
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

GROUPS = {
    "SO(3)": lambda: SO(3),
    "S5": lambda: S(5),
    "S6": lambda: S(6),
    "O(5)": lambda: O(5),
    "SO(1,3)": lambda: SO13(),
    "Z16": lambda: Z(16),
    "Rubik": lambda: RubiksCube(),
}


def basis(spec, p_in, q_in, p_out, q_out):
    group = GROUPS[spec]()
    rep = T(p_in, q_in)(group) >> T(p_out, q_out)(group)
    start = time.perf_counter()
    matrix = np.asarray(rep.equivariant_basis())
    return rep, matrix, 1000 * (time.perf_counter() - start)


def residual(rep, matrix):
    group = rep.G
    errors = [np.abs(rep.rho_dense(h) @ matrix - matrix).max() for h in group.discrete_generators]
    errors += [np.abs(rep.drho_dense(a) @ matrix).max() for a in group.lie_algebra]
    return float(max(errors))


def main(spec, p_in, q_in, p_out, q_out, warm):
    logging.disable(logging.CRITICAL)
    rep, matrix, cold = basis(spec, p_in, q_in, p_out, q_out)
    times = []
    for _ in range(warm):
        Rep.solcache.clear()
        times.append(basis(spec, p_in, q_in, p_out, q_out)[2])
    try:
        error = residual(rep, matrix)
    except Exception:  # large dense representations do not fit in emlp
        error = None
    print(
        json.dumps(
            {
                "jax": jax.__version__,
                "coldMs": cold,
                "warmMs": times,
                "rank": int(matrix.shape[-1]),
                "residual": error,
            }
        )
    )


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))

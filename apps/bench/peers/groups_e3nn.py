"""Numbers of e3nn in float64: Wigner matrices, real spherical harmonics, coupling coefficients.

Usage: groups_e3nn.py LARGEST_DEGREE
Prints one JSON line. Exits with 3 if e3nn is not installed.
"""

import json
import sys

try:
    import torch
    import e3nn
    from e3nn import o3
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

torch.set_default_dtype(torch.float64)

ANGLES = [(0.3, 0.4, 0.5), (1.2, 2.1, -0.7), (-2.9, 0.1, 3.0)]
POINTS = [(0.3, -1.2, 0.7), (0.0, 1.0, 0.0), (-0.5, 0.25, 2.0)]


def flat(tensor):
    return tensor.flatten().tolist()


def main(largest):
    degrees = range(largest + 1)
    wigner = [
        {"l": l, "angles": angles, "values": flat(o3.wigner_D(l, *map(torch.tensor, angles)))}
        for l in degrees
        for angles in ANGLES
    ]
    harmonics = [
        {
            "l": l,
            "point": point,
            "normalization": normalization,
            "values": flat(
                o3.spherical_harmonics(l, torch.tensor(point), False, normalization=normalization)
            ),
        }
        for l in degrees
        for point in POINTS
        for normalization in ("component", "norm", "integral")
    ]
    couplings = [
        {"l": [a, b, c], "values": flat(o3.wigner_3j(a, b, c))}
        for a in degrees
        for b in degrees
        for c in range(abs(a - b), min(a + b, largest) + 1)
    ]
    print(
        json.dumps(
            {
                "version": e3nn.__version__,
                "wigner": wigner,
                "harmonics": harmonics,
                "couplings": couplings,
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))

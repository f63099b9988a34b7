# SPDX-License-Identifier: MIT
"""cases - all of them, in the order in which they are tried"""
import names  # noqa: F401  (each adds its own)
import marks  # noqa: F401
import sizes  # noqa: F401
import broken  # noqa: F401
import documents  # noqa: F401
import configs  # noqa: F401
from case import CASES

NAMES = [c["name"] for c in CASES]
assert len(set(NAMES)) == len(NAMES), sorted(
    n for n in NAMES if NAMES.count(n) > 1)

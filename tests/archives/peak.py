# SPDX-License-Identifier: MIT
"""peak - run a command; its children's largest memory, in KiB, goes to the last
line of standard error"""
import resource
import subprocess
import sys

status = subprocess.call(sys.argv[1:])
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("peak", peak, file=sys.stderr)
sys.exit(status if status >= 0 else 128 - status)

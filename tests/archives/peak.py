# SPDX-License-Identifier: MIT
"""peak - run a command; what it and its children took goes to the last line of
standard error: the largest memory in KiB, and the processors' seconds

(A program of its own, because a child begins with its parent's memory, and the
kernel counts that as the child's.)
"""
import resource
import subprocess
import sys

status = subprocess.call(sys.argv[1:])
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print("peak", used.ru_maxrss, used.ru_utime + used.ru_stime, file=sys.stderr)
sys.exit(status if status >= 0 else 128 - status)

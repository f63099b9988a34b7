# SPDX-License-Identifier: MIT
"""walk - a line for each file below a directory, with all that an image must
keep of it: type, mode, owner, time, size, content, link, attributes, and which
names are one file"""
import hashlib
import os
import stat
import sys

root = os.fsencode(sys.argv[1])
inodes = {}
for directory, dirs, files in os.walk(root):
    dirs.sort()
    for name in sorted(dirs + files):
        path = os.path.join(directory, name)
        st = os.lstat(path)
        short = os.path.relpath(path, root)
        what = [short, oct(st.st_mode), st.st_uid, st.st_gid]
        if not stat.S_ISDIR(st.st_mode):
            what += [st.st_size,
                     inodes.setdefault((st.st_dev, st.st_ino), short)]
        if stat.S_ISCHR(st.st_mode):
            what.append(st.st_rdev)
        else:
            what.append(int(st.st_mtime))
        if stat.S_ISLNK(st.st_mode):
            what.append(os.readlink(path))
        elif not stat.S_ISCHR(st.st_mode) and not stat.S_ISFIFO(st.st_mode):
            what.append([(a, os.getxattr(path, a))
                         for a in sorted(os.listxattr(path))])
        if stat.S_ISREG(st.st_mode):
            with open(path, "rb") as file:
                what.append(hashlib.sha256(file.read()).hexdigest())
        print(what)

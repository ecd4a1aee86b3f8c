# SPDX-License-Identifier: Apache-2.0
"""What the checks share: which files there are, and how a check ends."""

import os

SKIPPED = 77
C_FOLDERS = ("include", "pkg", "cmd", "test")


def files(folders, keep):
    """Paths below the folders for which keep(path) is true, sorted."""
    found = []
    for folder in folders:
        for path, names, leaves in os.walk(folder):
            names[:] = [name for name in names if name != "__pycache__"]
            found += [os.path.join(path, leaf) for leaf in leaves]
    return sorted(path for path in found if keep(path))


def c_files(folders=C_FOLDERS):
    return files(folders, lambda path: path.endswith((".c", ".h")))


def first_line(path):
    with open(path, "rb") as file:
        return file.readline(200)


def finish(faults, code_without_faults=0):
    """Prints the faults; the exit code of the check."""
    for fault in faults:
        print(fault)
    return 1 if faults else code_without_faults

# SPDX-License-Identifier: Apache-2.0
"""A service account as a pod finds it: a directory with token, ca.crt and namespace."""

import os
import shutil
import uuid

FILES = ("token", "ca.crt", "namespace")


def write(directory, token, ca, namespace):
    """As the kubelet does it: a new hidden directory, and one rename that switches all files at once."""
    directory.mkdir(parents=True, exist_ok=True)
    fresh = directory / f"..{uuid.uuid4().hex}"
    fresh.mkdir()
    for name, text in zip(FILES, (token, ca, namespace)):
        (fresh / name).write_text(text)
    data = directory / "..data"
    old = os.readlink(data) if data.is_symlink() else None
    link = directory / "..data_tmp"
    link.symlink_to(fresh.name)
    link.rename(data)
    for name in FILES:
        if not (directory / name).is_symlink():
            (directory / name).symlink_to(f"..data/{name}")
    if old:
        shutil.rmtree(directory / old)
    return directory

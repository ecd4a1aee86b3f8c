# SPDX-License-Identifier: Apache-2.0
"""The API of a run: the stand-in, or a real control plane."""

import os
from contextlib import ExitStack
from pathlib import Path

from standin.client import Standin

NAMESPACE = "bench"


class Apis:
    """Started when first asked for; all end with the block."""

    def __init__(self, wanted):
        """wanted: standin, real, or None = as `for_rest` and the others say."""
        self.wanted, self.stack, self.started = wanted, ExitStack(), {}

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.stack.close()

    def for_faults(self):
        return self._get(self.wanted or "standin")

    def for_rest(self):
        """Its audit log is what counts."""
        return self._get(self.wanted or ("real" if _built() else "standin"))

    def kinds(self):
        return sorted(self.started)

    def _get(self, kind):
        if kind not in self.started:
            self.started[kind] = self.stack.enter_context(_real() if kind == "real" else Standin(namespace=NAMESPACE))
        return self.started[kind]


def _real():
    from e2e.controlplane import ControlPlane   # needs its binaries only when it is asked for
    return ControlPlane(namespace=NAMESPACE, faults=True, binary=_built())


def _built():
    """The newest binary of the control plane that test/e2e/tools/build made; None: a build takes minutes."""
    cache = os.environ.get("BIN_CACHE") or \
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "redis-election" / "bin"
    found = sorted(Path(cache).glob("*/kube"), key=lambda path: path.stat().st_mtime)
    return found[-1] if found else None

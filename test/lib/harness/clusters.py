# SPDX-License-Identifier: Apache-2.0
"""The API that the agents talk to: KUBE=standin (default) or KUBE=real, behind one interface."""

import os

KIND = os.environ.get("KUBE") or "standin"
NAMESPACE = "redis"


def _standin(**options):
    from standin.client import Standin
    return Standin(namespace=NAMESPACE, **options)


def _real():
    from e2e.controlplane import ControlPlane   # needs its binaries only when it is asked for
    return ControlPlane(namespace=NAMESPACE, faults=True)


MAKE = {"standin": _standin, "real": _real}


def make(**options):
    """Not yet started."""
    if KIND not in MAKE:
        raise SystemExit(f"KUBE={KIND}: must be one of {', '.join(MAKE)}")
    return MAKE[KIND](**options)

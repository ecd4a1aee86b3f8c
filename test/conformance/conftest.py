# SPDX-License-Identifier: Apache-2.0
"""One list of assertions for two servers: KUBE=standin (default), real, or both."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conformance.asking import Asker  # noqa: E402
from e2e.controlplane import ControlPlane  # noqa: E402
from standin.client import Standin  # noqa: E402

NAMESPACE = "facts"
CHOICES = {"standin": ["standin"], "real": ["real"], "both": ["standin", "real"]}[os.environ.get("KUBE", "standin")]
collect_ignore = [] if "standin" in CHOICES else ["test_standin.py"]


MAKE = {"standin": lambda faults: Standin(namespace=NAMESPACE),
        "real": lambda faults: ControlPlane(namespace=NAMESPACE, faults=faults)}


@pytest.fixture(scope="session", params=CHOICES)
def kube(request):
    with MAKE[request.param](faults=False) as cluster:
        yield cluster


@pytest.fixture(scope="module", params=CHOICES)
def faulty(request):
    """One that takes fault orders: the stand-in, or the proxy before the real server."""
    with MAKE[request.param](faults=True) as cluster:
        yield cluster


@pytest.fixture
def admin(kube):
    with Asker(kube, certificate=kube.admin) as asker:
        yield asker


@pytest.fixture
def user(kube):
    """Makes askers with an account's rights."""
    askers = []

    def make(name, rules):
        askers.append(Asker(kube, token=(kube.account(name, rules) / "token").read_text()))
        return askers[-1]
    yield make
    for asker in askers:
        asker.close()


@pytest.fixture
def name(request):
    """A name that no other test uses."""
    text = request.node.name.split("[")[0].removeprefix("test_").replace("_", "-")
    _USED[text] = _USED.get(text, 0) + 1
    return f"{text[:40]}-{_USED[text]}"


_USED = {}

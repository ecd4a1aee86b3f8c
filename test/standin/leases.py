# SPDX-License-Identifier: Apache-2.0
"""Lease, coordination.k8s.io/v1."""

from .schema import INT, MICROTIME, STRING, resource, struct
from .status import Cause

SPEC = struct(holderIdentity=STRING, leaseDurationSeconds=INT, acquireTime=MICROTIME, renewTime=MICROTIME,
              leaseTransitions=INT, strategy=STRING, preferredHolder=STRING)
LEASE = resource(spec=SPEC)

# Known, but dropped without a word while the gate CoordinatedLeaderElection is off, which is the default.
GATED = ("strategy", "preferredHolder")


def prepare(lease, old):
    spec = {name: value for name, value in lease.get("spec", {}).items() if name not in GATED}
    return {**lease, "spec": spec}


def check(lease, old):
    spec = lease["spec"]
    if spec.get("leaseDurationSeconds", 1) <= 0:
        yield Cause("spec.leaseDurationSeconds", "must be greater than 0", spec["leaseDurationSeconds"])
    if spec.get("leaseTransitions", 0) < 0:
        yield Cause("spec.leaseTransitions", "must be greater than or equal to 0", spec["leaseTransitions"])

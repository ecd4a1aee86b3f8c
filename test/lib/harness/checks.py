# SPDX-License-Identifier: Apache-2.0
"""Assertions that several tests share."""

import time
from contextlib import contextmanager

from .timing import until
from .writers import interleaved

# A write that was never refused may still be slow on a busy machine: this much is noise.
NOISE_SECONDS = 1.0


@contextmanager
def undisturbed(redis_set, *writers, same_epoch=True):
    """No change of leader and no refused write, from the begin of the block to its end."""
    leader, began = redis_set.wait_leader(), time.monotonic()
    epoch = leader.status()["epoch"]
    yield leader
    for writer in writers:
        writer.wait_acks(3)
        refused = [each for each in writer.refused_since(began) if "TimeoutError" not in each.why]
        assert not refused, f"{len(refused)} writes refused, the first: {refused[0]}"
        assert writer.gap(began) < NOISE_SECONDS
    assert redis_set.wait_leader(2) is leader, "another leader"
    if same_epoch:
        assert leader.status()["epoch"] == epoch, "another epoch: the leader was re-elected"


def nothing_lost(redis_set, *writers):
    """Ends the writers; whatever was acknowledged is on the leader."""
    for writer in writers:
        writer.stop()
    redis_set.wait_following()
    for writer in writers:
        lost = redis_set.verify(writer.keys())
        assert not lost, f"{len(lost)} of {len(writer.acks)} acknowledged writes lost: {lost[:5]}"


def never_two(writers):
    """No two Redis executed acknowledged writes at one time."""
    seconds = interleaved(writers)
    assert seconds == 0, f"two writers for {seconds:.3f} s"


def wait_fenced(redis_set, seconds):
    """Until no Redis of the set takes writes."""
    until(lambda: not any(member.redis.alive and member.redis.writable for member in redis_set.members), seconds,
          lambda: f"all fenced\n{redis_set.table()}")


def ms(seconds):
    return f"{1000 * seconds:.0f} ms"

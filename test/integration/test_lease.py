# SPDX-License-Identifier: Apache-2.0
"""Hands on the Lease object: deleted, edited, wiped, and held by somebody else."""

import time

import pytest

from harness.checks import never_two, nothing_lost, undisturbed, wait_fenced
from harness.rival import Rival, micro_time
from harness.timing import steady, until
from standin.status import ApiError

RENEW = 0.6


def _edit(redis_set, change):
    """Read, change, PUT, again on a conflict: as `kubectl edit` and Helm do."""
    for _ in range(20):
        lease = redis_set.lease()
        change(lease)
        try:
            return redis_set.kube.put("leases", lease)
        except ApiError as error:
            if error.code != 409:
                raise
    raise AssertionError("always a conflict")


def _delete(redis_set):
    redis_set.kube.delete("leases", redis_set.lease_name)


def _recreate(redis_set):
    _delete(redis_set)
    try:
        redis_set.kube.create("leases", {"metadata": {"name": redis_set.lease_name, "labels": {"chart": "x"}}})
    except ApiError as error:
        assert error.code == 409        # an agent was faster


def _annotate(redis_set):
    for number in range(5):
        redis_set.kube.patch("leases", redis_set.lease_name, {"metadata": {"annotations": {"note": str(number)}}})


def _wipe_annotations(redis_set):
    _edit(redis_set, lambda lease: lease["metadata"].pop("annotations", None))


def _wipe_spec(redis_set):
    _edit(redis_set, lambda lease: lease.pop("spec"))


def _wipe_all(redis_set):
    def change(lease):
        lease.pop("spec")
        lease["metadata"].pop("annotations", None)
    _edit(redis_set, change)


def _edit_times(redis_set):
    _edit(redis_set, lambda lease: lease["spec"].update(renewTime="2020-01-01T00:00:00.000000Z"))


def _edit_duration(redis_set):
    _edit(redis_set, lambda lease: lease["spec"].update(leaseDurationSeconds=60))


def _note(redis_set, **annotations):
    redis_set.kube.patch("leases", redis_set.lease_name, {"metadata": {"annotations": {
        f"redis-election/{name.replace('_', '-')}": value for name, value in annotations.items()}}})


def _short_duration(redis_set):
    _note(redis_set, duration_ms="1")


def _long_duration(redis_set):
    _note(redis_set, duration_ms="1000000000")


def _last_epoch(redis_set):
    _note(redis_set, epoch=str(2 ** 62 - 1))


def _last_transition(redis_set):
    _edit(redis_set, lambda lease: lease["spec"].update(leaseTransitions=2 ** 31 - 1))


def _bad_annotations(redis_set):
    """Values that are no numbers, too long, or of another time."""
    redis_set.kube.patch("leases", redis_set.lease_name, {"metadata": {"annotations": {
        "redis-election/history": "[{", "redis-election/members": "x" * 5000, "redis-election/paused": "maybe",
        "redis-election/switchover": "{\"id\":", "redis-election/offset": "-1"}}})


HANDS = [_delete, _recreate, _annotate, _wipe_annotations, _wipe_spec, _wipe_all, _edit_times, _edit_duration,
         _short_duration, _long_duration, _last_epoch, _last_transition, _bad_annotations]


@pytest.mark.parametrize("hand", HANDS, ids=lambda hand: hand.__name__.strip("_"))
def test_under_a_healthy_leader(trio, write, hand):
    """The issue's table: no change of leader, no write refused. Also when it is done again and again."""
    writer = write(trio, 200)
    with undisturbed(trio, writer) as leader:
        for _ in range(3):
            hand(trio)
            until(lambda: trio.holder() is leader, 2, lambda: f"written back: {trio.lease()}")
            time.sleep(RENEW / 2)
        time.sleep(2.5)     # longer than the lease: those who wait would take it now
    trio.wait_settled()
    assert trio.annotations()["redis-election/duration-ms"] == "2000"
    nothing_lost(trio, writer)


@pytest.mark.parametrize("hand", [_long_duration, _last_epoch, _last_transition],
                         ids=lambda hand: hand.__name__.strip("_"))
def test_under_a_leader_that_dies(trio, write, hand):
    """What somebody wrote into the record keeps nobody from taking it, and uses nothing up."""
    leader, writer, epoch = trio.holder(), write(trio), trio.epoch()
    leader.agent.pause()        # it does not write its record again
    hand(trio)
    leader.kill()
    new = trio.wait_leader(8, other_than=leader)
    writer.wait_acks(5, redis=new.name)
    assert epoch < trio.epoch() < 2 ** 53
    assert trio.lease()["spec"]["leaseTransitions"] < 2 ** 31
    leader.start()
    nothing_lost(trio, writer)


def test_paused_and_deleted(trio, write):
    """The pause outlives the object; who resumes is heard."""
    writer = write(trio)
    with undisturbed(trio, writer) as leader:
        trio.others(leader)[0].agent.post("/pause")
        until(lambda: trio.annotations().get("redis-election/paused") == "true", 3, "paused")
        for hand in (_delete, _wipe_all):
            hand(trio)
            until(lambda: trio.annotations().get("redis-election/paused") == "true", 3, lambda: f"paused again: {trio.lease()}")
        trio.others(leader)[0].agent.post("/resume")
        until(lambda: "redis-election/paused" not in trio.annotations(), 3, "resumed")
    nothing_lost(trio, writer)


def test_seized(trio, write, stick):
    """Somebody else's name in the record is obeyed: the leader fences, nobody leads until it has run out."""
    writer, sticky = write(trio), stick(trio)
    epoch = trio.epoch()
    Rival(trio.kube, trio.lease_name, duration=3).seize()
    seized = time.monotonic()
    wait_fenced(trio, 2.5)
    steady(lambda: not trio.leaders(), max(0.0, 2.8 - (time.monotonic() - seized)), "nobody leads")
    trio.wait_leader(6)
    assert time.monotonic() - seized >= 3
    writer.wait_acks(5)
    assert trio.epoch() > epoch
    never_two(sticky)
    nothing_lost(trio, writer)


def test_elector_that_waits(trio, write):
    """It sees every renewal, so it never gets the lease."""
    writer = write(trio)
    rival = Rival(trio.kube, trio.lease_name).start()
    try:
        with undisturbed(trio, writer):
            steady(lambda: not rival.leading.is_set(), 4, "the rival waits")
    finally:
        rival.stop()


def test_elector_that_leads(trio, write, stick):
    """While it renews nobody of us leads; after its release, or its death, one of us does."""
    writer, sticky = write(trio), stick(trio)
    for end in (Rival.release, Rival.stop):
        rival = Rival(trio.kube, trio.lease_name, duration=2)
        rival.seize()
        rival.start()
        try:
            wait_fenced(trio, 2.5)
            assert rival.leading.wait(2)
            steady(lambda: not trio.leaders() and rival.leading.is_set(), 3, "the rival leads, nobody else")
        finally:
            end(rival)
        trio.wait_settled()
        writer.wait_acks(5)
    never_two(sticky)
    nothing_lost(trio, writer)


def test_created_by_the_chart(sets):
    redis_set = sets(2, start=False, new=True)
    redis_set.kube.create("leases", {"metadata": {"name": redis_set.lease_name}, "spec": {}})
    redis_set.start()
    redis_set.wait_settled()


def test_created_as_held(sets):
    """A holder without our stamp and without a duration of ours is waited for."""
    redis_set = sets(2, start=False, new=True)
    redis_set.kube.create("leases", {"metadata": {"name": redis_set.lease_name}, "spec": {
        "holderIdentity": "someone", "leaseDurationSeconds": 4, "acquireTime": micro_time(),
        "renewTime": micro_time()}})
    redis_set.start()
    steady(lambda: not redis_set.leaders(), 3.5, "nobody leads")
    redis_set.wait_settled()

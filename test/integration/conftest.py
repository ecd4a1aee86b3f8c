# SPDX-License-Identifier: Apache-2.0
"""Real Redis, real agents, and the API stand-in or a real API server (KUBE=standin|real); ASAN=1, JOBS=n."""

import sys
from pathlib import Path

import pytest

TEST = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TEST / "lib"), str(TEST)]

from harness import RedisSet, StickyWriter, Writer, binary, clusters, parallel  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "alone: measures time, or needs the machine for itself")
    config.addinivalue_line("markers", "alone_on_real: as alone, when the control plane is a real one")
    config.addinivalue_line("markers", "standin_only(why): needs what the real control plane cannot be made to do")
    config.pluginmanager.register(parallel.Parallel(config))
    if not binary.PATH.exists():
        raise pytest.UsageError(f"{binary.PATH} is not built: make, or make integration")


def pytest_collection_modifyitems(items):
    for item in items:
        marker = item.get_closest_marker("standin_only")
        if marker and clusters.KIND != "standin":
            item.add_marker(pytest.mark.skip(reason=f"needs KUBE=standin: {marker.args[0]}"))
        if item.get_closest_marker("alone_on_real") and clusters.KIND == "real":
            item.add_marker(pytest.mark.alone)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """The agents' logs beside a failure."""
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for made in getattr(item, "redis_sets", []):
            if made.directory.exists():
                report.sections.append((f"state of {made.name}", made.table() if report.when == "call" else ""))
                report.sections.append((f"agents of {made.name}", made.logs()))


@pytest.fixture(scope="session")
def cluster():
    with clusters.make() as made:
        yield made


@pytest.fixture
def kube(cluster):
    """The API, without what another test did to it."""
    yield cluster
    cluster.clear()


@pytest.fixture
def sets(kube, request):
    """Makes sets that end with the test; a sanitizer's report in any agent's log fails it.

    new: there is no Lease yet; else it is as a former leader has left it, which is a lease duration quicker.
    """
    made = request.node.redis_sets = []

    def make(count=3, start=True, new=False, **options):
        redis_set = RedisSet(kube, count, **options)
        made.append(redis_set)
        if not new:
            redis_set.seed()
        return redis_set.start() if start else redis_set
    yield make
    kube.clear()
    reports = []
    for each in made:
        each.end_processes()
        reports += each.reports()
    if not reports:
        for each in made:
            each.remove()
    assert not reports, "\n".join(reports)


@pytest.fixture
def trio(sets):
    """Three members, settled."""
    made = sets(3)
    made.wait_settled()
    return made


@pytest.fixture
def writers():
    """Starts clients that end with the test."""
    started = []

    def begin(writer):
        started.append(writer.start())
        return writer
    yield begin
    for writer in started:
        writer.stop()


@pytest.fixture
def write(writers):
    """write(redis_set, rate): a client that follows the leader label, after its first writes."""
    def begin(redis_set, rate=100, count=3):
        writer = writers(Writer(redis_set.labelled(), rate))
        writer.wait_acks(count)
        # After a full sync a replica's link is up for as long as a second before the stream begins to flow.
        redis_set.wait_replicated()
        return writer
    return begin


@pytest.fixture
def stick(writers):
    """stick(redis_set): a client for each Redis that knows no other."""
    def begin(redis_set, rate=50):
        return [writers(StickyWriter(member, rate)) for member in redis_set.members]
    return begin


@pytest.fixture(autouse=True)
def spoken(capsys):
    """spoken(text): a line for who reads the run, also when the test passes."""
    def say(text):
        with capsys.disabled():
            print(f"\n  {text}", flush=True)
    return say

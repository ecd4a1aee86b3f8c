# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin: several tests at a time. They mostly wait, for leases to run out.

JOBS workers are forked after collection, each with session fixtures of its own; whoever is free takes the next
test. Tests marked `alone` come last, one at a time.
"""

import multiprocessing
import os
import signal

import pytest
from _pytest.runner import runtestprotocol

DEFAULT_JOBS = {"standin": 6, "real": 3}


def jobs():
    return int(os.environ.get("JOBS") or DEFAULT_JOBS.get(os.environ.get("KUBE") or "standin", 1))


class Worker:
    """Runs in a forked process; `turns` hands out indices, reports go back through the pipe."""

    def __init__(self, session, indices, turns, pipe):
        self.session, self.indices, self.turns, self.pipe = session, indices, turns, pipe

    def _take(self):
        with self.turns.get_lock():
            turn = self.turns.value
            self.turns.value += 1
        return self.session.items[self.indices[turn]] if turn < len(self.indices) else None

    def run(self):
        item = self._take()
        while item:
            following = self._take()    # decides which fixtures are kept
            for report in runtestprotocol(item, nextitem=following, log=False):
                data = self.session.config.hook.pytest_report_to_serializable(config=self.session.config, report=report)
                self.pipe.send(data)
            item = following
        self.pipe.close()


def _run_worker(*arguments):
    Worker(*arguments).run()
    # Not the ends of a test session: those are the parent's. But what atexit would have ended ends here.
    from . import process
    process.end_all()


class Parallel:
    def __init__(self, config):
        self.config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        if session.config.option.collectonly or session.testsfailed or jobs() < 2 or len(session.items) < 2:
            return None
        alone = [index for index, item in enumerate(session.items) if item.get_closest_marker("alone")]
        together = [index for index in range(len(session.items)) if index not in set(alone)]
        for indices, count in ((together, jobs()), (alone, 1)):
            self._run(session, indices, min(count, len(indices)))
        return True

    def _run(self, session, indices, count):
        context = multiprocessing.get_context("fork")
        turns, pipes, workers = context.Value("i", 0), [], []
        for _ in range(count):
            ours, theirs = context.Pipe(duplex=False)
            worker = context.Process(target=_run_worker, args=(session, indices, turns, theirs))
            worker.start()
            theirs.close()
            pipes.append(ours)
            workers.append(worker)
        try:
            missing = self._collect(session, indices, pipes)
        except KeyboardInterrupt:
            for worker in workers:
                os.kill(worker.pid, signal.SIGINT)
            raise
        finally:
            for worker in workers:
                worker.join()
        for nodeid in missing:
            session.testsfailed += 1
            print(f"\n{nodeid}: its worker ended without a word")

    def _collect(self, session, indices, pipes):
        """Passes on what the workers report; the tests that nobody reported."""
        missing = {session.items[index].nodeid for index in indices}
        while pipes:
            for pipe in multiprocessing.connection.wait(pipes):
                try:
                    data = pipe.recv()
                except EOFError:
                    pipes.remove(pipe)
                    continue
                report = self.config.hook.pytest_report_from_serializable(config=self.config, data=data)
                if report.when == "setup":
                    session.config.hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
                session.config.hook.pytest_runtest_logreport(report=report)
                missing.discard(report.nodeid)
        return missing

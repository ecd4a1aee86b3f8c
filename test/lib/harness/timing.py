# SPDX-License-Identifier: Apache-2.0
"""Waiting for what will be true."""

import time


def until(condition, seconds, what):
    """What condition() returns, once that is true; an AssertionError naming `what` when it does not happen in time."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() >= end:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        time.sleep(0.02)


def steady(condition, seconds, what):
    """Asserts that condition() stays true for so long."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert condition(), f"no longer: {what}"
        time.sleep(0.02)

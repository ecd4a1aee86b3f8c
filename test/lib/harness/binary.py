# SPDX-License-Identifier: Apache-2.0
"""The program under test: $REDIS_ELECTION, or the build with sanitizers (ASAN=1), or the release build."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FLAVOUR = "asan" if os.environ.get("ASAN") == "1" else "release"
PATH = Path(os.environ.get("REDIS_ELECTION") or ROOT / "build" / FLAVOUR / "redis-election")
REDIS_SERVER = os.environ.get("REDIS_SERVER", "redis-server")
# A report must be seen as such by whoever waits for the process, and end it.
SANITIZERS = {"ASAN_OPTIONS": "exitcode=86:detect_stack_use_after_return=1",
              "UBSAN_OPTIONS": "print_stacktrace=1:exitcode=86"}
REPORTS = ("ERROR: AddressSanitizer", "ERROR: LeakSanitizer", "runtime error:", "assertion failed")
# Nothing of the caller's environment may reach an agent as an option.
OPTIONS = ("POD_NAME", "POD_NAMESPACE", "POD_UID", "POD_IP", "REDIS_PASSWORD", "SHARED_SECRET",
           "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")


def environment(**more):
    """The environment of a clean call, with some variables of ours."""
    kept = {name: value for name, value in os.environ.items() if name not in OPTIONS}
    return {**kept, **SANITIZERS, **more}


def call(*words, seconds=40, **variables):
    """Runs a verb to its end: a CompletedProcess with stdout and stderr as text."""
    return subprocess.run([str(PATH), *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                          timeout=seconds, env=environment(**variables), check=False)


def reports(text):
    """The lines of a log in which a sanitizer or an assertion spoke."""
    return [line for line in text.splitlines() if any(report in line for report in REPORTS)]

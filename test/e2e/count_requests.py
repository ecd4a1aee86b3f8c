#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Counts the requests of an audit log, the real API server's or the stand-in's, by user, verb and resource."""

import argparse
import sys
from collections import Counter, defaultdict
from datetime import datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from standin import audit  # noqa: E402


def moment(text):
    """Seconds of the epoch, or a time as the log writes it."""
    try:
        return float(text)
    except ValueError:
        return datetime.fromisoformat(text).timestamp()


def chosen(entries, options):
    entries = [entry for entry in entries if options.user in ("", entry.user, entry.user.rpartition(":")[2])]
    end = options.until if options.until is not None else max((entry.time for entry in entries), default=0)
    begin = end - options.last if options.last else options.since
    return [entry for entry in entries if begin <= entry.time <= end], begin, end


def table(entries, seconds):
    """Rows of user, verb, resource, count, per second, codes; the most frequent first."""
    codes = defaultdict(Counter)
    for entry in entries:
        codes[entry.user, entry.verb, entry.resource][entry.code] += 1
    rows = []
    for (user, verb, resource), counts in sorted(codes.items(), key=lambda item: (-item[1].total(), item[0])):
        shown = " ".join(f"{code}:{count}" for code, count in sorted(counts.items()))
        rows.append((user, verb, resource, str(counts.total()), f"{counts.total() / seconds:.3f}", shown))
    total = len(entries)
    return [*rows, ("all", "", "", str(total), f"{total / seconds:.3f}", "")]


def show(rows):
    head = ("user", "verb", "resource", "requests", "per second", "codes")
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        print("  ".join(cell.rjust(width) if column in (3, 4) else cell.ljust(width)
                        for column, (cell, width) in enumerate(zip(row, widths))).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log")
    parser.add_argument("--user", default="", help="only this one: the full name, or a service account's last part")
    parser.add_argument("--since", type=moment, default=None, help="seconds of the epoch, or 2026-01-01T00:00:00Z")
    parser.add_argument("--until", type=moment, default=None)
    parser.add_argument("--last", type=float, default=None, help="only so many seconds before the end")
    options = parser.parse_args()
    entries = list(audit.entries(options.log))
    if options.since is None:
        options.since = min((entry.time for entry in entries), default=0)
    entries, begin, end = chosen(entries, options)
    if not entries:
        sys.exit("no such requests")
    seconds = max(end - begin, 0.001)
    print(f"{seconds:.1f} s")
    show(table(entries, seconds))


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""Figures as one table for people, and as JSON."""

import json
import math
import os
import platform

from scenarios import BY_NAME

HEAD = ("scenario", "system", "n", "gap p50", "p99", "max", "ratio", "two writers", "lost", "sticky lost", "remarks")
RIGHT = range(2, 10)
REST_HEAD = ("at rest", "system", "RSS MiB", "PSS MiB", "dirty MiB", "ratio", "CPU ms/s", "requests/s", "threads")
COUNTS = ("new epochs", "writes it acknowledged when it woke", "writes/s")


def percentile(values, share):
    """The nearest rank: one of the values."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def summary(outcomes):
    """Of the trials that came to an end; None when there is none."""
    ended = [outcome for outcome in outcomes if outcome.gap is not None]
    if not ended:
        return None
    gaps = [outcome.gap for outcome in ended]
    return {"n": len(ended), "p50": percentile(gaps, 0.5), "p99": percentile(gaps, 0.99), "max": max(gaps),
            "open": sum(outcome.open for outcome in ended),
            "two_writers_max": max(outcome.two_writers for outcome in ended),
            "lost": _sum(outcome.lost for outcome in ended),
            "sticky_lost": _sum(outcome.sticky_lost for outcome in ended),
            "refused": sum(sum(outcome.refused.values()) for outcome in ended)}


def _sum(values):
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def rows(results):
    """results: {scenario name: {system title: [Outcome]}}; the first system is the one others are compared with."""
    for name, systems in results.items():
        base = None
        for title, outcomes in systems.items():
            figures = summary(outcomes)
            if not figures:
                yield (name, title, "0", *[""] * 7, _remarks(outcomes, None, False))
                continue
            base = base or figures
            yield (name, title, str(figures["n"]), *(_seconds(figures[key]) for key in ("p50", "p99")),
                   _seconds(figures["max"]) + (">" if figures["open"] else ""), _ratio(figures["p50"], base["p50"]),
                   f"{figures['two_writers_max']:.2f} s", _count(figures["lost"]), _count(figures["sticky_lost"]),
                   _remarks(outcomes, figures, BY_NAME[name].calm))


def _seconds(value):
    return f"{1000 * value:.0f} ms" if value < 1 else f"{value:.2f} s"


def _ratio(value, base):
    return "1" if value == base else f"{value / base:.1f}" if base else ""


def _count(value):
    return "?" if value is None else str(value)


def _remarks(outcomes, figures, calm):
    parts = []
    if figures and figures["open"]:
        parts.append(f"{figures['open']} without a write to the end")
    for name in dict.fromkeys(name for outcome in outcomes for name in outcome.notes):
        values = [outcome.notes[name] for outcome in outcomes if name in outcome.notes]
        shown = str if name in COUNTS else _seconds
        middle, most = shown(percentile(values, 0.5)), shown(max(values))
        parts.append(f"{name} {middle}" + ("" if middle == most else f" (max {most})"))
    if figures and calm:
        parts.append(f"{figures['refused']} writes refused")
    failures = sum(1 for outcome in outcomes if outcome.failed)
    if failures:
        parts.append(f"{failures} failed")
    return ", ".join(parts)


def rest_rows(results):
    """results: {system title: [Footprint]}"""
    base = None
    for title, footprints in results.items():
        base = base or footprints[0].rss
        for footprint in footprints:
            requests = "" if footprint.requests is None else f"{footprint.requests:.3f}"
            yield ("leader" if footprint.leads else "replica", title, f"{footprint.rss:.1f}", f"{footprint.pss:.1f}",
                   f"{footprint.private_dirty:.1f}", _ratio(footprint.rss, base), f"{footprint.cpu:.2f}", requests,
                   str(footprint.threads))
        if footprints[0].requests is not None:
            total = sum(footprint.requests for footprint in footprints)
            yield ("set", title, "", "", "", "", f"{sum(each.cpu for each in footprints):.2f}", f"{total:.3f}", "")


def aligned(head, body, right):
    table = [head, *body]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    return ["  ".join(cell.rjust(width) if column in right else cell.ljust(width)
                      for column, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in table]


def table(results, rest):
    lines = aligned(HEAD, list(rows(results)), RIGHT) if results else []
    if rest:
        lines += [""] if lines else []
        lines += aligned(REST_HEAD, list(rest_rows(rest)), range(2, len(REST_HEAD)))
    return "\n".join(lines)


def machine():
    cpu = next((line.partition(":")[2].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "")
    return {"cpus": os.cpu_count(), "cpu": cpu, "kernel": platform.release(), "load": os.getloadavg()[0]}


def write_json(path, about, results, rest):
    document = {**about, "scenarios": [
        {"scenario": name, "system": title, "summary": summary(outcomes),
         "trials": [outcome.document() for outcome in outcomes]}
        for name, systems in results.items() for title, outcomes in systems.items()],
        "rest": {title: [footprint.document() for footprint in footprints] for title, footprints in rest.items()}}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=1)
        file.write("\n")

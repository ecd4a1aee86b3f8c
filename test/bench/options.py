# SPDX-License-Identifier: Apache-2.0
"""The command line, and what follows from it for each trial."""

import argparse
import random
from dataclasses import dataclass, field
from pathlib import Path

from scenarios import BY_NAME, LONG, SCENARIOS, SHORT_OUT

RIVALS = ("sentinel-1000", "sentinel-5000")
REST = "rest"
SHORT_N = 2


@dataclass
class Settings:
    """Seconds, for scenarios."""
    stop_seconds: float
    gone_seconds: float
    cut_seconds: float
    rest_seconds: float
    patience: float = 60        # for a write, or a takeover, after a fault
    phase: float = 2.0          # a fault comes at any moment of the system's own rhythm: the renew interval
    chance: random.Random = field(default_factory=random.Random)


def parse(arguments=None):
    parser = argparse.ArgumentParser(prog="bench", description="Figures of failover, hand-over and cost, with Redis "
                                     "Sentinel beside. No verdict on them; exit code 1 when a scenario could not be "
                                     "run, or when acknowledged writes were lost that must not be.")
    parser.add_argument("--scenario", nargs="+", metavar="NAME", help="some of them; see --list")
    parser.add_argument("--list", action="store_true", help="the scenarios, and end")
    parser.add_argument("--n", type=int, metavar="N", help="trials of each scenario; each has its own number else")
    parser.add_argument("--rival-n", type=int, metavar="N", help="trials of rivals; as many as ours else, 5 at most")
    parser.add_argument("--api", choices=("standin", "real"), help="standin, but real for rest if it was built once")
    parser.add_argument("--rivals", default=",".join(RIVALS), metavar="NAMES", help="sentinel-MS,...|none (default: "
                        "%(default)s); MS: its down-after-milliseconds")
    parser.add_argument("--short", action="store_true", help="a few minutes: fewer scenarios, trials and seconds")
    parser.add_argument("--stop-seconds", type=float, metavar="S", help="redis_stop (60; short: 20)")
    parser.add_argument("--gone-seconds", type=float, metavar="S", help="sidecar_kill_forever, sidecar_stop (15)")
    parser.add_argument("--cut-seconds", type=float, metavar="S", help="partition, api_cut (30; short: 15)")
    parser.add_argument("--rest-seconds", type=float, metavar="S", help="rest (60; short: 15)")
    parser.add_argument("--seed", type=int, default=None, help="of the moments at which faults come")
    parser.add_argument("--json", metavar="FILE", help="every trial, for machines")
    parser.add_argument("--keep", metavar="DIR", help="logs and data go there and stay")
    options = parser.parse_args(arguments)
    options.names = _names(parser, options)
    options.rivals = _rivals(parser, options)
    if options.keep:
        options.keep = Path(options.keep).resolve()
    return options


def _names(parser, options):
    known = [*BY_NAME, REST]
    if options.scenario:
        for name in options.scenario:
            if name not in known:
                parser.error(f"--scenario {name}: none of {', '.join(known)}")
        return options.scenario
    left_out = SHORT_OUT if options.short else LONG
    return [name for name in known if name not in left_out]


def _rivals(parser, options):
    names = [] if options.rivals == "none" else options.rivals.split(",")
    for name in names:
        kind, _, number = name.partition("-")
        if kind != "sentinel" or not number.isdigit():
            parser.error(f"--rivals {name}: must be none, or sentinel-MS like {', '.join(RIVALS)}")
    return names[:1] if options.short else names


def settings(options):
    def chosen(given, full, short):
        return given if given is not None else short if options.short else full
    options.seed = random.randrange(2 ** 32) if options.seed is None else options.seed
    return Settings(chosen(options.stop_seconds, 60, 20), chosen(options.gone_seconds, 15, 10),
                    chosen(options.cut_seconds, 30, 15), chosen(options.rest_seconds, 60, 15),
                    chance=random.Random(options.seed))


def trials(options, scenario, rival):
    ours = options.n or (min(SHORT_N, scenario.n) if options.short else scenario.n)
    return (options.rival_n or min(ours, 5)) if rival else ours


def show(some_settings):
    for scenario in SCENARIOS:
        print(f"{scenario.name:<22}{'+ Sentinel' if scenario.rivals else '':<12}"
              f"{scenario.text.format_map(vars(some_settings))}")
    print(f"{REST:<22}{'+ Sentinel':<12}memory, CPU and API requests for {some_settings.rest_seconds:g} s")

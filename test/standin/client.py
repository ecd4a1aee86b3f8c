# SPDX-License-Identifier: Apache-2.0
"""Standin: the stand-in as a subprocess of a test."""

import atexit
import http.client
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from .cluster import Cluster
from .orders import Orders

PACKAGES = Path(__file__).resolve().parent.parent
END_SECONDS = 5


def spawn(module, *options):
    """(process, what it said about itself). It ends with this process, however that ends: its stdin closes."""
    process = subprocess.Popen([sys.executable, "-m", module, "--until-eof", *map(str, options)], cwd=PACKAGES,
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line:
        raise RuntimeError(f"{module} ended with {process.wait()}")
    return process, json.loads(line)


def end(process):
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    process.stdin.close()
    process.stdout.close()


class Standin(Cluster, Orders):
    """with Standin() as kube: ... - or start() and stop()."""

    def __init__(self, namespace="test", directory=None, **options):
        """options: those of `python3 -m standin`, with _ for -."""
        self.namespace, self.options = namespace, options
        self.directory, self.temporary = directory, directory is None
        self.process = None

    def start(self):
        if self.temporary:
            self.directory = tempfile.mkdtemp(prefix="standin-")
        options = [f"--{name.replace('_', '-')}={value}" for name, value in self.options.items()]
        self.process, info = spawn("standin", f"--state={self.directory}", f"--namespace={self.namespace}", *options)
        atexit.register(self.stop)
        self.port, self.control_port = info["port"], info["control"]
        self.ca, self.audit_path = Path(info["ca"]), Path(info["audit"])
        self.admin = info["admin"]
        return self

    def stop(self):
        if not self.process:
            return
        atexit.unregister(self.stop)
        end(self.process)
        self.process = None
        if self.temporary:
            shutil.rmtree(self.directory)

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()

    # Cluster

    def connect(self):
        """Through the control port: works while the API is down, is never faulted and not in the audit log."""
        return http.client.HTTPConnection(self.host, self.control_port)

    def account(self, name, rules):
        made = self.order("POST", "/accounts", {"namespace": self.namespace, "name": name, "rules": rules})
        return Path(made["directory"])

    def new_token(self, name, revoke=False):
        """Into the directory of the account; revoke: the one before is refused from now on."""
        self.order("POST", f"/accounts/{self.namespace}/{name}/token", {"revoke": revoke})

    # Outages of the whole API

    def api_stop(self, how="kill"):
        """kill: refused at once; term: orderly, watches stay open for 60 s."""
        self.door_order("main", "stop", how=how)

    def api_start(self):
        """As a new process: what watches could resume from is forgotten."""
        self.order("POST", "/history/forget")
        self.door_order("main", "start")

    def api_pause(self):
        """Accepts connections, answers nothing."""
        self.door_order("main", "hang")

    def api_resume(self, late=False):
        """late: requests that clients have given up are carried out all the same."""
        self.door_order("main", "resume", late=late)

    def compact(self):
        """Versions before now are too old for watches and lists."""
        self.order("POST", "/history/compact")

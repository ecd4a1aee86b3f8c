# SPDX-License-Identifier: Apache-2.0
"""python3 -m standin: serves until SIGTERM, or until the end of stdin with --until-eof."""

import argparse
import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from . import access as access_rules
from . import accountdir, audit, calls
from .access import Access
from .api import Api
from .backend import Backend
from .control import Control, Doors, fault_routes
from .faults import Faults
from .gateway import Gateway
from .pki import Authority
from .process import until_told
from .store import Store


@dataclass(frozen=True)
class Settings:
    bookmark_seconds: float = 60
    last_bookmark_seconds: float = 2    # before the end of a watch
    watch_seconds: float = 1800         # up to twice as long, when the client names no end


class Server:
    def __init__(self, options):
        self.state = Path(options.state)
        self.authority = Authority(self.state / "pki")
        self.admin = self.authority.client("admin", "admin", "system:masters")
        tls = self.authority.server_context("apiserver")
        self.store, self.access, self.faults = Store(), Access(), Faults()
        self.api = Api(self.store, self.access,
                       Settings(bookmark_seconds=options.bookmark_seconds, watch_seconds=options.watch_seconds))
        self.log = audit.Log(self.state / "audit.log")
        backend = Backend(self.api, self.access)
        self.doors = Doors(
            lambda port: Gateway(backend, self.faults, tls, self.log, options.idle_seconds, port), options.port)
        self.control = Control({**fault_routes(self.faults), **self.doors.routes(), **self._routes()},
                               self._as_admin)

    def _routes(self):
        return {
            ("POST", "/accounts"): self.add_account,
            ("POST", r"/accounts/([^/]+)/([^/]+)/token"): self.issue_token,
            ("POST", "/history/forget"): lambda document: self.store.forget_history(),
            ("POST", "/history/compact"): lambda document: self.store.compact(),
            ("GET", "/info"): lambda document: self.info(),
        }

    def add_account(self, document):
        account = self.access.add(document["namespace"], document["name"], document["rules"])
        return self.issue_token({}, account.namespace, account.name)

    def issue_token(self, document, namespace, name):
        """A new token in the directory of the account; revoke: the ones before are refused from now on."""
        user = f"system:serviceaccount:{namespace}:{name}"
        token = self.access.issue(user, document.get("revoke", False))
        directory = self.state / "accounts" / namespace / name
        accountdir.write(directory, token, self.authority.certificate.read_text(), namespace)
        return {"user": user, "token": token, "directory": str(directory)}

    def _as_admin(self, call):
        call.user, call.groups = access_rules.ADMIN
        return self.api.answer(call)

    def info(self):
        return {"port": self.doors.gateways["main"].port, "control": self.control.port,
                "ca": str(self.authority.certificate), "audit": str(self.state / "audit.log"),
                "admin": list(map(str, self.admin)), "state": str(self.state)}

    def add_namespaces(self, names):
        for name in names:
            body = json.dumps({"metadata": {"name": name}}).encode()
            self._as_admin(calls.read(calls.Request("POST", "/api/v1/namespaces", {}, body)))


def parse_options():
    parser = argparse.ArgumentParser(prog="standin", description="A stand-in for the Kubernetes API server.")
    parser.add_argument("--state", required=True, help="directory for certificates, accounts and the audit log")
    parser.add_argument("--port", type=int, default=0, help="of the API on 127.0.0.1; 0: any free one")
    parser.add_argument("--namespace", action="append", default=["default"], help="one that exists from the start")
    parser.add_argument("--accounts", help="JSON file: a list of {name, namespace, rules}")
    parser.add_argument("--bookmark-seconds", type=float, default=60, help="period of bookmarks (60)")
    parser.add_argument("--watch-seconds", type=float, default=1800, help="least life of a watch without an end (1800)")
    parser.add_argument("--idle-seconds", type=float, default=90, help="until an idle connection is closed (90)")
    parser.add_argument("--until-eof", action="store_true", help="end when stdin does")
    return parser.parse_args()


async def main(options):
    Path(options.state).mkdir(parents=True, exist_ok=True)
    server = Server(options)
    server.add_namespaces(options.namespace)
    for account in json.loads(Path(options.accounts).read_text()) if options.accounts else ():
        server.add_account(account)
    await server.control.start()
    await until_told(server.info(), options.until_eof)


if __name__ == "__main__":
    asyncio.run(main(parse_options()))

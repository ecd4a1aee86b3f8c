# SPDX-License-Identifier: Apache-2.0
"""Orders to a server with a control API: faults, cuts and outages. The stand-in and the fault proxy both take them."""

import http.client

from .cluster import exchange


class Orders:
    """Subclasses set control_port."""

    def order(self, method, path, document=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port)
        try:
            code, _, answer = exchange(connection, method, path, document)
        finally:
            connection.close()
        if code != 200:
            raise ValueError(f"{method} {path}: {answer}")
        return answer

    # Faults: see faults.KINDS for the names and their parameters

    def fault(self, do, *, user=None, verb=None, resource=None, name=None, path=None, **more):
        """Its number. more: count, probability, seed and the parameters of this kind of fault."""
        match = {"user": user, "verb": verb, "resource": resource, "name": name, "path": path}
        document = {"do": do, "match": {key: value for key, value in match.items() if value is not None}, **more}
        return self.order("POST", "/faults", document)["id"]

    def clear(self, number=None):
        """One fault, or all of them."""
        self.order("DELETE", "/faults" if number is None else f"/faults/{number}")

    def hits(self, number):
        """How often a fault has acted; also after it was cleared."""
        return next(fault["hits"] for fault in self.order("GET", "/faults")["faults"] if fault["id"] == number)

    def cut(self, user, how="hang", late=False):
        """Parts one user from the API, open connections and watches too: hang, no answers; refuse, they break."""
        return self.fault("hang", user=user, late=late) if how == "hang" else self.fault("refuse", user=user)

    def brown_out(self, seconds=0.5, jitter=1.0, errors=0.3, seed=1, **match):
        """Everything is slow, some of it fails, some of that after it was done."""
        return [self.fault("delay", seconds=seconds, jitter=jitter, seed=seed, **match),
                self.fault("status", code=503, probability=errors / 3, seed=seed + 1, **match),
                self.fault("status", code=429, probability=errors / 3, seed=seed + 2, **match),
                self.fault("status-after", code=504, probability=errors / 3, seed=seed + 3, **match)]

    # Doors: every server has "main"; more of them let one member lose the API while others do not

    def door(self, name):
        """The port of a new one."""
        return self.order("POST", "/doors", {"name": name})["port"]

    def door_order(self, name, do, **more):
        self.order("POST", f"/doors/{name}", {"do": do, **more})

    def connections(self):
        return self.order("GET", "/connections")["connections"]

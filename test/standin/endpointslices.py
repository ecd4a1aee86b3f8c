# SPDX-License-Identifier: Apache-2.0
"""EndpointSlice, discovery.k8s.io/v1."""

import ipaddress

from .events import REFERENCE
from .schema import ANY, BOOL, INT, STRING, list_of, map_of, resource, struct
from .status import Cause

CONDITIONS = struct(ready=BOOL, serving=BOOL, terminating=BOOL)
ENDPOINT = struct(addresses=list_of(STRING), conditions=CONDITIONS, hostname=STRING, targetRef=REFERENCE,
                  deprecatedTopology=map_of(STRING), nodeName=STRING, zone=STRING, hints=ANY)
PORT = struct(name=STRING, protocol=STRING, port=INT, appProtocol=STRING)
SLICE = resource(addressType=STRING, endpoints=list_of(ENDPOINT), ports=list_of(PORT))

ADDRESS = {"IPv4": ipaddress.IPv4Address, "IPv6": ipaddress.IPv6Address, "FQDN": str}
PORT_DEFAULTS = {"name": "", "protocol": "TCP"}


def prepare(piece, old):
    return {**piece, "endpoints": piece.get("endpoints"),
            "ports": [{**PORT_DEFAULTS, **port} for port in piece.get("ports", ())] or None}


def check(piece, old):
    kind = piece.get("addressType", "")
    if not kind:
        yield Cause("addressType", "", reason="FieldValueRequired")
    elif kind not in ADDRESS:
        yield Cause("addressType", 'supported values: "FQDN", "IPv4", "IPv6"', kind, "FieldValueNotSupported")
    elif old and kind != old["addressType"]:
        yield Cause("addressType", "field is immutable", kind)
    else:
        yield from _check_endpoints(piece.get("endpoints") or (), kind)


def _check_endpoints(endpoints, kind):
    for index, endpoint in enumerate(endpoints):
        addresses = endpoint.get("addresses")
        if not addresses:
            yield Cause(f"endpoints[{index}].addresses", "must contain at least 1 address",
                        reason="FieldValueRequired")
        for at, address in enumerate(addresses or ()):
            try:
                ADDRESS[kind](address)
            except ValueError:
                yield Cause(f"endpoints[{index}].addresses[{at}]", f"must be a valid {kind} address", address)

# SPDX-License-Identifier: Apache-2.0
"""Options in the query that contradict each other, for LIST and for watches: rows of (wrong, cause)."""

from .status import Cause, bad_request, invalid_options

EXACT, NOT_OLDER = "Exact", "NotOlderThan"
ACCEPTED = ("application/json", "application/*", "*/*", "")


def _forbidden(field, why):
    return Cause(field, why, reason="FieldValueForbidden")


def _unsupported(match, *supported):
    values = ", ".join(f'"{value}"' for value in supported)
    return Cause("resourceVersionMatch", f"supported values: {values}", match, "FieldValueNotSupported")


def _list_causes(initial, match, version):
    yield match and not version, _forbidden(
        "resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided")
    yield match not in ("", EXACT, NOT_OLDER), _unsupported(match, EXACT, NOT_OLDER)
    yield match == EXACT and version == "0", _forbidden(
        "resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
    yield initial, _forbidden("sendInitialEvents", "sendInitialEvents is forbidden for list")


def _watch_causes(initial, match, version):
    yield initial and match != NOT_OLDER, _forbidden(
        "resourceVersionMatch", f"sendInitialEvents requires setting resourceVersionMatch to {NOT_OLDER}")
    yield match and not initial, _forbidden(
        "resourceVersionMatch", "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
    yield match not in ("", NOT_OLDER), _unsupported(match, NOT_OLDER)


def check(call):
    query = call.query
    rows = (_watch_causes if call.watch else _list_causes)(
        "sendInitialEvents" in query, query.get("resourceVersionMatch", ""), query.get("resourceVersion", ""))
    causes = [cause for wrong, cause in rows if wrong]
    if causes:
        raise invalid_options("ListOptions", causes)
    version = query.get("resourceVersion", "")
    if not call.watch and version and not version.isdigit():
        raise bad_request(f'invalid resource version: resourceVersion: Invalid value: "{version}": '
                          f'strconv.ParseUint: parsing "{version}": invalid syntax')


def accepts_json(headers):
    kinds = (part.split(";")[0].strip() for part in headers.get("accept", "").split(","))
    return any(kind in ACCEPTED for kind in kinds)

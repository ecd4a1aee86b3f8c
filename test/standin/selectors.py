# SPDX-License-Identifier: Apache-2.0
"""Label and field selectors: text -> predicate on an object."""

import re

from .status import ApiError, bad_request

# name in (a, b) | name notin (a, b) | name = a | name == a | name != a | name | !name
_TERM = re.compile(r"\s*(?:(?P<not>!)\s*)?(?P<key>[A-Za-z0-9_./-]+)\s*"
                   r"(?:(?P<set>in|notin)\s*\((?P<values>[^)]*)\)|(?P<op>==?|!=)\s*(?P<value>[A-Za-z0-9_.-]*))?\s*")

_LABEL_TERMS = {
    "in": lambda labels, key, values: labels.get(key) in values,
    "notin": lambda labels, key, values: labels.get(key) not in values,
    "exists": lambda labels, key, values: key in labels,
    "!": lambda labels, key, values: key not in labels,
}


def _operator(term):
    if term["set"]:
        return term["set"], [value.strip() for value in term["values"].split(",")]
    if term["op"]:
        return ("notin" if term["op"] == "!=" else "in"), [term["value"]]
    return ("!" if term["not"] else "exists"), []


def labels(text):
    terms, at = [], 0
    while at < len(text):
        term = _TERM.match(text, at)
        if not term or (term.end() < len(text) and text[term.end()] != ","):
            raise bad_request(f"unable to parse requirement: found '{text[at:]}'")
        operator, values = _operator(term)
        terms.append((_LABEL_TERMS[operator], term["key"], values))
        at = term.end() + 1

    def matches(obj):
        have = obj["metadata"].get("labels", {})
        return all(test(have, key, values) for test, key, values in terms)
    return matches


def field_terms(text):
    """[(field, wanted, equal)]"""
    terms = []
    for part in filter(None, text.split(",")):
        found = re.fullmatch(r"([^=!]+)(==?|!=)(.*)", part)
        if not found:
            raise bad_request(f"invalid selector: '{text}'; can't understand '{part}'")
        terms.append((found[1], found[3], found[2] != "!="))
    return terms


def fields(text, known):
    """Fields of metadata, and those of the kind."""
    values = {"metadata.name": lambda obj: obj["metadata"]["name"],
              "metadata.namespace": lambda obj: obj["metadata"].get("namespace", ""), **known}
    terms = field_terms(text)
    for field, _, _ in terms:
        if field not in values:
            raise bad_request(f'"{field}" is not a known field selector: only "metadata.name", "metadata.namespace"')
    return lambda obj: all((values[field](obj) == wanted) == equal for field, wanted, equal in terms)


def selected_name(text):
    """The one name that a field selector allows, which authorization then takes for the name of the request."""
    try:
        return next((wanted for field, wanted, equal in field_terms(text) if field == "metadata.name" and equal), "")
    except ApiError:    # refused when the request is carried out
        return ""

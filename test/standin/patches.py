# SPDX-License-Identifier: Apache-2.0
"""The three kinds of patch."""

import copy
import json

from .status import ApiError, bad_request

# Lists that a strategic merge patch merges by a key instead of replacing them.
MERGE_KEYS = {"conditions": "type", "ownerReferences": "uid", "containers": "name", "podIPs": "ip", "hostIPs": "ip"}


def merge(target, patch):
    """RFC 7386"""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def strategic(target, patch):
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif name in MERGE_KEYS and isinstance(value, list):
            result[name] = _merged_list(result.get(name) or [], value, MERGE_KEYS[name])
        else:
            result[name] = strategic(result.get(name), value)
    return result


def _merged_list(old, new, key):
    merged = {item[key]: item for item in old}
    for item in new:
        merged[item[key]] = strategic(merged.get(item[key]), item)
    return list(merged.values())


def _refused():
    return ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {})


def _steps(path):
    return [step.replace("~1", "/").replace("~0", "~") for step in path.split("/")[1:]]


def _container(document, steps):
    for step in steps[:-1]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    return document


def _index(container, step):
    return int(step) if isinstance(container, list) else step


def _add(container, step, value):
    if isinstance(container, list):
        container.insert(len(container) if step == "-" else int(step), value)
    else:
        container[step] = value


def _replace(container, step, value):
    container[_index(container, step)]      # must be there
    container[_index(container, step)] = value


def _remove(container, step, value):
    del container[_index(container, step)]


def _test(container, step, value):
    if container[_index(container, step)] != value:
        raise KeyError(step)


_OPERATIONS = {"add": _add, "replace": _replace, "remove": _remove, "test": _test}


def json_patch(target, operations):
    """RFC 6902, with the operations that our clients use."""
    document = copy.deepcopy(target)
    for operation in operations:
        steps = _steps(operation["path"])
        try:
            _OPERATIONS[operation["op"]](_container(document, steps), steps[-1], operation.get("value"))
        except (KeyError, IndexError, ValueError, TypeError):
            raise _refused() from None
    return document


BY_TYPE = {
    "application/merge-patch+json": (merge, dict),
    "application/strategic-merge-patch+json": (strategic, dict),
    "application/json-patch+json": (json_patch, list),
}


def apply(content_type, target, body):
    function, shape = BY_TYPE[content_type]
    try:
        patch = json.loads(body)
    except ValueError as error:
        raise bad_request(f"error decoding patch: {error}") from None
    if not isinstance(patch, shape):
        raise bad_request("error decoding patch: json: cannot unmarshal into a patch")
    return function(target, patch)

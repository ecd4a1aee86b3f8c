# SPDX-License-Identifier: Apache-2.0
"""metadata.managedFields: who wrote what. Rougher than the real one, but as large and of the same shape, since a
client has to read past it."""

from . import clock

IN_METADATA = ("labels", "annotations", "ownerReferences", "finalizers")


def written(obj, old, kind, call):
    """The entries after this write: the writer's own replaced, those of others kept."""
    manager = call.request.headers.get("user-agent", "unknown").partition("/")[0]
    entry = {"manager": manager, "operation": "Update", "apiVersion": kind.api_version, "time": clock.seconds(),
             "fieldsType": "FieldsV1", "fieldsV1": _fields(obj)}
    if call.subresource:
        entry["subresource"] = call.subresource
    others = [other for other in (old["metadata"].get("managedFields", ()) if old else ())
              if _owner(other) != _owner(entry)]
    return [*others, entry]


def _owner(entry):
    return entry["manager"], entry["operation"], entry.get("subresource")


def _fields(obj):
    metadata = {name: obj["metadata"][name] for name in IN_METADATA if name in obj["metadata"]}
    return _names({**({"metadata": metadata} if metadata else {}),
                   **{name: value for name, value in obj.items() if name != "metadata"}})


def _names(value):
    if not isinstance(value, dict):
        return {}
    return {f"f:{name}": _names(inner) for name, inner in value.items()}

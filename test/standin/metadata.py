# SPDX-License-Identifier: Apache-2.0
"""What holds for the metadata of every kind: names, times, labels, and what an update may change."""

import re
import secrets
import uuid

from . import clock
from .schema import METADATA_FIELDS
from .status import Cause

ANNOTATIONS_MAX = 256 * 1024
SUFFIX_LETTERS = "bcdfghjklmnpqrstvwxz2456789"

_LABEL = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN = re.compile(rf"{_LABEL}(\.{_LABEL})*")
QUALIFIED = re.compile(rf"({_LABEL}(\.{_LABEL})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?")
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")

SUBDOMAIN_TEXT = ("a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', "
                  "and must start and end with an alphanumeric character")
VALUE_TEXT = ("a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
              "and must start and end with an alphanumeric character")
QUALIFIED_TEXT = ("name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
                  "an alphanumeric character")

# Fields that an update keeps when the client leaves them out, and may not change otherwise.
IMMUTABLE = ("name", "namespace", "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds")


def born(metadata):
    """Metadata of a new object: what a client may not choose is replaced."""
    metadata = {name: value for name, value in metadata.items()
                if name not in ("resourceVersion", "selfLink", "deletionTimestamp", "deletionGracePeriodSeconds")}
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"] + "".join(secrets.choice(SUFFIX_LETTERS) for _ in range(5))
    metadata["uid"] = str(uuid.uuid4())
    metadata["creationTimestamp"] = clock.seconds()
    return _ordered(metadata)


def kept(metadata, old):
    """Metadata of an update, completed by what the client left out."""
    filled = {name: old[name] for name in IMMUTABLE if name in old and not metadata.get(name)}
    return _ordered({**metadata, **filled})


def _ordered(metadata):
    """As the real server writes it; the resourceVersion is filled in by the store."""
    metadata = {**metadata, "resourceVersion": ""}
    return {name: metadata[name] for name in METADATA_FIELDS if name in metadata}


def check(metadata):
    name = metadata.get("name", "")
    if not name:
        yield Cause("metadata.name", "name or generateName is required", reason="FieldValueRequired")
    elif len(name) > 253 or not SUBDOMAIN.fullmatch(name):
        yield Cause("metadata.name", SUBDOMAIN_TEXT, name)
    for key, value in metadata.get("labels", {}).items():
        if not QUALIFIED.fullmatch(key):
            yield Cause("metadata.labels", QUALIFIED_TEXT, key)
        if not VALUE.fullmatch(value):
            yield Cause("metadata.labels", VALUE_TEXT, value)
    yield from _check_annotations(metadata.get("annotations", {}))


def _check_annotations(annotations):
    for key in annotations:
        if not QUALIFIED.fullmatch(key.lower()):
            yield Cause("metadata.annotations", QUALIFIED_TEXT, key)
    if sum(len(key) + len(value.encode()) for key, value in annotations.items()) > ANNOTATIONS_MAX:
        yield Cause("metadata.annotations", f"may not be more than {ANNOTATIONS_MAX} bytes",
                    reason="FieldValueTooLong")


def check_update(metadata, old):
    for field in IMMUTABLE:
        if metadata.get(field) != old.get(field):
            yield Cause(f"metadata.{field}", "field is immutable", metadata.get(field))

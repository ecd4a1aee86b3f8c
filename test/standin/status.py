# SPDX-License-Identifier: Apache-2.0
"""Refusals: the Status objects of the API, as exceptions."""

import json


class ApiError(Exception):
    """A request that is answered with a Status object (or, for 429, with the plain text of the real server)."""

    def __init__(self, code, reason, message, details=None):
        super().__init__(message)
        self.code, self.reason, self.message, self.details = code, reason, message, details

    def status(self):
        status = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message}
        if self.reason:
            status["reason"] = self.reason
        if self.details is not None:
            status["details"] = self.details
        status["code"] = self.code
        return status


class Cause:
    """One field that is wrong; several make one 422."""

    TEXT = {"FieldValueInvalid": "Invalid value", "FieldValueRequired": "Required value",
            "FieldValueForbidden": "Forbidden", "FieldValueNotSupported": "Unsupported value",
            "FieldValueTooLong": "Too long", "FieldValueDuplicate": "Duplicate value"}
    WITHOUT_VALUE = ("FieldValueRequired", "FieldValueForbidden", "FieldValueTooLong")

    def __init__(self, field, message, value=None, reason="FieldValueInvalid"):
        self.field, self.reason = field, reason
        shown = "" if reason in self.WITHOUT_VALUE else f": {json.dumps(value)}"
        self.message = f"{self.TEXT[reason]}{shown}" + (f": {message}" if message else "")

    def entry(self):
        return {"reason": self.reason, "message": self.message, "field": self.field}


def qualified(resource, group):
    return f"{resource}.{group}" if group else resource


def _details(name, group, kind, **more):
    named = {"name": name, "group": group, "kind": kind}
    return {**{key: value for key, value in named.items() if value}, **more}


def not_found(kind, name):
    return ApiError(404, "NotFound", f'{kind.qualified} "{name}" not found',
                    _details(name, kind.group, kind.resource))


def already_exists(kind, name):
    return ApiError(409, "AlreadyExists", f'{kind.qualified} "{name}" already exists',
                    _details(name, kind.group, kind.resource))


def gone_meanwhile(kind, name, what, wanted, have, how):
    """A precondition of a deletion that does not hold."""
    return ApiError(409, "Conflict", f'Operation cannot be fulfilled on {qualified(kind.kind, kind.group)} "{name}": '
                    f"the {what} in the precondition ({wanted}) does not match the {what} in record ({have}). "
                    f"The object might have been {how}", _details(name, kind.group, kind.kind))


def conflict(kind, name, why):
    return ApiError(409, "Conflict", f'Operation cannot be fulfilled on {kind.qualified} "{name}": {why}',
                    _details(name, kind.group, kind.resource))


def modified(kind, name):
    return conflict(kind, name, "the object has been modified; please apply your changes to the latest version "
                                "and try again")


def _invalid(noun, group, name, causes):
    texts = [f"{cause.field}: {cause.message}" for cause in causes]
    shown = texts[0] if len(texts) == 1 else "[" + ", ".join(texts) + "]"
    return ApiError(422, "Invalid", f'{qualified(noun, group)} "{name}" is invalid: {shown}',
                    _details(name, group, noun, causes=[cause.entry() for cause in causes]))


def invalid(kind, name, causes):
    return _invalid(kind.kind, kind.group, name, causes)


def invalid_options(options, causes):
    return _invalid(options, "meta.k8s.io", "", causes)


def invalid_patch(error):
    return _invalid("", "", "", [Cause("patch", str(error), "")])


def without_version(kind, name):
    return _invalid(kind.resource, kind.group, name,
                    [Cause("metadata.resourceVersion", "must be specified for an update", 0)])


def bad_request(message):
    return ApiError(400, "BadRequest", message)


def internal(message):
    """The real server answers some bad input with a 500 without a reason."""
    return ApiError(500, None, message)


def unauthorized():
    return ApiError(401, "Unauthorized", "Unauthorized")


def expired(message):
    return ApiError(410, "Expired", message)


def no_such_resource():
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})

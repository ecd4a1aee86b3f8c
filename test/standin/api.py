# SPDX-License-Identifier: Apache-2.0
"""The verbs on stored objects. No I/O: a call goes in, code and document come out, or an ApiError."""

from . import clock, managed, metadata, options, patches, reviews, schema, selectors, status, watches
from .access import ANONYMOUS, forbidden
from .answers import Answer
from .kinds import BY_RESOURCE
from .store import parse_version

VERSION = {"major": "1", "minor": "35", "gitVersion": "v1.35.4", "gitTreeState": "clean", "platform": "linux/amd64"}
JSON_TYPES = ("", "application/json")
MEDIA_TYPES = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
NOT_THERE = Answer(404, b"404 page not found\n")
VALIDATIONS = ("", "Ignore", "Warn", "Strict")
PRECONDITIONS = (("uid", "UID", "deleted and then recreated"), ("resourceVersion", "ResourceVersion", "modified"))
GROUPS = {(group, version) for group, version, _ in BY_RESOURCE}


class Api:
    def __init__(self, store, access, settings):
        self.store, self.access, self.settings = store, access, settings

    def answer(self, call):
        """An Answer or, for a watch, a watches.Source."""
        if call.group == reviews.GROUP and call.user != ANONYMOUS[0]:
            return reviews.answer(self.access, call)    # anybody who is somebody may ask
        if not self.access.allows(call):
            raise forbidden(call)
        if not call.resource:
            return self._path(call)
        if (call.group, call.version) not in GROUPS:
            return NOT_THERE
        kind = BY_RESOURCE.get((call.group, call.version, call.resource))
        if not kind or call.subresource and call.subresource not in kind.subresources:
            raise status.no_such_resource()
        verb = (self.NAMED if call.named else self.COLLECTION).get(call.verb)
        if not verb:
            raise status.ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested "
                                                           "resource", {})
        if not options.accepts_json(call.request.headers):
            raise status.ApiError(406, "NotAcceptable", "406: Not Acceptable\n\nAvailable representations: "
                                                        + MEDIA_TYPES, {})
        return verb(self, kind, call)

    def _path(self, call):
        if call.path == "/version":
            return Answer(200, VERSION)
        if call.path.split("/")[1] in ("livez", "readyz", "healthz"):
            return Answer(200, b"ok")
        return NOT_THERE

    # Reading

    def _get(self, kind, call):
        return Answer(200, self._shown(kind, self._existing(kind, call)))

    def _list(self, kind, call):
        options.check(call)
        version = self._asked_version(call)
        matches = self._selector(kind, call)
        items = [self._shown(kind, obj, item=True)
                 for obj in self.store.list(kind.storage, call.namespace or None, version) if matches(obj)]
        return Answer(200, {"kind": f"{kind.kind}List", "apiVersion": kind.api_version,
                            "metadata": {"resourceVersion": str(version or self.store.version)}, "items": items})

    def _watch(self, kind, call):
        options.check(call)
        return watches.Source(self.store, kind, call, self._selector(kind, call), self.settings)

    def _asked_version(self, call):
        """None for the present."""
        version = parse_version(call.query.get("resourceVersion") or "0")
        if version > self.store.version:
            cause = {"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}
            raise status.ApiError(504, "Timeout", f"Timeout: Too large resource version: {version}, current: "
                                                  f"{self.store.version}",
                                  {"causes": [cause], "retryAfterSeconds": 1})
        return version if call.query.get("resourceVersionMatch") == "Exact" else None

    @staticmethod
    def _selector(kind, call):
        by_label = selectors.labels(call.query.get("labelSelector", ""))
        by_field = selectors.fields(call.query.get("fieldSelector", ""), kind.fields)
        return lambda obj: by_label(obj) and by_field(obj)

    # Writing

    def _create(self, kind, call):
        obj, notes = self._decode(kind, call)
        if obj["metadata"].get("resourceVersion"):
            raise status.internal("resourceVersion should not be set on objects to be created")
        return self._insert(kind, call, obj, notes)

    def _update(self, kind, call):
        obj, notes = self._decode(kind, call)
        given = obj["metadata"]
        if given.get("name", "") != call.name:
            raise status.bad_request(
                f"the name of the object ({given['name']}) does not match the name on the URL ({call.name})"
                if given.get("name") else
                f"the name of the object ({call.name} based on URL) was undeterminable: name must be provided")
        old = self._find(kind, call)
        if given.get("uid") and given["uid"] != (old["metadata"]["uid"] if old else ""):
            raise self._wrong_uid(kind, call, given["uid"], old)
        if old:
            return self._replace(kind, call, old, obj, notes, kind.unconditional_update)
        if not kind.create_on_update or call.subresource:
            raise status.not_found(kind, call.name)
        if not self.access.allows(call, "create"):
            raise forbidden(call, "create")
        return self._insert(kind, call, obj, notes)

    def _patch(self, kind, call):
        content_type = call.request.headers.get("content-type", "").split(";")[0].strip()
        if content_type not in patches.BY_TYPE:
            raise status.ApiError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
        old = self._existing(kind, call)
        patched = patches.apply(content_type, self._shown(kind, old), call.request.body)
        try:
            obj, notes = self._checked(kind, call, patched)
        except schema.Mismatch as error:
            raise status.invalid_patch(error) from None
        return self._replace(kind, call, old, obj, notes, unconditional=True)

    def _delete(self, kind, call):
        asked = self._delete_options(call)
        old = self._existing(kind, call)
        self._check_preconditions(kind, call, old, asked.get("preconditions") or {})
        grace = self._grace(kind, call, old, asked)
        if grace or old["metadata"].get("finalizers"):
            return Answer(200, self._shown(kind, self._mark(kind, old, grace)))
        last = self.store.remove(kind.storage, old)
        if kind.grace:
            return Answer(200, self._shown(kind, last))
        return Answer(200, {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
                            "details": {"name": call.name, **({"group": kind.group} if kind.group else {}),
                                        "kind": kind.resource, "uid": old["metadata"]["uid"]}})

    NAMED = {"get": _get, "watch": _watch, "update": _update, "patch": _patch, "delete": _delete}
    COLLECTION = {"list": _list, "watch": _watch, "create": _create}

    # Steps of a write

    def _decode(self, kind, call):
        if call.request.headers.get("content-type", "").split(";")[0].strip() not in JSON_TYPES:
            raise status.ApiError(415, "UnsupportedMediaType", "the body of the request was in an unknown format - "
                                                               f"accepted media types include: {MEDIA_TYPES}")
        try:
            return self._checked(kind, call, schema.parse(call.request.body))
        except schema.Mismatch as error:
            raise status.bad_request(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
                                     f'{error}') from None

    def _checked(self, kind, call, document):
        """Typed and spelled as stored; what was unknown or given twice is noted, or refused when the call is strict."""
        validation = call.query.get("fieldValidation", "")
        if validation not in VALIDATIONS:
            what = {"create": "CreateOptions", "update": "UpdateOptions"}.get(call.verb, "PatchOptions")
            raise status.invalid_options(what, [status.Cause(
                "fieldValidation", 'supported values: "", "Ignore", "Strict", "Warn"', validation,
                "FieldValueNotSupported")])
        notes = []
        obj = kind.decode(document, "", notes)
        if obj.get("kind", kind.kind) != kind.kind or obj.get("apiVersion", kind.api_version) != kind.api_version:
            raise status.bad_request(f'{obj.get("kind")} in version "{obj.get("apiVersion")}" cannot be handled as a '
                                     f'{kind.kind}')
        if notes and validation == "Strict":
            raise status.bad_request(f'{kind.kind} in version "{kind.version}" cannot be handled as a {kind.kind}: '
                                     f'strict decoding error: {", ".join(notes)}')
        obj = kind.to_store({name: value for name, value in obj.items() if name not in ("kind", "apiVersion")})
        obj["metadata"] = self._placed(kind, call, obj.get("metadata", {}))
        return obj, ([] if validation == "Ignore" else notes)

    @staticmethod
    def _placed(kind, call, given):
        if not kind.namespaced:
            return given
        if given.get("namespace", call.namespace) != call.namespace:
            raise status.bad_request("the namespace of the provided object does not match the namespace sent on the "
                                     "request")
        return {**given, "namespace": call.namespace}

    def _insert(self, kind, call, obj, notes):
        self._check_namespace(kind, call)
        born = metadata.born(obj["metadata"])
        obj = kind.prepare({**obj, "metadata": born}, None)
        self._refuse(kind, obj, [*metadata.check(obj["metadata"]), *kind.check(obj, None)])
        if self.store.get(kind.storage, born.get("namespace"), born["name"]):
            raise status.already_exists(kind, born["name"])
        obj["metadata"]["managedFields"] = managed.written(obj, None, kind, call)
        return Answer(201, self._shown(kind, self.store.put(kind.storage, obj)), self._warnings(notes))

    def _replace(self, kind, call, old, obj, notes, unconditional):
        version = parse_version(obj["metadata"].get("resourceVersion") or "0")
        if not version and not unconditional:
            raise status.without_version(kind, call.name)
        if version and str(version) != old["metadata"]["resourceVersion"]:
            raise status.modified(kind, call.name)
        prepare = kind.subresources[call.subresource] if call.subresource else kind.prepare
        new = prepare({**obj, "metadata": metadata.kept(obj["metadata"], old["metadata"])}, old)
        self._refuse(kind, new, [*metadata.check_update(new["metadata"], old["metadata"]),
                                 *metadata.check(new["metadata"]), *kind.check(new, old)])
        return Answer(200, self._shown(kind, self._stored(kind, call, old, new)), self._warnings(notes))

    def _stored(self, kind, call, old, new):
        """A write that changes nothing keeps the version."""
        bookkeeping = {name: old["metadata"][name] for name in ("resourceVersion", "managedFields")}
        if {**new, "metadata": {**new["metadata"], **bookkeeping}} == old:
            return old
        new["metadata"]["managedFields"] = managed.written(new, old, kind, call)
        if self._is_finished(new["metadata"]):
            return self.store.remove(kind.storage, new)
        return self.store.put(kind.storage, new)

    @staticmethod
    def _is_finished(marked):
        return (marked.get("deletionTimestamp") and not marked.get("finalizers")
                and not marked.get("deletionGracePeriodSeconds"))

    @staticmethod
    def _refuse(kind, obj, causes):
        if causes:
            raise status.invalid(kind, obj["metadata"].get("name", ""), causes)

    def _check_namespace(self, kind, call):
        if kind.namespaced and not self.store.get("namespaces", None, call.namespace):
            raise status.not_found(BY_RESOURCE["", "v1", "namespaces"], call.namespace)

    @staticmethod
    def _delete_options(call):
        try:
            return schema.parse(call.request.body) if call.request.body else {}
        except schema.Mismatch as error:
            raise status.bad_request(str(error)) from None

    @staticmethod
    def _check_preconditions(kind, call, old, preconditions):
        for name, noun, how in PRECONDITIONS:
            wanted, have = preconditions.get(name), old["metadata"][name]
            if wanted is not None and wanted != have:
                raise status.gone_meanwhile(kind, call.name, noun, wanted, have, how)

    @staticmethod
    def _grace(kind, call, old, asked):
        seconds = asked.get("gracePeriodSeconds", call.query.get("gracePeriodSeconds"))
        return kind.grace(old, None if seconds is None else int(seconds)) if kind.grace else 0

    def _mark(self, kind, old, grace):
        if "deletionTimestamp" in old["metadata"]:
            return old
        marked = {**old["metadata"], "deletionTimestamp": clock.seconds(), "deletionGracePeriodSeconds": grace}
        return self.store.put(kind.storage, {**old, "metadata": marked})

    @staticmethod
    def _wrong_uid(kind, call, given, old):
        have = old["metadata"]["uid"] if old else ""
        return status.conflict(
            kind, call.name, f"StorageError: invalid object, Code: 4, Key: /registry/{kind.resource}/"
            f"{call.namespace}/{call.name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in "
            f"precondition: {given}, UID in object meta: {have}")

    @staticmethod
    def _warnings(notes):
        texts = (note.replace('"', '\\"') for note in notes)
        return {"Warning": [f'299 - "{text}"' for text in texts]} if notes else {}

    def _find(self, kind, call):
        return self.store.get(kind.storage, call.namespace if kind.namespaced else None, call.name)

    def _existing(self, kind, call):
        obj = self._find(kind, call)
        if not obj:
            raise status.not_found(kind, call.name)
        return obj

    @staticmethod
    def _shown(kind, obj, item=False):
        return shown(kind, obj, item)


def shown(kind, obj, item=False):
    """An object as clients see it; the items of a list do not repeat their kind."""
    named = {} if item else {"kind": kind.kind, "apiVersion": kind.api_version}
    return {**named, **kind.from_store(obj)}

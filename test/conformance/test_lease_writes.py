# SPDX-License-Identifier: Apache-2.0
"""What PUT, POST, PATCH and DELETE of a Lease answer."""

import json
from dataclasses import dataclass

import pytest

OTHER_UID = "00000000-0000-0000-0000-000000000000"
SPEC = {"holderIdentity": "a", "leaseDurationSeconds": 15, "renewTime": "2026-01-01T00:00:00.123456Z"}
CHANGED = {**SPEC, "holderIdentity": "c"}
MODIFIED, UID = "the object has been modified", "UID in precondition"


@dataclass
class Lease:
    """One that was created, changed once, and perhaps deleted and made again."""
    path: str
    name: str
    stale: str
    version: str
    uid: str

    def body(self, version=None, uid=None, spec=CHANGED, **metadata):
        known = {"stale": self.stale, "current": self.version, "mine": self.uid, "other": OTHER_UID}
        given = {"resourceVersion": known.get(version, version), "uid": known.get(uid, uid), **metadata}
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
                "metadata": {"name": self.name, **{key: value for key, value in given.items() if value}},
                "spec": spec}


@pytest.fixture
def lease(kube, admin, name):
    made = admin.post(kube.path("leases"), {"metadata": {"name": name}, "spec": SPEC})
    document = made.document
    document["spec"]["holderIdentity"] = "b"
    changed = admin.put(kube.path("leases", name), document)
    assert (made.code, changed.code) == (201, 200)
    return Lease(kube.path("leases", name), name, made.meta["resourceVersion"], changed.meta["resourceVersion"],
                 made.meta["uid"])


@pytest.fixture
def deleted(admin, lease):
    assert admin.delete(lease.path).code == 200
    return lease


@pytest.fixture
def recreated(kube, admin, deleted):
    made = admin.post(kube.path("leases"), {"metadata": {"name": deleted.name}, "spec": SPEC})
    deleted.stale, deleted.version = deleted.version, made.meta["resourceVersion"]
    return deleted


def refused(reply, code, reason, text=""):
    assert (reply.code, reply.reason) == (code, reason), reply.message
    assert text in reply.message
    assert reply.document["kind"] == "Status" and reply.document["code"] == code


PUT_OVER = [
    # rv, uid, code, reason, text
    ("stale", "mine", 409, "Conflict", MODIFIED),
    ("stale", None, 409, "Conflict", MODIFIED),
    ("99999999", "mine", 409, "Conflict", MODIFIED),
    ("abc", "mine", 500, None, "strconv.ParseUint"),
    ("current", "other", 409, "Conflict", UID),
    ("stale", "other", 409, "Conflict", UID),
    (None, "other", 409, "Conflict", UID),
    (None, None, 422, "Invalid", "metadata.resourceVersion: Invalid value: 0: must be specified for an update"),
    (None, "mine", 422, "Invalid", "must be specified for an update"),
    ("0", None, 422, "Invalid", "must be specified for an update"),
]


@pytest.mark.parametrize("version, uid, code, reason, text", PUT_OVER)
def test_put_over_refused(admin, lease, version, uid, code, reason, text):
    refused(admin.put(lease.path, lease.body(version, uid)), code, reason, text)
    assert admin.get(lease.path).meta["resourceVersion"] == lease.version


@pytest.mark.parametrize("uid", ["mine", None])
def test_put_over(admin, lease, uid):
    reply = admin.put(lease.path, lease.body("current", uid))
    assert reply.code == 200 and reply.document["spec"] == CHANGED and reply.meta["uid"] == lease.uid
    assert int(reply.meta["resourceVersion"]) > int(lease.version)


@pytest.mark.parametrize("version, uid", [("stale", "mine"), ("current", "mine"), (None, "mine"), (None, "other")])
def test_put_on_deleted_with_uid(admin, deleted, version, uid):
    refused(admin.put(deleted.path, deleted.body(version, uid)), 409, "Conflict", UID)
    assert admin.get(deleted.path).code == 404


@pytest.mark.parametrize("version", ["current", None, "0"])
def test_put_on_deleted_without_uid_creates(admin, deleted, version):
    reply = admin.put(deleted.path, deleted.body(version))
    assert reply.code == 201 and reply.meta["uid"] != deleted.uid


@pytest.mark.parametrize("version", ["stale", "current"])
def test_put_on_recreated_with_old_uid(admin, recreated, version):
    refused(admin.put(recreated.path, recreated.body(version, "mine")), 409, "Conflict", UID)


def test_put_that_changes_nothing(admin, lease):
    before = admin.get(lease.path).document
    after = admin.put(lease.path, before)
    assert after.code == 200 and after.meta["resourceVersion"] == lease.version


def test_post_existing(kube, admin, lease):
    refused(admin.post(kube.path("leases"), lease.body()), 409, "AlreadyExists",
            f'leases.coordination.k8s.io "{lease.name}" already exists')


def test_post_with_version(kube, admin, deleted):
    refused(admin.post(kube.path("leases"), deleted.body("5")), 500, None,
            "resourceVersion should not be set on objects to be created")


def test_post_with_uid(kube, admin, deleted):
    reply = admin.post(kube.path("leases"), deleted.body(uid="mine"))
    assert reply.code == 201 and reply.meta["uid"] != deleted.uid


def test_post_without_name(kube, admin):
    refused(admin.post(kube.path("leases"), {"spec": SPEC}), 422, "Invalid", "name or generateName is required")


def test_post_generated_name(kube, admin):
    reply = admin.post(kube.path("leases"), {"metadata": {"generateName": "made-"}, "spec": SPEC})
    assert reply.code == 201 and reply.meta["name"].startswith("made-") and len(reply.meta["name"]) == 10


DELETE_REFUSED = [
    ("resourceVersion", "stale", 409, "Conflict"),
    ("uid", OTHER_UID, 409, "Conflict"),
]


@pytest.mark.parametrize("field, value, code, reason", DELETE_REFUSED)
def test_delete_preconditions(admin, lease, field, value, code, reason):
    value = lease.stale if value == "stale" else value
    refused(admin.delete(lease.path, {"preconditions": {field: value}}), code, reason)
    met = {"uid": lease.uid, "resourceVersion": lease.version}
    assert admin.delete(lease.path, {"preconditions": met}).code == 200


def test_delete(admin, lease):
    reply = admin.delete(lease.path)
    assert reply.code == 200 and reply.document["kind"] == "Status" and reply.document["status"] == "Success"
    assert reply.document["details"]["uid"] == lease.uid
    refused(admin.delete(lease.path), 404, "NotFound", f'leases.coordination.k8s.io "{lease.name}" not found')


def test_merge_patch(admin, lease):
    stale = {"metadata": {"resourceVersion": lease.stale}, "spec": {"holderIdentity": "z"}}
    refused(admin.patch(lease.path, stale), 409, "Conflict", MODIFIED)
    wrong = {"metadata": {"uid": OTHER_UID}, "spec": {"holderIdentity": "z"}}
    refused(admin.patch(lease.path, wrong), 422, "Invalid", "metadata.uid: Invalid value")
    right = {"metadata": {"uid": lease.uid, "resourceVersion": lease.version},
             "spec": {"holderIdentity": "z", "renewTime": None}}
    reply = admin.patch(lease.path, right)
    assert reply.code == 200 and reply.document["spec"] == {"holderIdentity": "z", "leaseDurationSeconds": 15}


def test_json_patch(admin, lease):
    test = {"op": "test", "path": "/metadata/uid", "value": OTHER_UID}
    change = {"op": "replace", "path": "/spec/holderIdentity", "value": "z"}
    refused(admin.patch(lease.path, [test, change], "json-patch"), 422, "Invalid", "the server rejected our request")
    test["value"] = lease.uid
    remove = {"op": "remove", "path": "/spec/renewTime"}
    add = {"op": "add", "path": "/metadata/annotations", "value": {"a.b/c": "d"}}
    reply = admin.patch(lease.path, [test, change, remove, add], "json-patch")
    assert reply.code == 200 and reply.document["spec"] == {"holderIdentity": "z", "leaseDurationSeconds": 15}
    assert reply.meta["annotations"] == {"a.b/c": "d"}


def test_patch_missing(admin, deleted):
    refused(admin.patch(deleted.path, {"spec": {"holderIdentity": "z"}}), 404, "NotFound")


TIMES = [
    ("2026-01-01T00:00:00.123456Z", "2026-01-01T00:00:00.123456Z"),
    ("2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z"),
    ("2026-01-01T01:00:00.500000+01:00", "2026-01-01T00:00:00.500000Z"),
    (None, None),
    ("2026-01-01T00:00:00Z", 400),
    ("2026-01-01T00:00:00.123Z", 400),
    ("2026-01-01T00:00:00.1234567Z", 400),
    ("2026-01-01T00:00:00.123456789Z", 400),
    ("2026-01-01T01:00:00.5+01:00", 400),
    ("2026-01-01 00:00:00Z", 400),
    ("", 400),
    (5, 400),
]
NUMBERS = [
    ("leaseDurationSeconds", None, None), ("leaseDurationSeconds", 1, 1),
    ("leaseDurationSeconds", 0, 422), ("leaseDurationSeconds", -1, 422),
    ("leaseDurationSeconds", 1.5, 400), ("leaseDurationSeconds", 1.0, 400), ("leaseDurationSeconds", "15", 400),
    ("leaseDurationSeconds", 2**31, 400), ("leaseDurationSeconds", True, 400),
    ("leaseTransitions", -1, 422), ("leaseTransitions", 0, 0),
    ("holderIdentity", "", ""), ("holderIdentity", None, None), ("holderIdentity", 5, 400),
]
FIELDS = [("renewTime", given, kept) for given, kept in TIMES] + NUMBERS


@pytest.mark.parametrize("field, given, kept", FIELDS)
def test_field(admin, lease, field, given, kept):
    reply = admin.put(lease.path, lease.body("current", spec={field: given}))
    if kept in (400, 422):
        refused(reply, kept, {400: "BadRequest", 422: "Invalid"}[kept])
    else:
        assert reply.code == 200 and reply.document["spec"].get(field) == kept
        assert (field in reply.document["spec"]) == (kept is not None)


def test_no_spec(admin, lease):
    document = lease.body("current")
    del document["spec"]
    reply = admin.put(lease.path, document)
    assert reply.code == 200 and reply.document["spec"] == {}


BOGUS = {**SPEC, "bogus": 1}
TWICE = '{"holderIdentity":"a","holderIdentity":"b"}'
UNKNOWN_FIELD, DUPLICATE_FIELD = 'unknown field "spec.bogus"', 'duplicate field "spec.holderIdentity"'


def body_text(lease, spec):
    text = spec if isinstance(spec, str) else json.dumps(spec)
    return json.dumps(lease.body("current", spec="SPEC")).replace('"SPEC"', text)


@pytest.mark.parametrize("spec, text", [(BOGUS, UNKNOWN_FIELD), (TWICE, DUPLICATE_FIELD)])
@pytest.mark.parametrize("validation, code, warned", [("", 200, True), ("Warn", 200, True), ("Ignore", 200, False),
                                                      ("Strict", 400, False)])
def test_field_validation(admin, lease, spec, text, validation, code, warned):
    query = f"?fieldValidation={validation}" if validation else ""
    reply = admin.put(lease.path + query, body_text(lease, spec))
    assert reply.code == code
    escaped = text.replace('"', '\\"')
    assert reply.headers.get("Warning") == (f'299 - "{escaped}"' if warned else None)
    if code == 400:
        refused(reply, 400, "BadRequest", f"strict decoding error: {text}")
    else:
        assert "bogus" not in reply.document["spec"]
        assert reply.document["spec"]["holderIdentity"] == ("b" if spec is TWICE else "a")


def test_field_validation_unknown(admin, lease):
    refused(admin.put(lease.path + "?fieldValidation=Sometimes", lease.body("current")), 422, "Invalid",
            "fieldValidation")


@pytest.mark.parametrize("more", [{"strategy": "OldestEmulationVersion"}, {"preferredHolder": "b"},
                                  {"strategy": "OldestEmulationVersion", "preferredHolder": "b"}])
def test_gated_fields_are_dropped(admin, lease, more):
    reply = admin.put(lease.path + "?fieldValidation=Strict", lease.body("current", spec={**SPEC, **more}))
    assert reply.code == 200 and reply.document["spec"] == SPEC and "Warning" not in reply.headers


def test_name_differs_from_url(admin, lease):
    refused(admin.put(lease.path, lease.body("current") | {"metadata": {"name": "other"}}), 400, "BadRequest",
            f"the name of the object (other) does not match the name on the URL ({lease.name})")


def test_namespace_differs_from_url(admin, lease):
    refused(admin.put(lease.path, lease.body("current", namespace="other")), 400, "BadRequest")


def test_kind_differs(admin, lease):
    refused(admin.put(lease.path, lease.body("current") | {"kind": "Pod"}), 400, "BadRequest")


@pytest.mark.parametrize("text", ['{"a":', "", "[]", '"a"'])
def test_not_a_document(admin, lease, text):
    refused(admin.put(lease.path, text), 400, "BadRequest")


def test_content_types(admin, lease):
    document = lease.body("current")
    refused(admin.ask("PUT", lease.path, document, "text/plain"), 415, "UnsupportedMediaType")
    refused(admin.ask("PATCH", lease.path, document, "application/json"), 415, "UnsupportedMediaType")
    assert admin.ask("PUT", lease.path, document, "application/json; charset=utf-8").code == 200


@pytest.mark.parametrize("labels, annotations, text", [
    ({"a b": "c"}, {}, "metadata.labels"), ({"a": "b c"}, {}, "metadata.labels"),
    ({}, {"a/b/c": "d"}, "metadata.annotations"), ({}, {"a": "x" * 262144}, "metadata.annotations: Too long"),
])
def test_bad_metadata(admin, lease, labels, annotations, text):
    refused(admin.put(lease.path, lease.body("current", labels=labels, annotations=annotations)), 422, "Invalid", text)


def test_metadata_is_kept(admin, lease):
    reply = admin.put(lease.path, lease.body("current", labels={"a": "b"}, annotations={"c.d/E": '{"x":"é<>&"}'}))
    assert reply.meta["labels"] == {"a": "b"} and reply.meta["annotations"] == {"c.d/E": '{"x":"é<>&"}'}
    assert reply.meta["uid"] == lease.uid and reply.meta["creationTimestamp"].endswith("Z")


def test_bad_name(kube, admin):
    refused(admin.post(kube.path("leases"), {"metadata": {"name": "A_b"}, "spec": SPEC}), 422, "Invalid",
            "metadata.name")


def test_places_that_are_missing(kube, admin):
    elsewhere = kube.path("leases").replace(f"/{kube.namespace}/", "/nonesuch/")
    refused(admin.post(elsewhere, {"metadata": {"name": "a"}, "spec": SPEC}), 404, "NotFound",
            'namespaces "nonesuch" not found')
    refused(admin.get(kube.path("leases") + "z/a"), 404, "NotFound", "")

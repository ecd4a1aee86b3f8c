# SPDX-License-Identifier: Apache-2.0
"""What may I? SelfSubjectAccessReview and SelfSubjectRulesReview, authorization.k8s.io/v1: never stored."""

import dataclasses

from . import schema, status
from .answers import Answer

GROUP = "authorization.k8s.io"


def answer(access, call):
    review = REVIEWS.get(call.resource)
    if not review or call.verb != "create":
        raise status.no_such_resource()
    kind, judge = review
    try:
        spec = schema.parse(call.request.body).get("spec", {})
    except schema.Mismatch as error:
        raise status.bad_request(str(error)) from None
    return Answer(201, {"kind": kind, "apiVersion": f"{GROUP}/v1", "metadata": {}, "spec": spec,
                        "status": judge(access, call, spec)})


def _may(access, call, spec):
    asked = spec.get("resourceAttributes", {})
    names = ("verb", "group", "resource", "subresource", "namespace", "name")
    wanted = dataclasses.replace(call, **{name: asked.get(name, "") for name in names})
    return {"allowed": access.allows(wanted)}


def _rules(access, call, spec):
    account = access.accounts.get(call.user)
    return {"resourceRules": account.rules if account else [], "nonResourceRules": [], "incomplete": False}


REVIEWS = {"selfsubjectaccessreviews": ("SelfSubjectAccessReview", _may),
           "selfsubjectrulesreviews": ("SelfSubjectRulesReview", _rules)}

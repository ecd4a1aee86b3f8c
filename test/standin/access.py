# SPDX-License-Identifier: Apache-2.0
"""Who asks, and may they: bearer tokens, client certificates and RBAC rules."""

import base64
import json
import secrets
import time
from dataclasses import dataclass, field

from .status import ApiError, qualified

ADMIN = ("system:admin", ("system:masters", "system:authenticated"))
ANONYMOUS = ("system:anonymous", ("system:unauthenticated",))
ISSUER = "https://kubernetes.default.svc.cluster.local"
PUBLIC_PATHS = ("/livez", "/readyz", "/healthz", "/version")
TOKEN_SECONDS = 3600


def _segment(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def make_token(user, namespace, name, seconds=TOKEN_SECONDS):
    """Looks like the token of a service account, so that clients may read its expiry; its signature is noise."""
    moment = int(time.time())
    claims = {"aud": [ISSUER], "iss": ISSUER, "sub": user, "iat": moment, "nbf": moment, "exp": moment + seconds,
              "kubernetes.io": {"namespace": namespace, "serviceaccount": {"name": name}}}
    return ".".join((_segment({"alg": "ES256", "kid": "standin"}), _segment(claims), secrets.token_urlsafe(64)))


def token_subject(token):
    """The user that a token names, not verified; empty when it is no such token."""
    try:
        middle = token.split(".")[1]
        return json.loads(base64.urlsafe_b64decode(middle + "=" * (-len(middle) % 4)))["sub"]
    except (IndexError, ValueError, KeyError, TypeError):
        return ""


def bearer(headers):
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


@dataclass
class Account:
    user: str
    namespace: str
    name: str
    rules: list
    groups: tuple = ()
    tokens: set = field(default_factory=set)


class Access:
    def __init__(self):
        self.accounts = {}      # user -> Account

    def add(self, namespace, name, rules):
        user = f"system:serviceaccount:{namespace}:{name}"
        groups = ("system:serviceaccounts", f"system:serviceaccounts:{namespace}", "system:authenticated")
        account = self.accounts.setdefault(user, Account(user, namespace, name, rules, groups))
        account.rules = rules
        return account

    def issue(self, user, revoke=False):
        """A new token; the ones before go on working unless revoked, as with the real server until they expire."""
        account = self.accounts[user]
        if revoke:
            account.tokens.clear()
        token = make_token(user, account.namespace, account.name)
        account.tokens.add(token)
        return token

    def identify(self, headers, certificate):
        """(user, groups), or None for a token that nobody knows."""
        token = bearer(headers)
        if token:
            return next(((account.user, account.groups) for account in self.accounts.values()
                         if token in account.tokens), None)
        return _subject(certificate) if certificate else ANONYMOUS

    def allows(self, call, verb=None):
        if "system:masters" in call.groups:
            return True
        if not call.resource:
            return call.path in PUBLIC_PATHS or call.path.startswith(PUBLIC_PATHS[:3])
        account = self.accounts.get(call.user)
        return bool(account) and any(_rule_allows(rule, call, verb or call.verb) for rule in account.rules)


def _subject(certificate):
    names = [pair for part in certificate["subject"] for pair in part]
    user = next((value for key, value in names if key == "commonName"), "")
    groups = tuple(value for key, value in names if key == "organizationName")
    return user, groups + ("system:authenticated",)


def _rule_allows(rule, call, verb):
    resource = f"{call.resource}/{call.subresource}" if call.subresource else call.resource
    # A POST has no name yet: a rule that names objects never matches it.
    names = rule.get("resourceNames")
    return (_has(rule, "verbs", verb) and _has(rule, "apiGroups", call.group) and _has(rule, "resources", resource)
            and (not names or call.name in names))


def _has(rule, key, wanted):
    values = rule.get(key, ())
    return "*" in values or wanted in values


def forbidden(call, verb=None):
    verb = verb or call.verb
    if not call.resource:
        return ApiError(403, "Forbidden",
                        f'forbidden: User "{call.user}" cannot {verb} path "{call.path}"', {})
    resource = f"{call.resource}/{call.subresource}" if call.subresource else call.resource
    target = qualified(call.resource, call.group) + (f' "{call.name}"' if call.name else "")
    scope = f'in the namespace "{call.namespace}"' if call.namespace else "at the cluster scope"
    details = {"name": call.name, "group": call.group, "kind": call.resource}
    return ApiError(403, "Forbidden",
                    f'{target} is forbidden: User "{call.user}" cannot {verb} resource "{resource}" '
                    f'in API group "{call.group}" {scope}',
                    {name: value for name, value in details.items() if value})

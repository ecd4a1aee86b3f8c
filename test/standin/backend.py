# SPDX-License-Identifier: Apache-2.0
"""The stand-in behind its gateway: who asks, and what the API says."""

from . import calls, status


class Backend:
    def __init__(self, api, access):
        self.api, self.access = api, access

    def read(self, request, connection):
        call = calls.read(request)
        identity = self.access.identify(request.headers, connection.certificate)
        if identity:
            call.user, call.groups = identity
        return call

    async def answer(self, call, connection):
        if not call.user:
            raise status.unauthorized()
        return self.api.answer(call)

"""The SCIM server of an application, as we speak to it: scim2-client's rules over our own HTTP (kernel/outgoing.py)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from scim2_client import BaseSyncSCIMClient, SCIMClientException
from scim2_models import ScimProvider, User

from cartable.kernel.outgoing import Asked, Unreachable, ask

MEDIA = "application/scim+json"
ABSENT = "404"
DOWN = frozenset({401, 403, 429, 502, 503, 504})  # statuses of a server that takes nobody now
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
USERS: Any = User


class NotTaken(Unreachable):
    """It answers, and does not take this person. Others it may take."""


@dataclass(frozen=True, slots=True)
class Response:
    """What scim2-client reads of an answer."""

    status_code: int
    headers: Mapping[str, str]
    text: str


class _Client(BaseSyncSCIMClient):
    """scim2-client over `outgoing.ask`."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(provider=ScimProvider([User]), check_response_payload=False)
        self.url, self.token = url, token

    def request(self, method: str, url: str, **kwargs: Any) -> Response:
        """Send a request. An operator wrote the address, by a command: no page takes one."""
        query = f"?{urlencode(kwargs['params'])}" if kwargs.get("params") else ""
        body = json.dumps(kwargs["json"]).encode() if "json" in kwargs else None
        headers = {"Authorization": f"Bearer {self.token}", "Accept": MEDIA, "Content-Type": MEDIA}
        answer = ask(f"{self.url}{url}{query}", Asked(method, headers, body, inside=True))
        if answer.status in DOWN:
            raise Unreachable(f"SCIM: {answer.status}")
        return Response(answer.status, answer.headers, answer.body.decode(errors="replace"))


class Remote:
    """A SCIM server, by its address and a bearer token."""

    def __init__(self, url: str, token: str) -> None:
        self._client = _Client(url, token)

    def put(self, wanted: "User[Any]", remote_id: str | None) -> str:
        """Have a person there as `wanted`, and return the id they have there. Raises NotTaken, Unreachable, to be tried again.

        One who is there already, under the same `externalId` or `userName`, is taken for the same; one deleted there is made
        again.
        """
        try:
            remote_id = remote_id or self._find(wanted)
            if remote_id and self._replace(wanted, remote_id):
                return remote_id
            return str(_read(self._client.create(wanted))["id"])
        except (SCIMClientException, KeyError, TypeError) as broken:
            raise NotTaken(f"SCIM: {broken!r}"[:200]) from broken

    def _find(self, wanted: "User[Any]") -> str | None:
        for name, value in (("externalId", wanted.external_id), ("userName", wanted.user_name)):
            query = {"filter": f"{name} eq {json.dumps(value)}"}
            if found := _read(self._client.query(USERS, query_parameters=query)).get("Resources"):
                return str(found[0]["id"])
        return None

    def _replace(self, wanted: "User[Any]", remote_id: str) -> bool:
        """Return whether they were there to be replaced."""
        known = wanted.model_copy(update={"id": remote_id})
        payload: Any = self._client.replace(known, url=f"/Users/{quote(remote_id, safe='')}")
        if _is_error(payload) and str(payload.get("status")) == ABSENT:
            return False
        _read(payload)
        return True


def _is_error(payload: Any) -> bool:
    return isinstance(payload, dict) and ERROR in payload.get("schemas", ())


def _read(payload: Any) -> dict[str, Any]:
    """Return an answer; leniently, for not every server keeps to the letter. Raises NotTaken if it is an error."""
    if _is_error(payload):
        raise NotTaken(f"SCIM: {payload.get('status')} {payload.get('detail', '')}"[:200])
    if not isinstance(payload, dict | None):
        raise NotTaken("SCIM: no object")
    return payload or {}

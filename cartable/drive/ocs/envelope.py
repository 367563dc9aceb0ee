"""The envelope of OCS, in XML and in JSON, of its two versions. Pure.

Version 1 answers HTTP 200 whatever happened and 100 for success inside; version 2 says the same status in both places.
(nextcloud/server 31, lib/private/AppFramework/OCS/V1Response.php and V2Response.php.)
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from cartable.kernel.xml import escape

UNAUTHORIZED, UNKNOWN = 997, 998  # of version 1
XML, JSON = "application/xml; charset=utf-8", "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an OCS call answers, before it is put into an envelope. `status` is that of HTTP, and of version 2.

    `code` is what version 1 says, where it is not the same.
    """

    data: Any = ()
    status: int = 200
    message: str | Promise = "OK"
    code: int | None = None


def http_status(answer: Answer, version: int) -> int:
    """Return the status of the HTTP answer."""
    return answer.status if version == 2 or answer.status == 401 else 200


def status_code(answer: Answer, version: int) -> int:
    """Return the status inside the envelope."""
    if version == 2:
        return answer.status
    return answer.code or {200: 100, 401: UNAUTHORIZED}.get(answer.status, answer.status)


def sealed(answer: Answer, version: int, *, as_json: bool) -> bytes:
    """Return the whole text.

    JSON is compact: desktop clients look for `"statuscode":(\\d+)` in it, without a space (JsonApiJob::finished, 3.16).
    """
    meta: dict[str, Any] = {
        "status": "ok" if answer.status < 300 else "failure",
        "statuscode": status_code(answer, version),
        "message": str(answer.message),
    }
    if version == 1:
        meta |= {"totalitems": "", "itemsperpage": ""}
    whole = {"meta": meta, "data": answer.data}
    if as_json:
        return json.dumps({"ocs": whole}, ensure_ascii=False, separators=(",", ":"), default=str).encode()
    return f'<?xml version="1.0"?>\n<ocs>{to_xml("meta", meta)}{to_xml("data", answer.data)}</ocs>'.encode()


def to_xml(name: str, value: Any) -> str:
    """Return a value as OCS spells it in XML: items of a list are `element`s, true is 1, false and nothing are empty."""
    if isinstance(value, Mapping):
        inside = "".join(to_xml(key, one) for key, one in value.items())
    elif isinstance(value, Sequence) and not isinstance(value, str):
        inside = "".join(to_xml("element", one) for one in value)
    elif value is True:
        inside = "1"
    else:
        inside = "" if value is None or value is False else escape(str(value))
    return f"<{name}>{inside}</{name}>"

"""Who did what: one line for each act that changes who may do what, or that somebody may have to answer for."""

import json
import logging

logger = logging.getLogger("cartable.audit")


def record(verb: str, *, person: int | None = None, **detail: object) -> None:
    """Keep that `person` (None: nobody known, or a command) did `verb`. `detail` names objects by id, never contents or secrets."""
    logger.info("%s", json.dumps({"verb": verb, "person": person, **detail}, default=str))

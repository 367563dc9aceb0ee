"""What is written and counted about each request: one line in the log, one observation for Prometheus.

A route group is the first word of a route, never of an address: what strangers type makes no new time series.
"""

import logging
from dataclasses import dataclass
from time import perf_counter

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

log = logging.getLogger("cartable.access")

disable_created_metrics()  # type: ignore[no-untyped-call]  # one more series for each, that nobody reads
REQUESTS = Counter("cartable_requests", "Requests answered.", ["group", "status"])
SECONDS = Histogram("cartable_request_seconds", "Time from the first byte asked to the last byte answered.", ["group"])
UPLOADED = Counter("cartable_uploaded_bytes", "Bytes of bodies received.")
SOCKETS = Gauge("cartable_sockets", "WebSockets open.", multiprocess_mode="livesum")

LEFT = 499  # nginx's number for a client that left before the answer: nobody reads it but we


@dataclass(slots=True)
class Passage:
    """One request, from its arrival to the end of its answer."""

    method: str
    path: str  # without its query
    group: str = "none"
    status: int = LEFT
    uploaded: int = 0
    started: float = 0.0

    def __post_init__(self) -> None:
        self.started = perf_counter()

    def record(self, request_id: str, person: str) -> None:
        """Write and count it."""
        seconds = perf_counter() - self.started
        REQUESTS.labels(self.group, str(self.status)).inc()
        SECONDS.labels(self.group).observe(seconds)
        UPLOADED.inc(self.uploaded)
        if self.group == "healthz" and self.status == 200:
            return  # asked every few seconds, by machines
        if log.isEnabledFor(logging.INFO):  # the formatter takes tokens out of the path
            what = {"method": self.method, "path": self.path, "status": self.status, "ms": round(seconds * 1000, 1)}
            log.info("request", extra=what | {"request_id": request_id, "person": person})


def group_of(route: str) -> str:
    """Return the group of a route of `urls`: its first word, `home` for the root."""
    return route.lstrip("^").split("/")[0].split("<")[0] or "home"

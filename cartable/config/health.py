"""What machines ask: is it alive, may it be given work, what has it counted. Early routes, without session or page.

`/healthz` tells nothing but that we answer. The others tell how we are doing, to this machine or to holders of a token.
"""

import hmac
import os
from ipaddress import ip_address

from django.http import HttpRequest, HttpResponse, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from cartable.config import parts
from cartable.kernel import queue
from cartable.options import options


def alive(_: HttpRequest) -> HttpResponse:
    """`/healthz`: 200, as long as a thread is left to say so."""
    return HttpResponse("ok\n", content_type="text/plain")


def ready(request: HttpRequest) -> HttpResponse:
    """`/readyz`: 200 if each part answers, else 503, and what each says."""
    if not may_ask(request):
        return HttpResponse(status=403)
    answers = {name: parts.answer(check) for name, check in parts.PARTS.items()}
    return JsonResponse(answers, status=200 if set(answers.values()) == {"ok"} else 503)


def metrics(request: HttpRequest) -> HttpResponse:
    """`/metrics`, in the text format of Prometheus."""
    if not may_ask(request):
        return HttpResponse(status=403)
    return HttpResponse(generate_latest(registry()), content_type=CONTENT_TYPE_LATEST)


def may_ask(request: HttpRequest) -> bool:
    """Return whether the request comes from this machine, or shows the token of the options.

    A front server on this machine is not this machine: what it relays says so, believed or not.
    """
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if options.metrics_token and hmac.compare_digest(shown.encode(), options.metrics_token.encode()):
        return True
    return is_loopback(request.META["REMOTE_ADDR"]) and not request.META["cartable.relayed"]


def is_loopback(address: str) -> bool:
    """Return whether an address is this machine's own."""
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


# Counting


class Backlog(Collector):
    """What waits in the queue, asked when it is scraped."""

    def collect(self) -> list[GaugeMetricFamily]:
        """Return the families."""
        waiting = GaugeMetricFamily("cartable_tasks", "Tasks by queue and state.", labels=["queue", "state"])
        oldest = GaugeMetricFamily("cartable_task_oldest_seconds", "Age of the first that waits.", labels=["queue"])
        for name, (_, age) in queue.backlog().items():
            oldest.add_metric([name], age)
        for name, state, count in queue.counts():
            waiting.add_metric([name, state], count)
        return [waiting, oldest]

    def describe(self) -> list[GaugeMetricFamily]:
        """Return nothing: the database is not asked at import."""
        return []


REGISTRY.register(Backlog())


def registry() -> CollectorRegistry:
    """Return what this process has counted; where there are several, what all have."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    everyone = CollectorRegistry()
    MultiProcessCollector(everyone)  # type: ignore[no-untyped-call]
    everyone.register(Backlog())
    return everyone

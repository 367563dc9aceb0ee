"""Run acts at the same moment, on threads with connections of their own."""

import threading

from django.db import connection

from cartable.kernel.errors import Refusal

TIMES = 25  # that each race is run


def at_once(*acts):
    """Run these together; return what each returned or the refusal it met. Anything else it raises fails the test."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(at, act):
        try:
            start.wait()
            results[at] = act()
        except Refusal as refusal:
            results[at] = refusal
        except Exception as bug:  # noqa: BLE001 - told below, in the test's own thread
            results[at] = bug
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=one) for one in enumerate(acts)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    bugs = [one for one in results if isinstance(one, Exception) and not isinstance(one, Refusal)]
    assert not bugs, bugs
    return results


def refused(results):
    return [one for one in results if isinstance(one, Refusal)]

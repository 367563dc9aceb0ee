"""One request and its answer, from the server's messages to a view in a thread and back.

A thread is held while a view runs, while a block is written and while one is made: never while a client is waited for.
Only forms with files are read by threads that wait, which are theirs alone. A small request costs one hop into a thread:
more cost than views.
"""

import asyncio
import contextvars
import logging
import secrets
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar, cast

from django.core import signals
from django.core.handlers.exception import response_for_exception
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.http.request import UnreadablePostError
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from cartable.config.answers import Send, blocks, head, part, whole_file
from cartable.config.bodies import Body, Gone, Patience, Receive, announced, stream, waiting_stream
from cartable.config.environ import Network, Scope, client, environ
from cartable.config.traffic import Passage, group_of
from cartable.kernel import logs
from cartable.kernel.reception import COMING, FORM, Form, Reception, may_take, read_form

Result = TypeVar("Result")
log = logging.getLogger("cartable.server")

Early = Callable[[HttpRequest], HttpResponseBase | Reception]


class Request(WSGIRequest):
    """A request whose body is framed by the server. Django's own would read a chunked body as an empty one."""

    def __init__(self, environ: dict[str, Any]) -> None:
        super().__init__(environ)
        self._stream = environ["wsgi.input"]


@dataclass(frozen=True, slots=True)
class Desk:
    """What all exchanges of a process share."""

    handler: WSGIHandler
    early: Mapping[str, Early]
    proxies: tuple[Network, ...]
    patience: Patience
    threads: Executor  # run views; each has one database connection
    writers: Executor  # write the blocks of uploads; none uses a database
    forms: Executor  # read forms with files, waiting for their clients; none uses a database


class Exchange:
    """One of them. `run` is called once."""

    def __init__(self, desk: Desk, scope: Scope, receive: Receive, send: Send) -> None:
        self._desk = desk
        self._scope = scope
        self._receive = receive
        self._send = send
        self._client = client(scope, desk.proxies)
        self._id = self._client.request_id or secrets.token_hex(8)
        self._context = contextvars.copy_context()  # one for all hops: translation, request id and person follow it
        self._context.run(logs.request_id.set, self._id)
        self._context.run(logs.address.set, self._client.address)
        self._passage = Passage(scope["method"], scope["path"])
        self._early = next((prefix for prefix in desk.early if is_under(scope["path"], prefix)), None)

    async def run(self) -> None:
        """Answer, and write the line of the log. To return in the middle of an answer cuts the connection."""
        try:
            await self._answer()
        except Gone:
            pass  # there is nobody to answer
        except Exception:  # noqa: BLE001 - the last resort: the server answers 500, or cuts what had begun
            self._passage.status = 500
            self._context.run(log.exception, "answer failed")
        finally:
            self._passage.record(self._id, self._context.get(logs.person, ""))

    async def _answer(self) -> None:
        try:
            length = announced(self._client.headers, self._scope["http_version"])
        except ValueError:
            return await self._send_whole(HttpResponseBadRequest())
        body = Body(self._receive, self._desk.patience, length=length)
        try:
            response = await self._response(body)
            await self._drain(body)
        finally:
            self._passage.uploaded = body.received
        await self._send_answer(response, body)
        return None

    async def _response(self, body: Body) -> HttpResponseBase:
        variables = environ(self._scope, self._client)
        received = self._early is not None and may_take(self._desk.early[self._early], self._scope["method"])
        if not received or not self._waits_for_leave():
            await body.read_small()
        if whole := body.whole():
            variables["CONTENT_LENGTH"] = str(len(whole))  # Django takes a form of unknown length for an empty one
        if whole is None and not received:
            if self._early is not None:
                variables.pop(
                    "CONTENT_LENGTH", None
                )  # of a body that is refused once it is read, in a protocol's words
            elif self._takes_forms() and "CONTENT_LENGTH" not in variables:
                return _plainly(411, "Length Required")
            elif self._takes_forms():
                variables[FORM] = COMING
            else:
                return _plainly(413, "Content Too Large")
        variables["wsgi.input"] = stream(body)
        answer = await self._hop(self._view, variables, whole)
        if isinstance(answer, Form):
            return await self._read(answer, body, variables)
        return answer if isinstance(answer, HttpResponseBase) else await self._take(answer, body, variables)

    def _takes_forms(self) -> bool:
        try:
            return may_take(resolve(self._scope["path"]).func, self._scope["method"])
        except Resolver404:
            return False

    # In threads

    def _view(self, variables: dict[str, Any], whole: bytes | None) -> HttpResponseBase | Reception:
        return self._within_request(variables, partial(self._run_view, Request(variables), whole))

    def _run_view(self, request: Request, whole: bytes | None) -> HttpResponseBase | Reception:
        """Return the answer of a view; what it gives to take the body with, unless the body is there to be taken."""
        if self._early is not None:
            self._passage.group = group_of(self._early.lstrip("/"))
            answer = _run_early(self._desk.early[self._early], request)
            return answer if isinstance(answer, HttpResponseBase) or whole is None else _taken(answer, whole)
        response = self._desk.handler.get_response(request)
        if match := request.resolver_match:
            self._passage.group = group_of(match.route)
        return response

    def _within_request(self, variables: dict[str, Any], call: Callable[[], Result]) -> Result:
        """Run a call between the signals that keep a thread's database connection healthy."""
        signals.request_started.send(sender=WSGIHandler, environ=variables)
        answer = call()
        if isinstance(answer, HttpResponseBase) and not answer.streaming:
            answer.close()  # sends request_finished, in the thread that used the database
        elif not isinstance(answer, HttpResponseBase):
            signals.request_finished.send(sender=WSGIHandler)
        return answer

    # Uploads

    async def _take(self, reception: Reception, body: Body, variables: dict[str, Any]) -> HttpResponseBase:
        """Hand a body over, block by block, and return the answer of whoever keeps it."""
        try:
            refusal = await self._write(reception, body)
        except BaseException:
            await asyncio.shield(self._hop(self._within_request, variables, reception.abort))
            raise
        if refusal is None:
            return await self._hop(self._within_request, variables, reception.finish)
        await self._hop(self._within_request, variables, reception.abort)
        return refusal

    async def _write(self, reception: Reception, body: Body) -> HttpResponseBase | None:
        while block := await body.block():
            if (refusal := await self._hop(reception.write, block, executor=self._desk.writers)) is not None:
                return refusal
        return None

    async def _read(self, form: Form, body: Body, variables: dict[str, Any]) -> HttpResponseBase:
        """Have a form read, its files kept, and return the answer of the page to it."""
        variables["wsgi.input"] = waiting_stream(body, asyncio.get_running_loop())
        request = Request(variables)
        try:
            request.META[FORM] = await self._hop(read_form, request, form.way_in, executor=self._desk.forms)
        except UnreadablePostError as unread:
            raise Gone("the client left before the end of its form") from unread
        answer = await self._hop(self._within_request, variables, partial(self._run_view, request, None))
        return cast(HttpResponseBase, answer)

    async def _drain(self, body: Body) -> None:
        """Read what the view left of the body, unless the client still waits to hear whether to send it."""
        if body.received or not self._waits_for_leave():
            await body.drain()

    def _waits_for_leave(self) -> bool:
        """Tell whether the body is sent only once somebody asks for it (RFC 9110 §10.1.1)."""
        return self._client.headers.get("expect", "").lower() == "100-continue"

    # Answers

    async def _send_answer(self, response: HttpResponseBase, body: Body) -> None:
        if not isinstance(response, StreamingHttpResponse):
            return await self._send_whole(response)
        try:
            await self._send_stream(response, body)
        finally:
            await asyncio.shield(self._hop(response.close))
        return None

    async def _send_whole(self, response: HttpResponseBase) -> None:
        self._passage.status = response.status_code
        content = getattr(response, "content", b"")
        if response.status_code not in {204, 304}:  # RFC 9110 §8.6
            response.headers.setdefault("Content-Length", str(len(content)))
        await self._send(head(response, self._id))
        await self._wait(self._send(part(content, more=False)))  # after HEAD, servers keep it to themselves

    async def _send_stream(self, response: StreamingHttpResponse, body: Body) -> None:
        await self._send(head(response, self._id))
        if self._scope["method"] == "HEAD":
            await self._send(part(b"", more=False))
        elif self._may_send_files() and (path := whole_file(response)):
            await self._send({"type": "http.response.pathsend", "path": path})
        else:
            await self._send_blocks(blocks(response), body)
        self._passage.status = response.status_code

    async def _send_blocks(self, made: Iterator[bytes], body: Body) -> None:
        """Send blocks as they are made, until the client leaves: nothing is made for nobody."""
        left = asyncio.ensure_future(body.left())
        try:
            while block := await self._hop(next, made, b""):
                if left.done():
                    raise Gone("the client left before the end of the answer")
                await self._wait(self._send(part(block, more=True)))
            await self._send(part(b"", more=False))
        finally:
            left.cancel()

    def _may_send_files(self) -> bool:
        return "http.response.pathsend" in (self._scope.get("extensions") or {})

    # Waiting

    async def _wait(self, awaited: Any) -> None:
        await self._desk.patience.wait(awaited)

    async def _hop(self, call: Callable[..., Result], *values: Any, executor: Executor | None = None) -> Result:
        """Run a call in a thread, within the context of this request."""
        run = partial(self._context.run, call, *values)
        return await asyncio.get_running_loop().run_in_executor(executor or self._desk.threads, run)


def is_under(path: str, prefix: str) -> bool:
    """Return whether a path is `prefix` or below it."""
    return path == prefix or path.startswith(prefix if prefix.endswith("/") else f"{prefix}/")


def _plainly(status: int, said: str) -> HttpResponse:
    return HttpResponse(f"{status} {said}\n", status=status, content_type="text/plain")


def _run_early(view: Early, request: HttpRequest) -> HttpResponseBase | Reception:
    try:
        request.get_host()  # raises DisallowedHost, as CommonMiddleware makes it do for pages
        return view(request)
    except Exception as error:  # noqa: BLE001 - a bug is logged and answered by Django, as it is for pages
        return response_for_exception(request, error)


def _taken(reception: Reception, whole: bytes) -> HttpResponseBase:
    """Hand a body over at once, in the thread of the view, and return the answer of whoever keeps it."""
    try:
        refusal = reception.write(whole) if whole else None
    except BaseException:
        reception.abort()
        raise
    if refusal is None:
        return reception.finish()
    reception.abort()
    return refusal

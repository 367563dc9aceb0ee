"""Clients of a pad: a document of pycrdt that speaks as y-websocket does, with the helpers of pycrdt and none of ours."""

import base64
import contextlib
import http.client
import json
import re

from pycrdt import Decoder, Doc, Text, create_sync_message, create_update_message, handle_sync_message
from websockets.exceptions import ConnectionClosed
from websockets.frames import Close
from websockets.sync.client import connect

SYNC, AWARENESS, SAVED, ROLE, EPOCH, VERSION = 0, 1, 100, 101, 102, 104
HEAVY = 7000  # letters, each a piece of a dozen bytes
PATIENCE = 30  # seconds; no test waits for as long unless it fails


def url(site, node):
    return f"ws://127.0.0.1:{site.port}/pads/{node}/sync"


def by_socket(site, node, headers):
    return connect(url(site, node), additional_headers=headers, compression=None, max_size=None)


class Events:
    """The same by events and POSTs (config/eventstream.py), under the words of a WebSocket that `Typist` uses."""

    def __init__(self, site, node, headers):
        self._site, self._path = site, f"/pads/{node}/sync"
        self._connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=PATIENCE)
        self._connection.request("GET", self._path, headers=headers)
        self._answer = self._connection.getresponse()
        self.status = self._answer.status
        self.key = self._next()[1] if self.status == 200 else None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._answer.close()
        self._connection.close()

    def _next(self):
        """Return the name and the data of the next event."""
        name = ""
        while line := self._answer.readline().decode().rstrip("\n"):
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "data":
                assert self._answer.readline() == b"\n"
                return name, value
            elif not field.strip(" :"):
                continue  # a comment
        raise EOFError

    def recv(self, timeout):
        name, data = self._next()
        if name == "close":
            raise ConnectionClosed(Close(int(data), ""), None)
        return base64.b64decode(data)

    def send(self, *frames):
        body = b"".join(len(frame).to_bytes(4) + frame for frame in frames)
        assert self.post(body) in {204, 404}, "404 once it is over, which is told where one hears"

    def post(self, body, **headers):
        return self._site.ask("POST", self._path, body, **{"Socket-Key": self.key, **headers})[0]


def make(site, name, text=b""):
    """Put a file into the person's folder, and return its id."""
    status, _, headers = site.ask("PUT", site.top + name, text)
    assert status == 201, status
    return int(re.match(r"\d+", headers["OC-FileId"])[0])


class Typist:
    """Somebody at a pad. What they hear is heard in `until`."""

    def __init__(self, site, node, headers=None, doc=None, by=by_socket):
        self.doc = doc or Doc()
        self.text = self.doc.get("text", type=Text)
        self.sent = self.saved = 0
        self.writes, self.epoch, self.name, self.versions, self.states = None, None, None, [], {}
        self.ready, self.asked = False, 0  # whether they have all that was there; how often they were asked for theirs
        self._hearing = False
        self._watch = self.doc.observe(self._changed)
        headers = site.headers if headers is None else headers
        self._stack = contextlib.ExitStack()
        self.socket = self._stack.enter_context(by(site, node, headers))
        with contextlib.suppress(ConnectionClosed):  # `code` says why
            self.socket.send(create_sync_message(self.doc))

    def __str__(self):
        return str(self.text)

    def _changed(self, event):
        if not self._hearing:
            self.send_update(event.update)

    def send_update(self, update):
        self.sent += 1
        self.socket.send(create_update_message(update))

    def hear(self):
        """Take one frame. Raises ConnectionClosed."""
        frame = self.socket.recv(timeout=PATIENCE)
        decoder = Decoder(frame[1:])
        match frame[0]:
            case 0:
                with self.away():
                    reply = handle_sync_message(frame[1:], self.doc)
                self.ready = self.ready or frame[1] == 1
                self.asked += frame[1] == 0
                if reply is not None:
                    self.sent += 1
                    self.socket.send(reply)
            case 1:
                self._hear_states(Decoder(decoder.read_message()))
            case 100:
                self.saved = decoder.read_var_uint()
            case 101:
                self.writes = bool(decoder.read_var_uint())
            case 102:
                self.epoch = decoder.read_var_uint()
            case 104:
                self.versions.append(decoder.read_message().decode())
            case 106:
                self.name = decoder.read_message().decode()

    @contextlib.contextmanager
    def away(self):
        """What changes in the document meanwhile is not sent."""
        self._hearing = True
        yield
        self._hearing = False

    def _hear_states(self, decoder):
        for _ in range(decoder.read_var_uint()):
            client, clock = decoder.read_var_uint(), decoder.read_var_uint()
            self.states[client] = (clock, json.loads(decoder.read_message()))

    def until(self, true):
        """Hear until something is true."""
        while not true():
            self.hear()
        return self

    def kept(self):
        """Hear until all that was sent is said to be durable."""
        return self.until(lambda: self.sent and self.saved == self.sent)

    def code(self):
        """Hear until the socket is closed, and return why."""
        with contextlib.suppress(TimeoutError):
            while True:
                try:
                    self.hear()
                except ConnectionClosed as closed:
                    return closed.rcvd and closed.rcvd.code
        return None

    def leave(self):
        if self._watch:
            self.doc.unobserve(self._watch)
        self._watch = None
        self._stack.close()


def weigh_down(doc):
    """Leave in a document much more than its text: letters that were typed one before the other, and taken away."""
    text = doc.get("text", type=Text)
    with doc.transaction():
        for _ in range(HEAVY):
            text.insert(0, "x")
        del text[0:HEAVY]

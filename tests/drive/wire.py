"""A client that asks our early views as the bridge does, without a server: what it says is what went over the wire."""

import base64
from urllib.parse import quote

from django.core.signals import request_finished
from django.db import close_old_connections
from django.http.response import HttpResponseBase
from django.test import RequestFactory
from lxml import etree

from cartable.drive import urls
from cartable.identity import credentials

NAMES = {
    "d": "DAV:",
    "oc": "http://owncloud.org/ns",
    "nc": "http://nextcloud.org/ns",
    "ocs": "http://open-collaboration-services.org/ns",
}
BLOCK = 64 * 1024


class Reply:
    """An answer, read whole."""

    def __init__(self, response):
        self.status = response.status_code
        self.headers = response.headers
        self.body = b"".join(response) if response.streaming else response.content
        request_finished.disconnect(close_old_connections)  # the test's connection outlives the request
        response.close()
        request_finished.connect(close_old_connections)

    @property
    def xml(self):
        return etree.fromstring(self.body)

    @property
    def message(self):
        """What a client shows of an error."""
        return self.xml.findtext("{http://sabredav.org/ns}message")

    def properties(self):
        """Return the properties found of each resource, by href: text, or the element where there are some inside."""
        found = {}
        for response in self.xml.findall("d:response", NAMES):
            values = found[response.findtext("d:href", namespaces=NAMES)] = {}
            for propstat in response.findall("d:propstat", NAMES):
                if "200" in propstat.findtext("d:status", namespaces=NAMES):
                    for one in propstat.find("d:prop", NAMES):
                        values[etree.QName(one).localname] = one if len(one) else one.text or ""
        return found

    def hrefs(self):
        return [one.text for one in self.xml.findall("d:response/d:href", NAMES)]


class Device:
    """A person's client, which signs in with an app password of its own; or nobody's."""

    address = "127.0.0.1"  # of the network

    def __init__(self, actor=None, login=None, secret=None):
        self.sub = actor.sub if actor else ""
        self.secret = secret if actor is None else credentials.new_app_password(actor.person, "test")
        self.login = login or self.sub
        self.home = f"/remote.php/dav/files/{self.sub}"

    def ask(self, method, url, body=b"", meanwhile=lambda: None, **headers):
        """Ask. Names of headers are written with underscores; `url` is a whole path, already encoded.

        What happens `meanwhile` comes between the head and the body of the request.
        """
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret is not None:
            token = base64.b64encode(f"{self.login}:{self.secret}".encode()).decode()
            sent["Authorization"] = f"Basic {token}"
        data = body.encode() if isinstance(body, str) else body
        media = sent.pop("Content-Type", "application/octet-stream")
        request = RequestFactory().generic(method, url, data, media, headers=sent, REMOTE_ADDR=self.address)
        prefix = next(one for one in urls.early if request.path_info == one or request.path_info.startswith(f"{one}/"))
        answer = urls.early[prefix](request)
        meanwhile()
        return Reply(answer if isinstance(answer, HttpResponseBase) else received(answer, data))

    def on(self, method, path, body=b"", **headers):
        """Ask about a path of the person's files."""
        return self.ask(method, f"{self.home}{quote(path)}", body, **headers)

    def to(self, path):
        """Return a path of the person's files as a Destination."""
        return f"http://testserver{self.home}{quote(path)}"

    def listing(self, path, *names, depth=1):
        """Return the properties of a folder and of what is in it, by the last part of their paths; the folder's is empty."""
        found = self.on("PROPFIND", path, asking(*names), Depth=str(depth)).properties()
        top = next(iter(found))
        return {href[len(top) :].rstrip("/"): values for href, values in found.items()}

    def etag(self, path):
        return next(iter(self.listing(path, "d:getetag", depth=0).values()))["getetag"]


def received(reception, data):
    for at in range(0, len(data), BLOCK):
        refusal = reception.write(data[at : at + BLOCK])
        if refusal is not None:
            reception.abort()
            return refusal
    return reception.finish()


def asking(*names):
    """Return the body of a PROPFIND for some properties; none for the usual ones."""
    if not names:
        return b""
    spaces = "".join(f' xmlns:{prefix}="{namespace}"' for prefix, namespace in NAMES.items())
    wanted = "".join(f"<{name}/>" for name in names)
    return f"<d:propfind{spaces}><d:prop>{wanted}</d:prop></d:propfind>".encode()

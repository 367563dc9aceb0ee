"""An application behind the real bridge, that says what reached it. Run by a server in a process of its own.

What happens is appended to the folder SERVED: one file per upload, and `events`, a line at a time.
"""

import hashlib
import os
import threading
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.config.served_settings")
django.setup()

from django.core.files.base import ContentFile  # noqa: E402
from django.core.files.uploadhandler import FileUploadHandler  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.http import FileResponse, HttpResponse, JsonResponse, StreamingHttpResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.views.decorators.csrf import csrf_exempt  # noqa: E402

from cartable.config.bridge import Bridge  # noqa: E402
from cartable.config.environ import networks  # noqa: E402
from cartable.kernel.errors import TooLarge  # noqa: E402
from cartable.kernel.reception import form_first, takes_files  # noqa: E402
from cartable.options import options  # noqa: E402

FOLDER = Path(os.environ.get("SERVED", "."))
MIB = 1024 * 1024
gate = threading.Event()


def say(event):
    with (FOLDER / "events").open("a") as events:
        events.write(f"{event}\n")


class Kept:
    """A reception that keeps the bytes of `/put/NAME` in a file that exists only when whole."""

    def __init__(self, name):
        self.part, self.whole, self.digest = FOLDER / f"{name}.part", FOLDER / name, hashlib.sha256()
        self.writer = ""
        self.file = self.part.open("wb")

    def write(self, block):
        self.writer = threading.current_thread().name.partition("_")[0]
        self.file.write(block)
        self.digest.update(block)
        if block.startswith(b"refuse"):
            return HttpResponse("refused", status=507)
        if block.startswith(b"raise"):
            raise RuntimeError("a bug, on purpose")
        return None

    def finish(self):
        self.file.close()
        self.part.rename(self.whole)
        say("finish")
        return HttpResponse(self.digest.hexdigest(), status=201, headers={"Written-By": self.writer})

    def abort(self):
        self.file.close()
        self.part.unlink()
        say("abort")


def put(request):
    if "HTTP_AUTHORIZATION" not in request.META:
        return HttpResponse("who?", status=401)
    return Kept(request.path.rpartition("/")[2])


def echo(request):
    try:
        return HttpResponse(request.body)
    except TooLarge:
        return HttpResponse("too large", status=413)


def meta(request):
    return JsonResponse({name: value for name, value in request.META.items() if isinstance(value, str)})


class Hashed(FileUploadHandler):
    """A way in that keeps nothing but what there was."""

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.digest = hashlib.sha256()
        say("reading")

    def receive_data_chunk(self, raw_data, start):
        self.digest.update(raw_data)

    def file_complete(self, file_size):
        file = ContentFile(b"", self.file_name)
        file.size, file.sha256 = file_size, self.digest.hexdigest()
        return file

    def upload_interrupted(self):
        say("unreadable")


@takes_files("POST")
@csrf_exempt
def store(request):
    """Take a form with a file, as a page does."""
    if "HTTP_AUTHORIZATION" not in request.META:
        return HttpResponse("who?", status=401)
    if form := form_first(request, Hashed):
        return form
    file = request.FILES["file"]
    return JsonResponse({"sha256": file.sha256, "size": file.size, "fields": request.POST.dict()})


def form(request):
    return JsonResponse(request.POST.dict())


def stream(request, mebibytes):
    def made():
        try:
            for _ in range(mebibytes * 16):
                yield b"x" * (MIB // 16)
            say("streamed")
        finally:
            say("closed")

    return Released(made())


class Released(StreamingHttpResponse):
    def close(self):
        super().close()
        say("released")


def broken(request):
    def made():
        yield b"x" * MIB
        raise RuntimeError("a bug, on purpose")

    return StreamingHttpResponse(made())


def file(request, name):
    return FileResponse((FOLDER / name).open("rb"))


def wait(request):
    """Answer once `/open` was asked: proves that something else was served meanwhile."""
    say("waiting")
    return HttpResponse("opened" if gate.wait(30) else "never opened")


def opened(request):
    gate.set()
    return HttpResponse("ok")


def rows(request):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO written DEFAULT VALUES")
        cursor.execute("SELECT count(*) FROM written")
        return HttpResponse(str(cursor.fetchone()[0]))


def bug(request):
    raise RuntimeError("a bug, on purpose")


urlpatterns = [
    path("meta", meta),
    path("store", store),
    path("form", csrf_exempt(form)),
    path("stream/<int:mebibytes>", stream),
    path("broken", broken),
    path("file/<str:name>", file),
    path("wait", wait),
    path("open", opened),
    path("rows", rows),
    path("bug", bug),
    path("ignore", csrf_exempt(lambda request: HttpResponse("not read", status=403))),
]

application = Bridge(
    early={"/put/": takes_files("PUT")(put), "/echo": echo, "/early-meta": meta, "/early-bug": bug},
    sockets={},
    threads=options.threads,
    proxies=networks(options.proxies),
)

"""Bytes as objects of an S3 bucket, by obstore: streamed both ways, in bounded memory.

The bucket makes an object visible when its upload completes, so there is no `incoming/` here. Give the bucket a lifecycle
rule that aborts multipart uploads after a day: it sweeps what a killed process leaves, which nobody can see but is billed.
"""

import contextlib
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

import obstore
from obstore.exceptions import BaseError, GenericError
from obstore.store import S3Store

from cartable.kernel.storage.interface import BLOCK, Missing, Stored, Tally, check_key, draw_key

if TYPE_CHECKING:
    from obstore.store import S3Config

PART = 8 * 2**20  # bytes of a part of an upload
PARTS = 4  # parts on their way at once: an upload holds at most PART * (PARTS + 1) bytes
DELETIONS = 1000  # keys that S3 deletes in one request


class Bucket:
    """A Storage in a bucket, below a prefix."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    def begin(self) -> "BucketSink":
        return BucketSink(self._store, draw_key())

    def read(self, key: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        check_key(key)
        try:
            if length is not None and length <= 0:
                obstore.head(self._store, key)
                return iter(())
            return self._get(key, start, length)
        except FileNotFoundError as absent:
            raise Missing(key) from absent
        except GenericError:
            if start >= obstore.head(self._store, key)["size"]:
                return iter(())  # 416: the object ends before; so does a file
            return _cut(self._get(key, 0, None), start, length)  # a server may ignore Range (RFC 9110 §14.2)

    def path(self, key: str) -> None:
        check_key(key)

    def delete(self, keys: Iterable[str]) -> None:
        wanted = [check_key(key) for key in keys]
        for first in range(0, len(wanted), DELETIONS):
            obstore.delete(self._store, wanted[first : first + DELETIONS])

    def keys(self, day: date) -> Iterator[str]:
        for page in obstore.list(self._store, prefix=f"{day:%Y%m%d}"):
            yield from (entry["path"] for entry in page)

    def sweep(self) -> None:
        """Do nothing: the bucket's lifecycle rule does."""

    def _get(self, key: str, start: int, length: int | None) -> Iterator[bytes]:
        if length is not None:
            found = obstore.get(self._store, key, options={"range": (start, start + length)})
        else:
            found = obstore.get(self._store, key, options={"range": {"offset": start}} if start else None)
        return iter(found.stream(BLOCK))


def _cut(blocks: Iterator[bytes], start: int, length: int | None) -> Iterator[bytes]:
    """Yield what a range holds of blocks that begin at the first byte."""
    at, end = 0, None if length is None else start + length
    for block in blocks:
        yield block[max(0, start - at) : None if end is None else max(0, end - at)]
        at += len(block)
        if end is not None and at >= end:
            return


class BucketSink:
    """An upload, multipart as soon as it exceeds one part."""

    def __init__(self, store: S3Store, key: str) -> None:
        self._key, self._tally = key, Tally()
        self._upload = obstore.open_writer(store, key, buffer_size=PART, max_concurrency=PARTS)

    def write(self, block: bytes) -> None:
        self._tally.add(block)
        self._upload.write(block)

    def finish(self) -> Stored:
        self._upload.close()
        return self._tally.stored(self._key)

    def abort(self) -> None:
        if not self._upload.closed():
            with contextlib.suppress(BaseError):  # some servers cannot abort; what stays is invisible
                self._upload.__exit__(InterruptedError, InterruptedError(), None)


def open_bucket(address: str) -> Bucket:
    """Return the bucket at `s3://KEY:SECRET@host[:port]/bucket[/prefix][?region=…&tls=0]`.

    Key and secret are percent-encoded; without them, the ones the machine offers (AWS_* variables, instance role) serve.
    Raises ValueError on an address without host or bucket, or with an unknown parameter.
    """
    url = urlsplit(address)
    bucket, _, prefix = url.path.lstrip("/").partition("/")
    parameters = dict(parse_qsl(url.query))
    tls, region = parameters.pop("tls", "1") != "0", parameters.pop("region", "us-east-1")
    if not (url.hostname and bucket) or parameters:
        raise ValueError("CARTABLE_STORAGE: not s3://KEY:SECRET@host:port/bucket/prefix?region=…&tls=0")
    host = f"{url.hostname}:{url.port}" if url.port else url.hostname
    store = S3Store(
        bucket,
        prefix=prefix.strip("/") or None,
        endpoint=f"{'https' if tls else 'http'}://{host}",
        region=region,
        virtual_hosted_style_request=False,
        client_options={
            "allow_http": not tls,
            "connect_timeout": "5s",
            "read_timeout": "60s",  # without a byte
            "timeout": "1d",  # of a whole answer: a slow person reads a long video
        },
        retry_config={"max_retries": 4},
        config=_credentials(url.username, url.password),
    )
    return Bucket(store)


def _credentials(key: str | None, secret: str | None) -> "S3Config":
    return {"access_key_id": unquote(key), "secret_access_key": unquote(secret or "")} if key else {}

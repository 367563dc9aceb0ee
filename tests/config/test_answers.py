import io

import pytest
from django.http import FileResponse, StreamingHttpResponse

from cartable.config.answers import BLOCK, blocks, whole_file

pytestmark = pytest.mark.once


@pytest.fixture
def film(tmp_path):
    film = tmp_path / "film"
    film.write_bytes(b"x" * 1000)
    with film.open("rb") as file:
        yield file


def test_a_file_from_its_first_byte_to_its_last_is_left_to_the_server(film):
    assert whole_file(FileResponse(film)) == film.name


def test_a_file_that_was_begun_is_not(film):
    film.read(1)
    assert whole_file(FileResponse(film)) is None


def test_a_part_of_a_file_is_not(film):
    response = FileResponse(film)
    response.headers["Content-Length"] = "10"
    assert whole_file(response) is None


@pytest.mark.parametrize("response", [FileResponse(io.BytesIO(b"x")), StreamingHttpResponse([b"x"])])
def test_what_is_no_file_is_not(response):
    assert whole_file(response) is None


def test_a_stream_goes_out_in_large_blocks_and_whole():
    pieces = [bytes([n % 256]) * 5000 for n in range(100)]
    sent = list(blocks(StreamingHttpResponse(pieces)))
    assert b"".join(sent) == b"".join(pieces)
    assert all(len(block) >= BLOCK for block in sent[:-1])


def test_a_stream_of_nothing_is_empty():
    assert list(blocks(StreamingHttpResponse([b"", b""]))) == []

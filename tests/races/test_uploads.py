"""An upload becomes a file, or is given up: never both. Its pieces are the file's bytes."""

import pytest

from cartable.drive import uploads
from cartable.drive.models import Upload
from cartable.kernel import clock
from cartable.kernel.storage import storage
from cartable.spaces import content
from tests.races.together import TIMES, at_once, refused
from tests.worlds import ada_world, read

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=False)


def stored(data):
    sink = storage().begin()
    sink.write(data)
    return sink.finish()


@pytest.fixture
def ada():
    world = ada_world()

    def sent(name):
        """Send both pieces of a file, and return what makes it of them."""
        uploads.begin(world.ada, name)
        for piece in (b"1", b"2"):
            uploads.keep(world.ada, name, piece.decode(), stored(piece * 100))
        return lambda: uploads.join(
            world.ada, name, lambda blob: content.write(world.ada, world.root, name, blob)[0].id
        )

    return world.ada, sent


def assert_one_won(actor, made, ended):
    assert len(refused([made, ended])) <= 1  # refused is who came second
    if isinstance(made, int):
        assert read(actor, made) == b"1" * 100 + b"2" * 100
    assert not Upload.objects.exists()


def test_an_upload_given_up_while_it_is_joined(ada):
    actor, sent = ada
    for n in range(TIMES):
        join = sent(f"f{n}")
        made, ended = at_once(join, lambda n=n: uploads.give_up(actor, f"f{n}"))
        assert refused([made, ended])
        assert_one_won(actor, made, ended)


def test_an_upload_that_expires_while_it_is_joined(ada):
    actor, sent = ada
    for n in range(TIMES):
        join = sent(f"f{n}")
        Upload.objects.update(used_at=clock.now() - uploads.UNUSED * 2)
        upload = uploads.one(actor, f"f{n}").id
        assert_one_won(actor, *at_once(join, lambda upload=upload: uploads.expire(upload)))


def test_an_upload_whose_client_comes_back_does_not_expire(ada):
    actor, sent = ada
    join = sent("late")
    Upload.objects.update(used_at=clock.now() - uploads.UNUSED * 2)
    (doomed,) = uploads.expired()
    uploads.keep(actor, "late", "3", stored(b""))
    uploads.expire(doomed)
    assert read(actor, join()) == b"1" * 100 + b"2" * 100

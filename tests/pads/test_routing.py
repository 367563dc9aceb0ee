"""Several processes hold pads behind a front server, configured as docs/operators/pads.md says: who is at one pad meets in one process."""

import contextlib
import copy
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kills.test_pads_killed import come
from tests.pads.typists import Events, Typist, make
from tests.servers import free_port, need, postgresql, running, wait_until
from tests.sites import Site

SAID = (Path(__file__).parents[2] / "docs/operators/pads.md").read_text()
MET, MORE = 4, 40  # pads where several meet; and others, so that each process surely has some
AROUND = """
daemon off; pid nginx.pid; error_log stderr crit; worker_processes 1;
events {{ }}
http {{
    access_log off; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fast; uwsgi_temp_path u; scgi_temp_path s;
    {0}
}}
"""
OWNERS = "from cartable.pads.models import Owner; print(*Owner.objects.filter(until__gt=0).values_list('process', flat=True))"


@contextlib.contextmanager
def front(folder, ports):
    """Run nginx as the operators' page says, at other ports; yield its own."""
    (said,) = re.findall(r"```nginx\n(.*?)```", SAID, re.DOTALL)
    ports = {80: free_port(), **ports}
    said = said.replace("listen 80;", f"listen 127.0.0.1:{ports[80]};")
    for told in (8000, 8101, 8102):
        assert f":{told};" in said
        said = said.replace(f":{told};", f":{ports[told]};")
    (folder / "nginx.conf").write_text(AROUND.format(said))
    command = [need("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with running(command, lambda: socket.create_connection(("127.0.0.1", ports[80])).close()):
        yield ports[80]


@contextlib.contextmanager
def sockets(site):
    """Run a process that holds sockets; yield it and its port."""
    port = free_port()
    command = [sys.executable, "-m", "cartable", "serve", "--only", "sockets"]
    process = subprocess.Popen(command, env=site.env | {"CARTABLE_PORT": str(port)}, start_new_session=True)
    try:
        wait_until(lambda: socket.create_connection(("127.0.0.1", port)).close(), process)
        yield process, port
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.once  # it is on PostgreSQL whatever the run
def test_who_is_at_one_pad_meets_in_one_process_and_comes_back_when_it_dies(tmp_path, redis_address):
    (tmp_path / "front").mkdir()
    with contextlib.ExitStack() as stack:
        given = {"CARTABLE_DATABASE": stack.enter_context(postgresql()), "CARTABLE_REALTIME": redis_address}
        site = Site(tmp_path / "data", **given, CARTABLE_PROXIES="127.0.0.1")
        (one, first), (_, second) = (stack.enter_context(sockets(site)) for _ in range(2))
        site.start()
        stack.callback(site.kill)
        there = copy.copy(site)
        there.port = stack.enter_context(front(tmp_path / "front", {8000: site.port, 8101: first, 8102: second}))
        nodes = [make(there, f"{n}.md") for n in range(MET + MORE)]
        alone = [come(there, node) for node in nodes[MET:]]
        here = {
            node: [Typist(there, node), Typist(there, node), Typist(there, node, by=Events)] for node in nodes[:MET]
        }
        for people in here.values():
            for who in people:
                who.until(lambda who=who: who.ready)
            for n, who in enumerate(people):
                who.text.insert(0, f"⟦{n}⟧")
                who.kept()
            for who in people:
                who.until(lambda who=who: all(f"⟦{n}⟧" in str(who) for n in range(3)))
        owners = site.command("shell", "-v", "0", "-c", OWNERS).split()
        assert (len(owners), len(set(owners))) == (MET + MORE, 2)
        for who in alone:
            who.leave()
        os.killpg(one.pid, signal.SIGKILL)
        one.wait()
        for node, (who, *others) in here.items():
            for each in (who, *others):
                each.leave()
            who.text.insert(0, "après ")
            back = come(there, node, who.doc)
            back.kept()
            back.leave()
            assert str(come(there, node)) == str(who)

"""The example that needs PyNaCl."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from .test_examples import EXAMPLES, finish, start

RESULT = r"^ok: 3 parts, 6 messages, \S+ s: anna got 3 answers as soon as she was known, mallory none$"


@pytest.mark.parametrize("transport", ["tcp", "ipc"])
def test_whom_the_server_knows_gets_answers(transport: str, endpoint_of: Callable[[str], str]) -> None:
    code, output = finish(start(EXAMPLES / "curve/run.py", "--endpoint", endpoint_of(transport)))
    assert code == 0, output
    assert re.search(RESULT, output, re.M), output
    assert "Traceback" not in output


def test_a_stranger_gives_up(endpoint_of: Callable[[str], str]) -> None:
    """Part by part: nobody has said who it is."""
    server = start(EXAMPLES / "curve/server.py", "--endpoint", endpoint_of("tcp"), "--known", "/nonexistent")
    try:
        assert server.stdout is not None
        said = [server.stdout.readline() for _ in range(2)]
        endpoint = said[1].split()[-1]
        told = ["--endpoint", endpoint, "--server", said[0].split()[-1], "--tries", "1"]
        client = start(EXAMPLES / "curve/client.py", *told)
        code, output = finish(client)
    finally:
        server.kill()
        server.communicate()
    assert code == 0, output
    assert "turned away with 400" in output

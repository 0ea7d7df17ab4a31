"""The examples do what their pages say: together, part by part, over every transport, and when something is wrong."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
WITHIN = 40  # seconds

RESULTS = {
    "pair": r"^ok: 2 parts, 35 messages, \S+ s: 24 readings one way, 8 alarms the other$",
    "request_reply": r"^ok: 4 parts, 24 messages, \S+ s: 12 replies: 4 by anna, 4 by bruno, 4 by carla$",
    "push_pull": r"^ok: 5 parts, 80 messages, \S+ s: 17984 primes in 40 tasks: .+ by anna, .+ by bruno, .+ by carla$",
    "pub_sub": r"^ok: 4 parts, \d+ messages, \S+ s: each heard its topics; who came late missed the first \d+$",
    "dealer_router": r"^ok: 5 parts, 48 messages, \S+ s: 20 replies, \d+ times out of order, and 4 in turn$",
    "client_server": r"^ok: 4 parts, 42 messages, \S+ s: 3 countdowns at once, 39 numbers in order$",
    "radio_dish": r"^ok: 3 parts, \d+ messages, \S+ s: each heard the groups that it joined$",
    "stream": r"^ok: 4 parts, 24 messages, \S+ s: 12 pages, each by a connection of its own$",
}


def start(script: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a script in a process group of its own, warnings being errors."""
    return subprocess.Popen(
        [sys.executable, "-u", str(script), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**os.environ, "PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1"},
    )


def finish(process: subprocess.Popen[str], within: float = WITHIN) -> tuple[int, str]:
    """The exit code and the output of a process, of whose group nothing is left."""
    try:
        output, _ = process.communicate(timeout=within)
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)
    finally:
        end_group(process)
    return process.returncode, output


def end_group(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


@pytest.mark.parametrize("transport", ["tcp", "ipc", "inproc"])
@pytest.mark.parametrize("pattern", RESULTS)
def test_an_example_reaches_its_result(
    pattern: str, transport: str, endpoint_of: Callable[[str], str], short_path: Path
) -> None:
    code, output = finish(start(EXAMPLES / pattern / "run.py", "--endpoint", endpoint_of(transport)))
    assert code == 0, output
    assert re.search(RESULTS[pattern], output, re.M), output
    assert "Traceback" not in output
    assert "Exception ignored" not in output
    assert not list(short_path.iterdir())


def test_radio_and_dish_over_udp() -> None:
    code, output = finish(start(EXAMPLES / "radio_dish/run.py", "--endpoint", "udp://127.0.0.1:*"))
    assert code == 0, output
    assert re.search(RESULTS["radio_dish"], output, re.M), output


@pytest.mark.parametrize("first", ["server.py", "client.py"])
def test_two_terminals_meet_in_any_order(first: str, endpoint_of: Callable[[str], str]) -> None:
    endpoint = endpoint_of("ipc")
    scripts = [first, {"server.py": "client.py", "client.py": "server.py"}[first]]
    processes = {script: start(EXAMPLES / "pair" / script, "--endpoint", endpoint) for script in scripts}
    try:
        ended = {script: process.communicate(timeout=WITHIN)[0] for script, process in processes.items()}
    finally:
        for process in processes.values():
            end_group(process)
    assert [process.returncode for process in processes.values()] == [0, 0], ended
    assert f"listening at {endpoint}\n" in ended["server.py"]
    assert "sent 24 readings, heard 8 alarms" in ended["client.py"]


@pytest.mark.parametrize(
    ("binder", "connector"),
    [
        ("pair/server.py", "pair/client.py"),
        ("request_reply/server.py", "request_reply/client.py"),
        ("push_pull/ventilator.py", "push_pull/worker.py"),
        ("push_pull/sink.py", "push_pull/worker.py"),
        ("pub_sub/publisher.py", "pub_sub/subscriber.py"),
        ("dealer_router/broker.py", "dealer_router/client.py"),
        ("dealer_router/broker.py", "dealer_router/req_client.py"),
        ("dealer_router/broker.py", "dealer_router/worker.py"),
        ("dealer_router/broker.py", "dealer_router/rep_worker.py"),
        ("client_server/server.py", "client_server/client.py"),
        ("radio_dish/dish.py", "radio_dish/radio.py"),
        ("stream/server.py", "stream/visitor.py"),
    ],
)
def test_parts_meet_without_arguments(binder: str, connector: str) -> None:
    """What connects does so, by default, to where the other binds."""
    bound, connected = (
        set(re.findall(r"tcp://[\d.]+:\d+", (EXAMPLES / script).read_text())) for script in (binder, connector)
    )
    assert bound & connected
    assert len(bound | connected) == max(len(bound), len(connected))


@pytest.mark.timeout(3 * WITHIN + 20)
def test_the_demo_sums_up_every_example() -> None:
    code, output = finish(start(EXAMPLES / "demo.py"), 3 * WITHIN)  # all of them, one after the other
    assert code == 0, output
    table = output.split("pattern ")[-1].splitlines()[2:]
    assert [(row.split()[0], row.split()[-1]) for row in table] == [(pattern, "yes") for pattern in RESULTS]


def test_the_demo_fails_with_its_examples() -> None:
    code, output = finish(start(EXAMPLES / "demo.py", "--endpoint", "nonsense://x"))
    assert code == 1, output
    table = output.split("pattern ")[-1].splitlines()[2:]
    assert [(row.split()[0], row.split()[-1]) for row in table] == [(pattern, "NO") for pattern in RESULTS]


@pytest.mark.parametrize(
    ("script", "right", "wrong", "complaint"),
    [
        ("pair/server.py", "readings[-1] > LIMIT", "readings[-1] > LIMIT + 1", "wrong alarms"),
        ("request_reply/server.py", "[*factors, number]", "[*factors, number + 1]", "is wrong about"),
        ("push_pull/worker.py", "number > 1", "number > 2", "there are 17984 primes below 200000, not 17983"),
        ("pub_sub/publisher.py", "range(1, rounds + 1)", "range(1, rounds + 1, 2)", "ended without saying"),
        ("dealer_router/worker.py", "challenge, solution, name", "challenge, b'0', name", "worker did not solve"),
        ("client_server/server.py", "= number - 1", "= number - 2", "that is no countdown"),
        ("stream/server.py", "int(number) ** 2", "int(number) ** 3", "wrong page for"),
        ("radio_dish/radio.py", 'b"%d" % number', 'b"%d" % (2 * number)', "ended without saying"),
    ],
)
def test_a_wrong_result_is_a_failure(script: str, right: str, wrong: str, complaint: str, tmp_path: Path) -> None:
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    broken = tmp_path / "examples" / script
    assert right in broken.read_text()
    broken.write_text(broken.read_text().replace(right, wrong))
    code, output = finish(start(broken.parent / "run.py"))
    assert code == 1, output
    assert complaint in output
    assert "\nFAILED: " in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_no_part_outlives_an_interruption(number: int) -> None:
    process = start(EXAMPLES / "pub_sub/run.py")
    deadline = threading.Timer(WITHIN, end_group, [process])
    deadline.start()
    try:
        assert process.stdout is not None
        assert any("oslo.wind" in line for line in process.stdout)
        process.send_signal(number)
        code, output = finish(process)
    finally:
        deadline.cancel()
        deadline.join()
        end_group(process)
    assert code == 128 + number, output
    assert "Traceback" not in output

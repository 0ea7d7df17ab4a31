"""Multicast in earnest: in a network namespace of its own, which is gone with its process."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Addresses without the detection of duplicates, which would take a second.
SETTING = """
set -e
ip link set lo up
ip link add v0 type veth peer name v1
ip link set v0 addrgenmode none
ip addr add fe80::1/64 dev v0 nodad
ip addr add 10.1.2.3/24 dev v0
ip link set v0 up
ip link set v1 up
echo ready
exec "$@"
"""


def alone(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["unshare", "-rn", "sh", "-c", SETTING, "sh", *command], cwd=ROOT, capture_output=True, text=True, timeout=40
    )


def namespaces() -> bool:
    return bool(shutil.which("unshare") and shutil.which("ip")) and alone("true").stdout == "ready\n"


@pytest.mark.parametrize(
    "addresses",
    [["v0;239.1.2.3", "10.1.2.3;239.1.2.3"], ["v0;[ff02::7]", "[ff02::7%v0]", "v0;[ff05::7]"]],
    ids=["IPv4", "IPv6"],
)
def test_a_group_and_who_is_left_out(addresses: list[str]) -> None:
    if not namespaces():
        pytest.skip("no network namespaces")
    done = alone(sys.executable, "-m", "tests.support.multicast_program", *addresses)
    assert done.stdout == "ready\nok\n", done.stdout + done.stderr

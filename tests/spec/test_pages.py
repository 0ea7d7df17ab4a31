"""Every statement of docs/spec has a test, every test names statements that exist, and the map of both is right."""

from __future__ import annotations

from . import pages

AGAIN = "run `make spec` and commit what it writes"


def test_tests_name_statements_that_exist() -> None:
    assert not pages.unknown()


def test_the_map_is_up_to_date() -> None:
    assert pages.MAP.read_text() == pages.rendered_map(), AGAIN


def test_every_statement_has_a_test() -> None:
    assert pages.untested() == []


def test_every_test_says_what_it_tests() -> None:
    """This module apart, no test stands here that names no statement."""
    silent = [f"{file}::{name}" for file, name, numbers in pages.all_tests() if not numbers]
    assert [test for test in silent if not test.startswith("test_pages.py")] == []


def test_texts_are_read_as_they_are_written() -> None:
    found = pages.all_statements()
    assert found["P1.6"] == "0 = unlimited."
    assert found["R1.3"].startswith("| ETERM | 156384765")
    assert found["O1.59"] == found["O1.58"]

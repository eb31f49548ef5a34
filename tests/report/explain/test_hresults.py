"""A Windows code is known in every form; one that nobody knows is taken apart."""

from __future__ import annotations

import time

import pytest
from tests.report.explain.noise import noisy

from poolshift.catalog import load_catalog
from poolshift.report.explain import explain
from poolshift.rules.registry import RULES

CATALOG = load_catalog()
KNOWN = [(h, r.code) for r in CATALOG.errors.errors for h in r.hresults]


def forms(code: str) -> tuple[str, ...]:
    value = int(code, 16)
    return (code, code.upper().replace("X", "x"), f"{value:X}", str(value), str(value - 2**32))


@pytest.mark.parametrize(("code", "answer"), KNOWN, ids=[h for h, _ in KNOWN])
def test_known_code_is_found_in_every_form(code: str, answer: str) -> None:
    written = forms(code) if int(code, 16) >= 2**31 else (code,)
    for form in written:
        for text in (form, noisy(f"hcs failed: ({form}): unknown")):
            assert [a.id for a in explain(text, CATALOG, RULES).answers][:1] == [answer], text


@pytest.mark.parametrize("code", sorted(CATALOG.errors.hresults.names))
def test_named_code_says_what_happened_and_that_the_cause_is_open(code: str) -> None:
    document = explain(noisy(f"exit status {code}"), CATALOG, RULES)
    assert document.known
    assert document.answers[0].id == code
    assert CATALOG.errors.hresults.names[code] in document.answers[0].what
    assert "not why" in document.answers[0].why


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("0x80071234", ("HRESULT", "Win32", "0x1234 (4660)")),
        ("0xc0371234", ("NTSTATUS", "host compute service")),
        ("0x803b1234", ("HRESULT", "host network service")),
        ("0xc0deadaf", ("NTSTATUS", "0xde, which is not known")),
    ],
)
def test_unknown_code_is_taken_apart(code: str, words: tuple[str, ...]) -> None:
    for text in (code, noisy(f"failed with {code}")):
        document = explain(text, CATALOG, RULES)
        assert not document.known
        assert document.answers[0].id == code
        assert "cause is unknown" in document.answers[0].why
        for word in words:
            assert word in document.answers[0].what


@pytest.mark.parametrize(
    "text",
    [
        "at 0xc000012340 in main",
        "goroutine at 0xc0deadaf of the heap map of main.go in a line without the words that matter"
        " to anybody, which is long enough to be no short message",
        "build 1070137087 done",
        "sha c0ffee12",
        "0x7fffffff",
    ],
)
def test_addresses_hashes_and_numbers_are_no_codes(text: str) -> None:
    assert explain(text, CATALOG, RULES).answers == ()


def test_many_numbers_that_look_like_codes_cost_little() -> None:
    text = "\n".join(
        f"error at 0xc{n:07x} and 8{n:07x} and {2 * 10**9 + n}" for n in range(10**6, 10**6 + 60000)
    )
    began = time.perf_counter()
    document = explain(text, CATALOG, RULES)
    assert time.perf_counter() - began < 10
    assert not document.known

"""Any bytes become a text that can be searched, with positions that lead back to its lines."""

from __future__ import annotations

import pytest

from poolshift.report.explain.text import LONGEST, decode, prepare

WORDS = "0xc0370101 and \u2018quotes\u2019"


@pytest.mark.parametrize(
    "data",
    [
        WORDS.encode(),
        b"\xef\xbb\xbf" + WORDS.encode(),
        WORDS.encode("utf-16"),
        b"\xfe\xff" + WORDS.encode("utf-16-be"),
    ],
    ids=["utf-8", "utf-8-mark", "utf-16", "utf-16-be"],
)
def test_every_encoding_is_read(data: bytes) -> None:
    assert decode(data) == WORDS


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_seen_by_its_zeros(encoding: str) -> None:
    assert decode("plain 0xc0370101".encode(encoding)) == "plain 0xc0370101"


def test_no_bytes_are_an_error() -> None:
    assert decode(b"") == ""
    assert "\ufffd" in decode(bytes(range(128, 256)))


def test_escapes_line_ends_and_quotes_are_made_plain() -> None:
    text = prepare("\x1b[31mred\x1b[0m  one\r\n\x1b]0;title\x07two\rthree \u201cx\u201d\x00")
    assert text.lines == ("red  one", "two", 'three "x" ')
    assert text.flat == 'red one\ntwo\nthree "x"'


def test_escapes_of_json_are_resolved_and_others_stay() -> None:
    assert prepare('{"message":"no \\"x\\"\\nnext \\u0027y\\u0027"}').flat.endswith("next 'y'\"}")
    assert "C:\\new" in prepare("open C:\\new").flat


def test_a_position_leads_back_to_its_line() -> None:
    text = prepare("first\n\n   second   line\n\nthird")
    for word, line in (("first", 0), ("second", 2), ("line", 2), ("third", 4)):
        assert text.line_at(text.flat.index(word)) == line


def test_both_forms_have_the_same_positions() -> None:
    text = prepare("İstanbul ẞ \u00a0 Übung KÖLN")
    assert len(text.low) == len(text.flat)


def test_what_is_too_long_is_cut_and_said() -> None:
    assert prepare("x" * (LONGEST + 1)).truncated
    assert not prepare("x" * 10).truncated

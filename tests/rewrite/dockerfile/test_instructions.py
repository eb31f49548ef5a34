"""A Dockerfile is cut into instructions as its builder cuts it."""

from __future__ import annotations

import pytest

from poolshift.rewrite.dockerfile.instructions import escape_of, instructions
from poolshift.rewrite.dockerfile.words import split_flags, split_quoted
from poolshift.rewrite.splices import Text


def cut(text: str) -> list[tuple[str, int]]:
    return [(i.keyword, i.line) for i in instructions(Text(text))]


ESCAPES = {
    "first-line": ("# escape=`\n", "`"),
    "capitals-and-blanks": ("#  ESCAPE = `  \nFROM a\n", "`"),
    "byte-order-mark": ("\ufeff# escape=`\n", "`"),
    "carriage-return": ("# escape=`\r\n", "`"),
    "after-another-directive": ("# syntax=docker/dockerfile:1\n# check=skip=all\n#escape=`\n", "`"),
    "after-a-blank-line": ("\n# escape=`\n", "\\"),
    "after-a-comment": ("# hello\n# escape=`\n", "\\"),
    "after-an-unknown-directive": ("# unknown=1\n# escape=`\n", "\\"),
    "after-an-instruction": ("FROM a\n# escape=`\n", "\\"),
    "no-such-character": ("# escape=x\n", "\\"),
}


@pytest.mark.parametrize("name", ESCAPES)
def test_escape_character_is_chosen_at_the_very_top(name: str) -> None:
    text, wanted = ESCAPES[name]
    assert escape_of(Text(text)) == wanted


CUTS = {
    "comments-and-blanks": ("# a\n\nFROM a\n  # b\nRUN c", [("FROM", 3), ("RUN", 5)]),
    "continued": ("FROM \\\n  a\nRUN b", [("FROM", 1), ("RUN", 3)]),
    "continued-with-blanks-behind": ("FROM \\ \t\n  a\nRUN b", [("FROM", 1), ("RUN", 3)]),
    "continued-over-comment-and-blank-line": (
        "RUN a \\\n# FROM x\n\n   # FROM y\n  b\nRUN c",
        [("RUN", 1), ("RUN", 6)],
    ),
    "two-escape-characters-are-an-escaped-one": (
        "COPY a C:\\\\b\\\\\nFROM b",
        [("COPY", 1), ("FROM", 2)],
    ),
    "windows-path-swallows-the-next-line": (
        "COPY a C:\\\nFROM b\nRUN c",
        [("COPY", 1), ("RUN", 3)],
    ),
    "backtick": (
        "# escape=`\nCOPY a C:\\\nRUN a `\n b\nFROM c",
        [("COPY", 2), ("RUN", 3), ("FROM", 5)],
    ),
    "carriage-returns": ("FROM a \\\r\n AS b\r\nRUN c\r\n", [("FROM", 1), ("RUN", 3)]),
    "lower-case": ("from a\nonbuild copy --from=b c d", [("FROM", 1), ("COPY", 2)]),
    "onbuild-from-names-no-image": ("ONBUILD FROM a", [("", 1)]),
    "heredoc": ("RUN <<EOF\nFROM a\nEOF\nFROM b", [("RUN", 1), ("FROM", 4)]),
    "heredoc-ends-on-its-word-alone": (
        "RUN <<EOF\nFROM a\n EOF\nEOF \nFROM b\nEOF\nFROM c",
        [("RUN", 1), ("FROM", 7)],
    ),
    "heredoc-without-leading-tabs": (
        "RUN <<-EOF\nFROM a\n\t\tEOF\nFROM b",
        [("RUN", 1), ("FROM", 4)],
    ),
    "heredoc-keeps-tabs": (
        "RUN <<EOF\nFROM a\n\tEOF\nFROM b\nEOF\nRUN c",
        [("RUN", 1), ("RUN", 6)],
    ),
    "heredocs": (
        "COPY <<A <<'B b' /x\nFROM a\nA\nFROM b\nB b\nFROM c",
        [("COPY", 1), ("FROM", 6)],
    ),
    "heredoc-with-number": ("RUN cat 3<<EOF\nFROM a\nEOF\nFROM b", [("RUN", 1), ("FROM", 4)]),
    "heredoc-in-onbuild": ("ONBUILD RUN <<E\nFROM a\nE\nFROM b", [("RUN", 1), ("FROM", 4)]),
    "no-heredoc-in-the-middle-of-a-word": (
        "RUN cat<<EOF\nFROM a\nEOF\n",
        [("RUN", 1), ("FROM", 2), ("EOF", 3)],
    ),
    "no-heredoc-in-quotes": (
        "RUN echo ' <<EOF '\nFROM a\nEOF",
        [("RUN", 1), ("FROM", 2), ("EOF", 3)],
    ),
    "no-heredoc-in-the-exec-form": (
        'RUN ["a", "<<EOF"]\nFROM a\nEOF',
        [("RUN", 1), ("FROM", 2), ("EOF", 3)],
    ),
    "no-heredoc-without-an-end": ("RUN 1 << EOF\nFROM a", [("RUN", 1), ("FROM", 2)]),
    "no-heredoc-after-other-instructions": (
        "ENV a=b <<EOF\nFROM a\nEOF",
        [("ENV", 1), ("FROM", 2), ("EOF", 3)],
    ),
}


@pytest.mark.parametrize("name", CUTS)
def test_instructions_begin_where_the_builder_sees_them(name: str) -> None:
    text, wanted = CUTS[name]
    assert cut(text) == wanted


def test_every_character_keeps_its_place() -> None:
    text = "\ufeffFROM \\\r\n# no\r\n a:1 \\\n\n  AS b\n"
    (found,) = instructions(Text(text))
    assert found.text == "FROM  a:1   AS b"
    for span in found.spans:
        assert text[span.offset : span.offset + len(span.text)] == span.text
    (image,) = found.located(6, 9)
    assert text[image.offset : image.offset + 3] == image.text == "a:1"


FLAGS = {
    "none": ("FROM a", [], " a"),
    "equals": ("FROM --platform=linux a", [("platform", "linux")], " a"),
    "quotes": ('FROM --platform="linux amd64" a', [("platform", '"linux amd64"')], " a"),
    "next-word": ("FROM --platform linux a", [("platform", "linux")], " a"),
    "several": ("COPY --chown=a --from=b c", [("chown", "a"), ("from", "b")], " c"),
    "ended": ("RUN -- --from=b", [], " --from=b"),
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags_stand_before_all_else(name: str) -> None:
    text, wanted, rest = FLAGS[name]
    (found,) = instructions(Text(text))
    flags, at = split_flags(found)
    assert [(f.name, text[f.value.start : f.value.end]) for f in flags] == wanted
    assert text[at:] == rest


def test_words_of_arg_hold_together_in_quotes_and_behind_the_escape_character() -> None:
    (found,) = instructions(Text("ARG a=\"b c\" d='e \\' f=g\\ h i"))
    words = [found.text[w.start : w.end] for w in split_quoted(found, "\\")]
    assert words == ['a="b c"', "d='e \\'", "f=g\\ h", "i"]

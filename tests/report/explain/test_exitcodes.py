"""The end of a node's start script is known by name, and by number where that is what is meant."""

from __future__ import annotations

import pytest
from tests.report.explain.noise import noisy

from poolshift.catalog import load_catalog
from poolshift.report.explain import explain
from poolshift.rules.registry import RULES

CATALOG = load_catalog()
CODES = CATALOG.errors.windows_cse_exit_codes
ARM = (
    "VM has reported a failure when processing extension 'vmssCSE'. "
    "ExitCode: |{n}|, Output: |{name}|, Error: |no route|"
)


def ids(text: str) -> list[str]:
    return [a.id for a in explain(text, CATALOG, RULES).answers]


@pytest.mark.parametrize("number", sorted(CODES.codes))
def test_every_step_is_known_by_name_and_in_the_words_of_arm(number: int) -> None:
    name = CODES.codes[number]
    for text in (name, noisy(name), noisy(ARM.format(n=number, name=name))):
        assert ids(text) == [f"{name} ({number})"]
    answer = explain(name, CATALOG, RULES).answers[0]
    assert name.split("_ERROR_")[1].split("_")[0].lower() in answer.what
    assert "CustomDataSetupScript.log" in answer.fix
    assert answer.commands


@pytest.mark.parametrize(
    "text", ["exit code 35", "ExitCode: 35", "exit status 35", "CSE 35", "cse exit code 35."]
)
def test_bare_number_is_known_with_the_word(text: str) -> None:
    assert ids(text)[0] == "WINDOWS_CSE_ERROR_DOWNLOAD_CNI_PACKAGE (35)"


def test_number_without_a_name_is_known_in_the_line_of_the_extension() -> None:
    said = "extension 'vmssCSE': command terminated with exit status=35"
    assert ids(noisy(said))[:1] == ["WINDOWS_CSE_ERROR_DOWNLOAD_CNI_PACKAGE (35)"]


@pytest.mark.parametrize(
    "text",
    [
        "make: the tests ended with exit code 35",
        "container exited with exit status 5 after 3 s",
        "35",
        "extension 'vmssCSE' is fine\nthe job ended with exit code 35",
    ],
)
def test_other_programs_exit_too(text: str) -> None:
    assert not any("WINDOWS_CSE" in i for i in ids(text))


def test_linux_nodes_have_codes_of_their_own() -> None:
    assert ids("VMExtension script exit status 50") == ["OutboundConnFailVMExtensionError"]
    assert ids("exit code 50") == [
        "OutboundConnFailVMExtensionError",
        "WINDOWS_CSE_ERROR_NO_CSE_RESULT_LOG (50)",
    ]


def test_groups_and_their_help_go_together() -> None:
    assert set(CODES.groups) == set(CODES.group_help)
    assert {n for numbers in CODES.groups.values() for n in numbers} <= set(CODES.codes)

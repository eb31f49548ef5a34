"""Each rule refuses what it is for, in the service's words, and lets the rest pass."""

from __future__ import annotations

import re

import pytest
from tests.sim.arm.rules.bench import Case, made
from tests.sim.arm.rules.clustercases import CASES as CLUSTER_CASES
from tests.sim.arm.rules.poolcases import CASES as POOL_CASES

CASES = (*POOL_CASES, *CLUSTER_CASES)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_the_service_refuses_in_its_own_words(case: Case) -> None:
    reply = case.refused(made(case.world))
    body = reply.body.get("error", reply.body)
    assert (reply.status, body["code"]) == (case.status, case.code), body
    assert case.says in body["message"]
    assert re.search(r"<\w+>", body["message"]) is None


@pytest.mark.parametrize("case", [pytest.param(case, id=case.id) for case in CASES])
def test_what_differs_little_is_accepted(case: Case) -> None:
    reply = case.accepted(made(case.accepted_in or case.world))
    assert reply.status in (200, 201, 202), reply.body


def test_ids_of_cases_are_unique() -> None:
    assert len({case.id for case in CASES}) == len(CASES)

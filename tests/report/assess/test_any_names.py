"""Whatever a cluster is named by: every format is written, whole, and its reader can read it."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.report.assess.everything import EVIL, report
from tests.report.assess.test_html import Page
from tests.report.assess.test_sarif import validator

from poolshift.core.finding import (
    Assessment,
    ClusterReport,
    Deadline,
    DeadlineClaim,
    Evidence,
    Finding,
    Ignored,
    ImageReport,
    NotChecked,
    PoolReport,
    Severity,
    Summary,
    Verdict,
)
from poolshift.report.assess import FORMATS, format_named
from poolshift.report.assess.annotations import azure_lines, github_lines

WORDS = st.one_of(st.text(max_size=12), st.sampled_from([EVIL, "", "/", "a/b/c", "cluster", "::"]))
DAYS = st.dates().map(str)
CLAIMS = st.builds(DeadlineClaim, st.none() | DAYS, WORDS, DAYS, official=st.booleans())


def few(one: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(one, max_size=3).map(tuple)


FOUND = st.builds(
    Finding,
    rule=st.sampled_from(["PSW101", "PSK204"]),
    name=st.just("some-name"),
    severity=st.sampled_from(Severity),
    target=WORDS | WORDS.map(lambda w: f"pool/{w}") | WORDS.map(lambda w: f"file/{w}:3"),
    what=WORDS,
    why=WORDS,
    fix=WORDS | WORDS.map(lambda w: f"Run: kubectl get {w}; then: az x {w}"),
    deadline=st.none() | DAYS,
    evidence=few(st.builds(Evidence, WORDS, WORDS)),
    blocks=st.booleans(),
    pools=few(WORDS),
    ignored=st.none() | st.builds(Ignored, WORDS, st.none() | DAYS),
)
POOL = st.builds(
    PoolReport,
    name=WORDS,
    os_type=WORDS,
    os_sku=WORDS,
    build=WORDS,
    count=st.integers(0, 2000),
    vm_size=WORDS,
    vm_generation=WORDS,
    node_image_version=WORDS,
    deadlines=few(
        st.builds(Deadline, st.sampled_from(["patch", "scale"]), DAYS, WORDS, few(CLAIMS))
    ),
    mode=WORDS,
    kubernetes_version=WORDS,
    owner=WORDS,
)
ANY = st.builds(
    Assessment,
    as_of=DAYS,
    cluster=st.builds(ClusterReport, WORDS, WORDS, WORDS, WORDS),
    pools=few(POOL),
    findings=st.lists(FOUND, max_size=12).map(tuple),
    not_checked=few(st.builds(NotChecked, st.just("PSW104"), WORDS, WORDS)),
    images=few(
        st.builds(
            ImageReport,
            WORDS,
            few(WORDS),
            st.integers(0, 10**10),
            few(WORDS),
            st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(Verdict)),
        )
    ),
    summary=st.just(Summary(0, 0, 0)),
)


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(assessment=ANY)
def test_every_format_is_written_and_read(name: str, assessment: Assessment) -> None:
    data = format_named(name).render(report(assessment))
    text = data.decode()
    assert text.endswith("\n")
    assert not re.search(r"##(vso)?\[", text)
    if name == "json":
        json.loads(text)
    else:
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e]", text)
    if name == "sarif":
        assert validator().is_valid(json.loads(text))
    if name == "junit":
        ET.fromstring(data)
    if name == "html":
        Page(text)


@settings(max_examples=20, deadline=None)
@given(assessment=ANY)
def test_a_mark_on_a_build_is_one_line(assessment: Assessment) -> None:
    for line in (*github_lines(assessment), *azure_lines(assessment)):
        assert len(line.splitlines()) == 1

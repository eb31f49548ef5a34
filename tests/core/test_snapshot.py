"""The snapshot's file form."""

from __future__ import annotations

import gzip
import json

import pytest
from tests.rig import Rig

from poolshift.core.errors import UsageError
from poolshift.core.snapshot import Snapshot, dump_snapshot, load_snapshot


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return Rig().snapshot()


def test_it_comes_back_as_it_was_and_the_same_snapshot_gives_the_same_bytes(
    snapshot: Snapshot,
) -> None:
    data = dump_snapshot(snapshot)
    assert load_snapshot(data) == snapshot
    assert dump_snapshot(load_snapshot(data)) == data


def test_it_may_be_kept_uncompressed(snapshot: Snapshot) -> None:
    assert load_snapshot(gzip.decompress(dump_snapshot(snapshot))) == snapshot


def changed(data: bytes, **keys: object) -> bytes:
    return json.dumps({**json.loads(gzip.decompress(data)), **keys}).encode()


def test_what_is_no_snapshot_is_refused_with_a_reason(snapshot: Snapshot) -> None:
    data = dump_snapshot(snapshot)
    cases = {
        "truncated": (data[: len(data) // 2], "PSE110"),
        "flipped": (data[:100] + b"\0\0\0\0" + data[104:], "PSE110"),
        "empty": (b"", "PSE110"),
        "text": (b"schema: x", "PSE110"),
        "list": (b"[]", "PSE110"),
        "other schema": (changed(data, schema="poolshift.snapshot/2"), "PSE111"),
        "no schema": (b"{}", "PSE111"),
        "no time": (changed(data, captured_at="yesterday"), "PSE110"),
        "wrong type": (changed(data, pools=7), "PSE110"),
        "unknown key of a part": (changed(data, cluster={"id": "x", "nope": 1}), "PSE110"),
    }
    for name, (text, code) in cases.items():
        with pytest.raises(UsageError) as caught:
            load_snapshot(text, name=name)
        assert (name, caught.value.code) == (name, code)
        assert name in caught.value.what


def test_lookups(snapshot: Snapshot) -> None:
    pool = snapshot.pool("wspool")
    assert pool is not None
    assert len(snapshot.nodes_of("wspool")) == pool.count == 3
    workload = snapshot.workload("default/Deployment/sample")
    assert workload is not None
    assert (workload.namespace, workload.kind, workload.name) == ("default", "Deployment", "sample")
    assert snapshot.pool("none") is None
    assert snapshot.unknown_reason("nothing") is None

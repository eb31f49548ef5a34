"""DaemonSets stay; those that are tied to a version get a copy when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

AGENT = """\
# the node's log agent
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: agent
  labels:
    app: agent
spec:
  selector:
    matchLabels:
      app: agent
  template:
    metadata:
      labels:
        app: agent
    spec:
      nodeSelector:
        kubernetes.io/os: windows
      containers:
      - name: agent
        image: mcr.microsoft.com/windows/servercore:ltsc2019 # small
"""
PIN = "        kubernetes.azure.com/os-sku: Windows2019\n"
PINNED = AGENT.replace("os: windows\n", f"os: windows\n{PIN}")


def rules(result: FileResult) -> list[tuple[int, str]]:
    return [(n.line, n.rule) for n in result.needs]


def test_tied_daemon_set_is_left_and_named(rewrite: Rewrite) -> None:
    result = rewrite("agent.yaml", AGENT.encode())
    assert result.edits == ()
    assert rules(result) == [(21, "daemon-build")]


def test_daemon_set_that_runs_on_both_is_left(rewrite: Rewrite) -> None:
    text = AGENT.replace("ltsc2019", "ltsc2022")
    result = rewrite("agent.yaml", text.encode(), to="Windows2025")
    assert (result.edits, result.needs) == ((), ())
    assert any("Windows Server 2022" in r or "ltsc2025" in r for r in result.reasons)


def test_daemon_set_of_unknown_image_is_named(rewrite: Rewrite) -> None:
    text = AGENT.replace("mcr.microsoft.com/windows/servercore:ltsc2019", "shop.azurecr.io/a:1")
    assert rules(rewrite("agent.yaml", text.encode())) == [(21, "daemon-image")]


def test_host_process_daemon_set_is_left(rewrite: Rewrite) -> None:
    host = "      securityContext: {windowsOptions: {hostProcess: true}}\n"
    text = AGENT.replace("      containers:", f"{host}      containers:")
    result = rewrite("agent.yaml", text.encode())
    assert (result.edits, result.needs) == ((), ())


def test_guard_leaves_daemon_sets_alone(rewrite: Rewrite) -> None:
    result = rewrite("agent.yaml", AGENT.encode(), guard="a=b:NoSchedule")
    assert result.edits == ()


def test_pinned_daemon_set_is_named_at_its_pin(rewrite: Rewrite) -> None:
    assert rules(rewrite("agent.yaml", PINNED.encode())) == [
        (19, "daemon-pin"),
        (22, "daemon-build"),
    ]


def copies(result: FileResult) -> list[dict[str, object]]:
    return [d for d in yaml.safe_load_all(result.data.decode()) if d]


@pytest.mark.parametrize("text", [AGENT, PINNED], ids=["unpinned", "pinned"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize("after", ["", "---\nkind: Service\nmetadata: {name: x}\n"])
def test_copy_is_a_further_document(rewrite: Rewrite, text: str, end: str, after: str) -> None:
    source = (text + after).replace("\n", end)
    result = rewrite("agent.yaml", source.encode(), copies=True)
    old, new, *rest = copies(result)
    assert [old, *rest] == list(yaml.safe_load_all(source))
    assert new["metadata"]["name"] == "agent-ltsc2022"  # type: ignore[index]
    spec = new["spec"]["template"]["spec"]  # type: ignore[index]
    assert spec["nodeSelector"] == {
        "kubernetes.io/os": "windows",
        "kubernetes.azure.com/os-sku": "Windows2022",
    }
    assert spec["containers"][0]["image"] == "mcr.microsoft.com/windows/servercore:ltsc2022"
    labels = {"app": "agent", "poolshift.io/os-sku": "Windows2022"}
    assert new["spec"]["selector"]["matchLabels"] == labels  # type: ignore[index]
    assert new["spec"]["template"]["metadata"]["labels"] == labels  # type: ignore[index]
    assert b"# small" in result.data
    assert result.data.count(b"\r\n") == (result.data.count(b"\n") if end == "\r\n" else 0)


def test_copy_of_a_document_without_a_final_newline(rewrite: Rewrite) -> None:
    result = rewrite("agent.yaml", AGENT.rstrip("\n").encode(), copies=True)
    assert len(copies(result)) == 2
    assert not result.data.endswith(b"\n")


def test_old_one_that_is_not_pinned_must_keep_away_from_the_new_nodes(rewrite: Rewrite) -> None:
    done = rewrite("agent.yaml", AGENT.encode(), copies=True)
    assert rules(rewrite("agent.yaml", done.data)) == [(21, "daemon-unpinned")]
    done = rewrite("agent.yaml", PINNED.encode(), copies=True)
    assert rules(rewrite("agent.yaml", done.data)) == []


NO_COPY = {
    "flow": "{apiVersion: apps/v1, kind: DaemonSet, metadata: {name: a}, spec: {template: {spec: "
    "{nodeSelector: {kubernetes.io/os: windows}, containers: "
    "[{image: mcr.microsoft.com/windows/servercore:ltsc2019}]}}}}\n",
    "list": "apiVersion: v1\nkind: List\nitems:\n- "
    + AGENT.split("\n", 1)[1].replace("\n", "\n  ").rstrip()
    + "\n",
    "unknown image": AGENT.replace("mcr.microsoft.com/windows/servercore:ltsc2019", "shop/a:1"),
    "flow labels": AGENT.replace("matchLabels:\n      app: agent", "matchLabels: {app: agent}"),
    "no labels": AGENT.replace("    metadata:\n      labels:\n        app: agent\n", ""),
    "anchor": AGENT.replace("name: agent\n  labels", "name: &n agent\n  labels"),
}


@pytest.mark.parametrize("name", NO_COPY)
def test_copy_that_a_machine_cannot_write_is_a_persons(name: str, rewrite: Rewrite) -> None:
    result = rewrite("agent.yaml", NO_COPY[name].encode(), copies=True)
    assert result.edits == ()
    assert "no-copy" in [n.rule for n in result.needs]


def test_affinity_pin_to_another_version_is_named(rewrite: Rewrite) -> None:
    term = "[{key: kubernetes.azure.com/os-sku, operator: In, values: [Windows2019]}]"
    affinity = (
        "      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
        f"{{nodeSelectorTerms: [{{matchExpressions: {term}}}]}}}}}}\n"
    )
    text = AGENT.replace("      nodeSelector:\n        kubernetes.io/os: windows\n", affinity)
    assert rules(rewrite("agent.yaml", text.encode())) == [(17, "daemon-pin"), (20, "daemon-build")]


def test_copy_of_one_that_is_pinned_by_affinity(rewrite: Rewrite) -> None:
    affinity = """\
      affinity:
        nodeAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
            nodeSelectorTerms:
            - matchExpressions:
              - key: kubernetes.azure.com/os-sku
                operator: In
                values: [Windows2019]
"""
    text = AGENT.replace("      nodeSelector:\n        kubernetes.io/os: windows\n", affinity)
    result = rewrite("agent.yaml", text.encode(), copies=True)
    _, new = copies(result)
    assert "Windows2019" not in str(new)
    assert "nodeSelector:" not in result.data.decode()
    assert rules(rewrite("agent.yaml", result.data)) == []


GUARD = "green=yes:NoSchedule"


def test_copy_tolerates_the_guard(rewrite: Rewrite) -> None:
    result = rewrite("agent.yaml", AGENT.encode(), copies=True, guard=GUARD)
    old, new = copies(result)
    assert "tolerations" not in str(old)
    assert "'key': 'green'" in str(new)


def test_one_that_stays_and_does_not_tolerate_the_guard_is_named(rewrite: Rewrite) -> None:
    text = AGENT.replace("ltsc2019", "ltsc2022")
    assert rules(rewrite("agent.yaml", text.encode())) == []
    assert [r for _, r in rules(rewrite("agent.yaml", text.encode(), guard=GUARD))] == [
        "toleration"
    ]

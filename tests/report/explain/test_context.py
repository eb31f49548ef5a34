"""Whose pod, which node and which image a message is about is read from what surrounds it."""

from __future__ import annotations

from poolshift.catalog import load_catalog
from poolshift.report.explain import Explanation, explain
from poolshift.report.explain.context import image_build
from poolshift.rules.registry import RULES

CATALOG = load_catalog()
MISMATCH = (
    "failed to create containerd task: failed to create shim task: hcs::CreateComputeSystem c: "
    "The container operating system does not match the host operating system. (0xc0370101): unknown"
)
BACK_OFF = "Back-off restarting failed container cart in pod"


def described(pod: str, image: str, node: str, message: str, namespace: str = "shop") -> str:
    """What `kubectl describe pod` prints, as far as it matters."""
    return f"""\
Name:             {pod}
Namespace:        {namespace}
Node:             {node}/10.224.0.33
Labels:           app=cart
Controlled By:    ReplicaSet/{pod.rpartition("-")[0]}
Containers:
  cart:
    Image:          {image}
    State:          Waiting
      Reason:       CrashLoopBackOff
Node-Selectors:   kubernetes.io/os=windows
                  node.kubernetes.io/windows-build=10.0.20348
Events:
  Type     Reason   Age               From     Message
  ----     ------   ----              ----     -------
  Warning  Failed   60s (x4 over 2m)  kubelet  Error: {message}
  Warning  BackOff  3s (x9 over 2m)   kubelet  {BACK_OFF} {pod}_{namespace}(0a1b)
"""


def answers(text: str) -> tuple[Explanation, ...]:
    return explain(text, CATALOG, RULES).answers


def test_pasted_pod_says_which_image_on_which_node() -> None:
    found = answers(
        described("cart-7c-x2", "shop.azurecr.io/cart:1-ltsc2019", "akswsp000003", MISMATCH)
    )
    assert [a.id for a in found] == ["0xc0370101"]
    a = found[0]
    assert a.values["pod"] == "cart-7c-x2"
    assert a.values["namespace"] == "shop"
    assert a.values["pool"] == "wsp"
    assert "shop.azurecr.io/cart:1-ltsc2019" in a.what
    assert "Windows Server 2019" in a.what
    assert "akswsp000003" in a.what
    assert "10.0.20348, Windows Server 2022 (Windows2022)" in a.why
    assert a.commands[0].startswith("kubectl get node akswsp000003 ")
    assert a.line == 16


def test_each_pod_of_a_text_has_its_own_surroundings() -> None:
    text = described("a-1-x", "r/a:ltsc2019", "akswsp000001", MISMATCH) + described(
        "b-1-y", "r/b:1809", "akswsp000002", "no available addresses".replace("no", "No")
    )
    found = {a.id: a for a in answers(text)}
    assert found["0xc0370101"].values["pod"] == "a-1-x"
    other = found["FailedCreatePodSandBox: No available addresses"]
    assert other.values["pod"] == "b-1-y"
    assert other.values["image"] == "r/b:1809"


def test_symptom_of_another_pod_stays() -> None:
    text = described("a-1-x", "r/a:ltsc2019", "akswsp000001", MISMATCH) + described(
        "b-1-y", "r/b:1", "akswsp000002", "something of its own"
    )
    found = {a.id: a for a in answers(text)}
    assert set(found) == {"0xc0370101", "CrashLoopBackOff"}
    assert found["CrashLoopBackOff"].values["pod"] == "b-1-y"


def test_same_cause_of_several_pods_is_one_answer() -> None:
    text = "".join(
        described(f"p{n}-1-x", "r/a:ltsc2019", "akswsp000001", MISMATCH) for n in range(8)
    )
    found = answers(text)
    assert [a.id for a in found] == ["0xc0370101"]
    assert "The same of p1-1-x, p2-1-x" in found[0].what
    assert "and 2 more" in found[0].what


def test_row_of_events_names_its_pod() -> None:
    row = (
        "NAMESPACE   LAST SEEN   TYPE      REASON             OBJECT         MESSAGE\n"
        "shop        2m          Warning   FailedScheduling   pod/cart-7c-x  0/3 nodes are "
        "available: 3 Insufficient memory.\n"
    )
    a = answers(row)[0]
    assert (a.values["namespace"], a.values["pod"]) == ("shop", "cart-7c-x")
    assert a.values["resource"] == "memory"


def test_manifest_of_a_pod_is_read() -> None:
    text = """\
apiVersion: v1
kind: Pod
metadata:
  name: cart-7c-x
  namespace: shop
spec:
  containers:
  - image: r/cart:1809
    name: cart
  nodeName: aks-np-12345678-vmss00000a
status:
  containerStatuses:
  - state:
      waiting:
        message: 'The container operating system does not match the host operating
          system.'
"""
    a = answers(text)[0]
    assert a.id == "0xc0370101"
    assert a.values["pod"] == "cart-7c-x"
    assert a.values["image"] == "r/cart:1809"
    assert a.values["pool"] == "np"


def test_several_images_are_all_named() -> None:
    text = described("a-1-x", "r/a:1", "akswsp000001", MISMATCH).replace(
        "    State:", "    State:          x\n  side:\n    Image:          r/side:2\n    State:", 1
    )
    assert "one of the images r/a:1, r/side:2" in answers(text)[0].what


def test_tag_tells_the_windows_of_an_image() -> None:
    assert image_build("r/cart:42-ltsc2019", CATALOG)["image_build"] == "10.0.17763"
    assert image_build("r/cart:1809", CATALOG)["image_os"] == "Windows Server 2019"
    assert image_build("r/cart:42", CATALOG) == {}
    assert image_build("", CATALOG) == {}

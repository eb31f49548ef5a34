"""explain finds what stands in a text, wherever it stands, and admits what it does not know."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.report.explain.noise import ORDINARY, noisy

from poolshift.catalog import load_catalog
from poolshift.catalog.model.errors import ServiceError
from poolshift.report.explain import ExplainDocument, explain
from poolshift.report.explain.answer import MOST_ANSWERS
from poolshift.rules.registry import RULES

CATALOG = load_catalog()
ERRORS = CATALOG.errors.errors


def told(text: str) -> ExplainDocument:
    return explain(text, CATALOG, RULES)


def ids(text: str) -> list[str]:
    return [a.id for a in told(text).answers]


def shown(record: ServiceError) -> str:
    return f"{record.code}: {record.sub}" if record.sub else record.code


# --- rules


@pytest.mark.parametrize("text", ["PSW101", "psw101", " PSW101 ", RULES[0].name])
def test_rule_is_found_by_id_and_by_name(text: str) -> None:
    found = told(text)
    assert found.known
    assert all(a.why and a.fix and a.sources for a in found.answers)


def test_every_rule_explains_itself() -> None:
    for rule in RULES:
        answer = told(rule.id).answers[0]
        assert answer.id == f"{rule.id} {rule.name}"
        assert answer.why, rule.id
        assert answer.fix, rule.id


def test_own_error_code_is_found_with_its_message() -> None:
    found = told("error: PSE148 the cluster has changed: pool wspool is gone. Make a new plan")
    assert found.answers[0].id == "PSE148"
    assert "pool wspool is gone" in found.answers[0].what
    assert found.answers[0].fix


# --- every error of the catalog


@pytest.mark.parametrize("record", ERRORS, ids=[f"{r.code}+{r.sub}" for r in ERRORS])
def test_every_error_answers_in_full(record: ServiceError) -> None:
    text = filled(record.patterns[0]) if record.sub else record.code
    answers = [a for a in told(text).answers if a.id.startswith(shown(record))]
    assert len(answers) == 1
    for a in answers:
        assert a.what, a.id
        assert a.why, a.id
        assert a.fix, a.id
        assert a.sources
        assert all(re.search(r"read \d{4}-\d\d-\d\d$", s) for s in a.sources)


CODES = [r for r in ERRORS if re.fullmatch(r"\w{6,}", r.code) and not r.sub]


@pytest.mark.parametrize("record", CODES, ids=lambda r: r.code)
def test_every_code_is_found_in_a_log(record: ServiceError) -> None:
    found = told(noisy(f"(Code: {record.code}) something of the service's own"))
    assert found.known
    assert any(record.code in a.id for a in found.answers)


FILLED = {
    "n": "7",
    "name": "shop-7x",
    "ref": "shop.azurecr.io/cart:42-ltsc2019",
    "id": "thing/of-1",
    "quoted": "a b/c",
    "any": "and so on",
    "far": " and so on, ",
    "version": "1.30.4",
    "build": "10.0.20348.825",
    "cidr": "10.224.0.0/16",
    "size": "Standard_D4ds_v6",
    "rest": "because, of this; and that",
}


def filled(pattern: str) -> str:
    """A message of a pattern, with a value in each hole."""
    return re.sub(r"<(\w+)(?::(\w+))?>", lambda m: FILLED[m[2] or "name"], pattern)


PATTERNS = [(p, r) for r in ERRORS for p in r.patterns]


@pytest.mark.parametrize(("pattern", "record"), PATTERNS, ids=[p for p, _ in PATTERNS])
def test_every_pattern_is_found_in_a_log_with_its_values(
    pattern: str, record: ServiceError
) -> None:
    said = filled(pattern)
    found = [a for a in told(noisy(said)).answers if a.id == shown(record)]
    assert len(found) == 1, said
    for name, kind in re.findall(r"<([a-z]\w*)(?::(\w+))?>", pattern):
        assert found[0].values[name] == FILLED[kind or "name"], name


# --- the strings that people meet, and what they stand for

MET = [
    ("The container operating system does not match the host operating system.", "0xc0370101"),
    (
        "The operating system of the container does not match the operating system of the host. "
        "(0xc0370101)",
        "0xc0370101",
    ),
    ("hcsshim::CreateComputeSystem cart: failed in Win32: (0xc0370101)", "0xc0370101"),
    ("hr=0x80370101", "0xc0370101"),
    ("HRESULT -1070137087", "0xc0370101"),
    ("status C0370101", "0xc0370101"),
    (
        "no matching manifest for windows/amd64 10.0.17763 in the manifest list entries",
        "ErrImagePull: no-match-for-platform",
    ),
    (
        "no matching manifest for windows(10.0.20348)/amd64 in the manifest list entries",
        "ErrImagePull: no-match-for-platform",
    ),
    ("container exited (0xc0370106)", "0xc0370106"),
    ("hcsshim::ImportLayer: unrecognized format. (0xc0370112)", "0xc0370112"),
    ("The configuration registry database is corrupt. (0x3f1)", "0x3f1"),
    ("hcsshim::PrepareLayer failed in Win32 (0x3f1)", "0x3f1"),
    (
        "ErrorCode_Windows2019NotSupportedWithGen2VM",
        "ErrorCode_Windows2019NotSupportedWithGen2VM",
    ),
    ("(QuotaExceeded) Operation could not be completed", "QuotaExceeded"),
    ("ErrCode_InsufficientVCPUQuota", "QuotaExceeded"),
    ("InsufficientSubnetSize", "InsufficientSubnetSize"),
    ("SubnetIsFull", "SubnetIsFull"),
    (
        "Pre-allocated IPs 276 exceeds IPs available 251 in Subnet Cidr 10.224.0.0/24",
        "InsufficientSubnetSize",
    ),
    (
        "InvalidLoadBalancerProfileAllocatedOutboundPorts",
        "InvalidLoadBalancerProfileAllocatedOutboundPorts",
    ),
    ("SKUNotAvailable", "SKUNotAvailable"),
    ("AllocationFailed", "AllocationFailed"),
    ("OverconstrainedAllocationRequest", "OverconstrainedAllocationRequest"),
    ("UnsatisfiablePDB", "UnsatisfiablePDB"),
    ("minAvailable(1) >= expectedPods(1)", "UnsatisfiablePDB"),
    (
        "(UpgradeFailed) Drain node aks-np-12345678-vmss000001 failed when evicting pod cart-7d "
        "failed with Too Many Requests error. This is often caused by a restrictive budget: "
        "blocked by pdb shop/cart with 0 unready pods (MinAvailable: 1) (CurrentHealthy: 1)",
        "UpgradeFailed",
    ),
    (
        "(UpgradeFailed) Drain node aks-np-12345678-vmss000001 failed when evicting pod cart-7d. "
        "Eviction failed with Too many Requests error. Original error: Cannot evict pod as it "
        "would violate the pod's disruption budget.. PDB debug info: shop/cart-7d blocked by pdb "
        "cart with 0 unready pods.",
        "UpgradeFailed",
    ),
    (
        "Drain node aks-np-12345678-vmss000001 failed when evicting pod cart-7d: Too many Requests",
        "PodDrainFailure",
    ),
    ("left regional vcpu quota 6, requested quota 8", "QuotaExceeded"),
    (
        "Code: SkuNotAvailable Message: The requested tier for resource 'x' is currently not "
        "available in location 'westus' for subscription 's'.",
        "SKUNotAvailable",
    ),
    (
        "Cordoned nodes have used all surge nodes but there are more nodes to be upgraded",
        "Cordoned nodes have used all surge nodes",
    ),
    ("FailedToCreateNodeCustomizationVHD", "FailedToCreateNodeCustomizationVHD"),
    ("pis-image-cache exit code 4", "FailedToCreateNodeCustomizationVHD"),
    ("No available addresses", "FailedCreatePodSandBox: No available addresses"),
    (
        "The requested identity has not been assigned to this resource",
        "The requested identity has not been assigned to this resource",
    ),
    (
        "Container Credential Guard failed to fetch gmsa credentials: The attempted logon is "
        "invalid",
        "Container Credential Guard failed to fetch gmsa credentials",
    ),
    ("NETLOGON 5720: The session setup failed", "NETLOGON 5720"),
    ("1 node(s) had volume node affinity conflict", "FailedScheduling: volume-affinity"),
    ("disk could not be found on node, cannot find Lun", "cannot find Lun"),
    (
        'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) cart-0',
        "Multi-Attach error for volume",
    ),
    ("NotTriggerScaleUp pod didn't trigger scale-up: 1 max node group size", "NotTriggerScaleUp"),
    (
        "DeletionCandidateOfClusterAutoscaler=1730000:PreferNoSchedule",
        "DeletionCandidateOfClusterAutoscaler",
    ),
    (
        "hcs::CreateComputeSystem x: The requested operation for attach namespace failed.: unknown",
        "attach namespace failed",
    ),
    ('NewSmbGlobalMapping failed. output: ""', "NewSmbGlobalMapping failed"),
    ("err: exit status 0xc0000142", "NewSmbGlobalMapping failed"),
    ("mount error(2): No such file or directory", "mount error(2)"),
    ("nodePublishSecretRef secret is not set", "nodePublishSecretRef secret is not set"),
    ("PodDrainFailure", "PodDrainFailure"),
    ("DeleteVMSSAgentPoolFailed", "DeleteVMSSAgentPoolFailed"),
    (
        "The number of clusters in the stage has changed",
        "The number of clusters in the stage has changed",
    ),
    (
        'admission webhook "drain.strimzi.io" denied the request: will be moved later',
        "admission webhook denied the request",
    ),
    (
        'failed calling webhook "cert.io": failed to call webhook: Post "https://c.ns.svc:443/x": '
        "dial tcp: i/o timeout",
        "failed calling webhook",
    ),
    (
        'error when evicting pods/"cart-7d" -n "shop" (will retry after 5s): Cannot evict pod as '
        "it would violate the pod's disruption budget.",
        "429 Too Many Requests (eviction)",
    ),
    (
        'error: unable to drain node "n1" due to error: cannot delete DaemonSet-managed Pods (use '
        "--ignore-daemonsets to ignore): kube-system/x",
        "cannot delete DaemonSet-managed Pods",
    ),
    ("Reason: OOMKilled", "OOMKilled"),
    ("CrashLoopBackOff", "CrashLoopBackOff"),
    ("ImagePullBackOff", "ErrImagePull"),
]


@pytest.mark.parametrize(("said", "answer"), MET, ids=[s for s, _ in MET])
def test_string_that_people_meet_is_explained_first(said: str, answer: str) -> None:
    for text in (said, noisy(said), f"\x1b[31m{said}\x1b[0m\r\n"):
        document = told(text)
        assert document.known, text
        assert document.answers[0].id == answer


def test_each_cause_is_answered_once() -> None:
    for said, _ in MET:
        found = ids(noisy("\n".join([said] * 4)))
        assert len(found) == len(set(found))
        assert len(found) <= 3, (said, found)


# --- values, ranks, and what covers what


def test_scheduler_reasons_are_told_one_by_one() -> None:
    found = told(
        "0/8 nodes are available: 3 node(s) had volume node affinity conflict, 2 Insufficient cpu, "
        "1 node(s) were unschedulable, 2 node(s) had untolerated taint {pool: green}. preemption: "
        "0/8 nodes are available: 8 Preemption is not helpful for scheduling."
    ).answers
    said = {a.id.partition(": ")[2]: a.what for a in found}
    assert sorted(said) == [
        "insufficient-resources",
        "unschedulable",
        "untolerated-taint",
        "volume-affinity",
    ]
    assert said["volume-affinity"].startswith("3 of 8 nodes")
    assert "2 of 8 nodes have not enough cpu" in said["insufficient-resources"]
    assert "pool: green" in said["untolerated-taint"]


def test_values_are_put_into_commands_quoted_for_a_shell() -> None:
    a = told("PDB shop/cart has minAvailable 3 >= expected pods 3, cannot proceed").answers[0]
    assert a.commands[0] == "kubectl get pdb -n shop cart -o yaml"
    hostile = told('Failed to pull image "reg/$(id):1": no match for platform in manifest').answers
    assert all("$(id)" not in c or "'" in c for a in hostile for c in a.commands)
    unknown = told("UnsatisfiablePDB").answers[0]
    assert "NAMESPACE" in unknown.commands[0]


def test_json_body_of_arm_is_read_to_its_inner_code() -> None:
    body = (
        '{"error":{"code":"CreateVMSSAgentPoolFailed","message":"VMSSAgentPoolReconciler retry '
        'failed: Category: ClientError","details":[{"code":"QuotaExceeded","message":"Insufficient '
        "vcpu quota requested 8, remaining 2 for family standardDSv3Family for region westeurope."
        '"}],"innererror":{"code":"ErrCode_InsufficientVCPUQuota"}}}'
    )
    found = told(body).answers
    assert [a.id for a in found] == ["QuotaExceeded", "CreateVMSSAgentPoolFailed"]
    assert found[0].values["remaining"] == "2"
    assert "az vm list-usage -l westeurope" in found[0].commands[0]


def test_text_wrapped_into_lines_is_read() -> None:
    said = "message: '0/5 nodes are available: 3 node(s) had volume node affinity\n      conflict.'"
    assert ids(said) == ["FailedScheduling: volume-affinity"]


def test_budget_that_stops_a_drain_is_named_with_its_pod_and_node() -> None:
    said = next(text for text, _ in MET if "PDB debug info" in text)
    found = told(said).answers
    assert [a.id for a in found] == ["UpgradeFailed"]
    values = {k: found[0].values[k] for k in ("namespace", "pod", "budget", "pool")}
    assert values == {"namespace": "shop", "pod": "cart-7d", "budget": "cart", "pool": "np"}
    assert "budget shop/cart does not let pod cart-7d go" in found[0].what


def test_code_of_several_errors_lists_them_only_where_it_stands_alone() -> None:
    assert len(ids("BadRequest")) == 2
    assert ids(noisy("BadRequest: odd thing"))[:1] != ["BadRequest: hypervisor-generation"]
    assert ids("(OperationNotAllowed) Another operation is in progress.") == [
        "OperationNotAllowed: in-progress"
    ]


@pytest.mark.parametrize("line", ORDINARY, ids=[str(n) for n in range(len(ORDINARY))])
def test_ordinary_lines_are_not_explained(line: str) -> None:
    assert not told(line).known


def test_ordinary_log_is_not_explained() -> None:
    assert not told("\n".join(ORDINARY * 50)).known


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("Throttled", True),
        ('{"code":"Throttled","message":"slow down"}', True),
        ("(Throttled) The caller was slow", True),
        ("our lane was Throttled again", False),
        ("Throttled: slow down", True),
        ("Unthrottled and throttled", False),
        ("cache.ResourceNotFound was caught and the page was made anew", False),
        ('Code="ResourceNotFound" Message="The Resource was not found"', True),
    ],
)
def test_everyday_word_counts_only_as_a_code(said: str, known: bool) -> None:
    assert told(said).known is known


# --- builds


def test_builds_are_named() -> None:
    assert told("10.0.17763").answers[0].what == "10.0.17763 is Windows Server 2019 (Windows2019)"
    said = told("no matching manifest for windows/amd64 10.0.20348 in the manifest list entries")
    assert "Windows Server 2022" in said.answers[0].why
    assert not told("10.0.99999").known


def test_node_image_is_read() -> None:
    a = told("AKSWindows-2022-containerd-gen2-20348.5386.260715").answers[0]
    assert "generation V2" in a.what
    assert "Windows Server 2022" in a.what


# --- what is not known


def test_unknown_text_gives_the_nearest_and_says_so() -> None:
    found = told("WindowsAgentPoolNameToLong")
    assert not found.known
    assert found.answers[0].id == "WindowsAgentPoolNameTooLong"
    by_words = told("subnet has not enough capacity for so many addresses")
    assert not by_words.known
    assert "SubnetIsFull" in [a.id for a in by_words.answers]


def test_nothing_near_gives_nothing() -> None:
    assert told("zzz qqq").answers == ()


# --- bounds


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_explained_or_unknown(text: str) -> None:
    document = told(text)
    assert len(document.answers) <= MOST_ANSWERS
    assert document.known <= bool(document.answers)


PIECES = [p for p, _ in PATTERNS] + [s for s, _ in MET] + list(ORDINARY)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=20), max_size=12), st.integers(0, 50))
def test_any_pieces_are_explained_or_unknown(pieces: list[str], cut: int) -> None:
    document = told("\n".join(pieces)[cut:])
    for a in document.answers:
        assert a.what
        assert a.sources or a.kind == "own-error"


def test_long_log_is_explained_in_bounded_time() -> None:
    lines = "\n".join(ORDINARY) + "\n"
    text = lines * (4_900_000 // len(lines)) + MET[0][0]
    began = time.perf_counter()
    document = told(text)
    assert time.perf_counter() - began < 10
    assert [a.id for a in document.answers] == ["0xc0370101"]
    assert len(document.text) <= 1000

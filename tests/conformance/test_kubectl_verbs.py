"""Every verb of a runbook, by the real kubectl. Each test has workloads of its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.conformance.conftest import KUBECTL, Kubectl
from tests.sim.kube.faces import served
from tests.sim.kube.worlds import deployment, make_world

pytestmark = [pytest.mark.conformance]
NODE = "akswspool000000"
OTHER = "akswspool000002"


def manifest(name: str, **spec: Any) -> str:
    return json.dumps(deployment(name, image="both:1", replicas=1, **spec))


def made(kubectl: Kubectl, name: str) -> str:
    """A Deployment of one pod that is rolled out; its name."""
    kubectl("apply", "-f", "-", text=manifest(name))
    kubectl("rollout", "status", f"deployment/{name}", "--timeout=50s")
    return name


def test_get_prints_the_servers_columns(kubectl: Kubectl) -> None:
    head, *rows = kubectl("get", "deployments", "-o", "wide").splitlines()
    assert head.split() == [
        *("NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE"),
        *("CONTAINERS", "IMAGES", "SELECTOR"),
    ]
    assert rows[0].split()[0] == "sample"
    assert "deployment.apps/sample" in kubectl("get", "all")


def test_get_of_nothing_is_not_found(kubectl: Kubectl) -> None:
    said = kubectl.refused("get", "deployment", "nope")
    assert said == 'Error from server (NotFound): deployments.apps "nope" not found\n'


def test_get_by_selectors_narrows(kubectl: Kubectl) -> None:
    names = kubectl("get", "nodes", "-l", "kubernetes.io/os=linux", "-o", "name").split()
    assert names == ["node/aks-agentpool-18877473-vmss000000"]
    assert kubectl("get", "pods", "--field-selector", "status.phase=Failed", "-o", "name") == ""


def test_describe_node_shows_its_lease_and_pods(kubectl: Kubectl) -> None:
    said = kubectl("describe", "node", NODE)
    assert f"HolderIdentity:  {NODE}" in said
    assert "Non-terminated Pods:" in said
    assert "Allocated resources:" in said


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("deployment/sample", "StrategyType:           RollingUpdate"),
        ("pdb/sample", "Max unavailable:  1"),
        ("service/sample", "LoadBalancer Ingress:"),
    ],
    ids=["deployment", "budget", "service"],
)
def test_describe_shows(kubectl: Kubectl, what: str, line: str) -> None:
    assert line in kubectl("describe", what)


def test_describe_pod_and_claim(kubectl: Kubectl) -> None:
    assert "Controlled By:  ReplicaSet/sample-" in kubectl("describe", "pod", "-l", "app=sample")
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "resources": {"requests": {"storage": "1Gi"}},
        },
    }
    kubectl("create", "-f", "-", text=json.dumps(claim))
    assert "Status:        Pending" in kubectl("describe", "pvc", "data")


def test_apply_creates_leaves_and_configures(kubectl: Kubectl) -> None:
    said = [
        kubectl("apply", "-f", "-", text=manifest("ap", minReadySeconds=s)).strip()
        for s in (0, 0, 1)
    ]
    assert [line.rpartition(" ")[2] for line in said] == ["created", "unchanged", "configured"]


def test_apply_on_the_server_takes_over_and_conflicts(kubectl: Kubectl) -> None:
    made(kubectl, "ssa")
    said = kubectl("apply", "--server-side", "-f", "-", text=manifest("ssa"))
    assert said == "deployment.apps/ssa serverside-applied\n"
    other = ("apply", "--server-side", "--field-manager=other", "-f", "-")
    refused = kubectl.try_(*other, text=manifest("ssa", revisionHistoryLimit=3, paused=True))
    assert refused.returncode == 0
    changed = json.loads(manifest("ssa"))
    changed["spec"]["replicas"] = 2
    refused = kubectl.try_(*other, text=json.dumps(changed))
    assert refused.returncode == 1
    assert 'Apply failed with 1 conflict: conflict with "kubectl": .spec.replicas' in refused.stderr
    kubectl(*other, "--force-conflicts", text=json.dumps(changed))


def test_apply_refuses_an_unknown_field(kubectl: Kubectl) -> None:
    refused = kubectl.try_("apply", "-f", "-", text=manifest("odd", replcas=3))
    assert refused.returncode == 1
    assert 'strict decoding error: unknown field "spec.replcas"' in refused.stderr


def test_diff_tells_what_would_change(kubectl: Kubectl) -> None:
    made(kubectl, "di")
    assert kubectl("diff", "-f", "-", text=manifest("di")) == ""
    done = kubectl.try_("diff", "-f", "-", text=manifest("di", minReadySeconds=7))
    assert done.returncode == 1
    assert "+  minReadySeconds: 7" in done.stdout


def test_rollout_restart_history_undo_pause_resume(kubectl: Kubectl) -> None:
    made(kubectl, "ro")
    kubectl("set", "image", "deployment/ro", "ro=both:2")
    kubectl("rollout", "status", "deployment/ro", "--timeout=50s")
    history = kubectl("rollout", "history", "deployment/ro").splitlines()
    assert [line.split()[0] for line in history[2:] if line] == ["1", "2"]
    assert "rolled back" in kubectl("rollout", "undo", "deployment/ro")
    assert kubectl.value("deployment", "ro")["spec"]["template"]["spec"]["containers"][0][
        "image"
    ] == ("both:1")
    assert "paused" in kubectl("rollout", "pause", "deployment/ro")
    assert "can't restart paused" in kubectl.refused("rollout", "restart", "deployment/ro")
    assert "resumed" in kubectl("rollout", "resume", "deployment/ro")
    assert "restarted" in kubectl("rollout", "restart", "deployment/ro")
    said = kubectl("rollout", "status", "deployment/ro", "--timeout=50s")
    assert 'deployment "ro" successfully rolled out' in said


def test_cordon_and_uncordon(kubectl: Kubectl) -> None:
    assert kubectl("cordon", OTHER) == f"node/{OTHER} cordoned\n"
    assert kubectl("cordon", OTHER) == f"node/{OTHER} already cordoned\n"
    assert "SchedulingDisabled" in kubectl("get", "node", OTHER)
    assert kubectl("uncordon", OTHER) == f"node/{OTHER} uncordoned\n"


def test_drain_asks_first_and_then_empties_the_node(kubectl: Kubectl) -> None:
    dry = kubectl("drain", NODE, "--ignore-daemonsets", "--dry-run=server")
    assert f"node/{NODE} drained (server dry run)" in dry
    assert f"node/{NODE} drained" in kubectl("drain", NODE, "--ignore-daemonsets", "--timeout=50s")
    left = kubectl("get", "pods", "--field-selector", f"spec.nodeName={NODE}", "-o", "name")
    assert left == ""
    kubectl("uncordon", NODE)


def test_drain_refuses_a_pod_that_nobody_would_make_again(kubectl: Kubectl) -> None:
    choose = json.dumps({"spec": {"nodeSelector": {"kubernetes.io/hostname": OTHER}}})
    kubectl("run", "bare", "--image=both:1", f"--overrides={choose}")
    kubectl("wait", "--for=condition=Ready", "pod/bare", "--timeout=50s")
    said = kubectl.refused("drain", OTHER, "--ignore-daemonsets", "--timeout=20s")
    assert "cannot delete Pods that declare no controller" in said
    kubectl("uncordon", OTHER)
    kubectl("delete", "pod", "bare", "--timeout=50s")


def test_taint_comes_and_goes(kubectl: Kubectl) -> None:
    assert "tainted" in kubectl("taint", "node", OTHER, "k=v:PreferNoSchedule")
    taints = kubectl.value("node", OTHER)["spec"]["taints"]
    assert {"key": "k", "value": "v", "effect": "PreferNoSchedule"} in taints
    assert "untainted" in kubectl("taint", "node", OTHER, "k-")


def test_label_and_annotate_come_and_go(kubectl: Kubectl) -> None:
    assert "labeled" in kubectl("label", "node", OTHER, "a=b")
    assert "already has a value" in kubectl.refused("label", "node", OTHER, "a=c")
    assert "labeled" in kubectl("label", "node", OTHER, "a=c", "--overwrite")
    assert "unlabeled" in kubectl("label", "node", OTHER, "a-")
    assert "annotated" in kubectl("annotate", "node", OTHER, "x=y")
    assert kubectl.value("node", OTHER)["metadata"]["annotations"]["x"] == "y"


def test_scale_changes_replicas(kubectl: Kubectl) -> None:
    made(kubectl, "sc")
    assert kubectl("scale", "deployment/sc", "--replicas=2") == "deployment.apps/sc scaled\n"
    assert kubectl.value("deployment", "sc")["spec"]["replicas"] == 2
    said = kubectl.refused("scale", "deployment/sc", "--current-replicas=5", "--replicas=3")
    assert "Expected replicas to be 5, was 2" in said


def test_set_image_of_one_container(kubectl: Kubectl) -> None:
    made(kubectl, "si")
    said = kubectl("set", "image", "deployment/si", "si=single:2019")
    assert said == "deployment.apps/si image updated\n"
    assert "unable to find container" in kubectl.refused("set", "image", "deployment/si", "x=y")


@pytest.mark.parametrize(
    ("form", "patch", "field", "value"),
    [
        ("strategic", '{"spec":{"minReadySeconds":1}}', "minReadySeconds", 1),
        ("merge", '{"spec":{"minReadySeconds":2}}', "minReadySeconds", 2),
        (
            "json",
            '[{"op":"replace","path":"/spec/minReadySeconds","value":3}]',
            "minReadySeconds",
            3,
        ),
    ],
)
def test_patch_in_each_form(
    kubectl: Kubectl, form: str, patch: str, field: str, value: int
) -> None:
    kubectl("apply", "-f", "-", text=manifest("pa", minReadySeconds=9))
    assert "patched" in kubectl("patch", "deployment", "pa", f"--type={form}", "-p", patch)
    assert kubectl.value("deployment", "pa")["spec"][field] == value


def test_wait_for_a_condition_a_field_and_the_end(kubectl: Kubectl) -> None:
    made(kubectl, "wa")
    said = kubectl("wait", "--for=condition=Available", "deployment/wa", "--timeout=50s")
    assert said == "deployment.apps/wa condition met\n"
    field = "--for=jsonpath={.status.readyReplicas}=1"
    assert "condition met" in kubectl("wait", field, "deployment/wa", "--timeout=50s")
    kubectl("delete", "deployment", "wa", "--wait=false")
    gone = kubectl("wait", "--for=delete", "pod", "-l", "app=wa", "--timeout=50s")
    assert gone == "" or "condition met" in gone


def test_delete_waits_until_it_is_gone(kubectl: Kubectl) -> None:
    made(kubectl, "de")
    pod = kubectl("get", "pods", "-l", "app=de", "-o", "name").strip()
    kubectl("delete", pod, "--timeout=50s")
    assert "NotFound" in kubectl.refused("get", pod)
    assert kubectl("delete", "deployment", "de") == 'deployment.apps "de" deleted\n'
    assert "NotFound" in kubectl.refused("delete", "deployment", "de")


def test_auth_can_i_and_whoami(kubectl: Kubectl) -> None:
    assert kubectl("auth", "can-i", "create", "pods/eviction") == "yes\n"
    assert "*.*" in kubectl("auth", "can-i", "--list")
    kubectl.needs(28, "auth whoami")
    assert "clusterUser" in kubectl("auth", "whoami")


def test_events_of_an_object(kubectl: Kubectl) -> None:
    made(kubectl, "ev")
    pod = kubectl("get", "pods", "-l", "app=ev", "-o", "name").strip()
    said = kubectl("events", f"--for={pod}")
    assert "Scheduled" in said
    assert "Successfully assigned default/ev-" in said


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("pod.spec.containers.image", "FIELD: image <string>"),
        ("pdb.spec.maxUnavailable", "FIELD: maxUnavailable <IntOrString>"),
        ("deployment.spec.template.spec.tolerations", "FIELD: tolerations <[]Toleration>"),
    ],
)
def test_explain_knows_fields(kubectl: Kubectl, path: str, line: str) -> None:
    assert line in kubectl("explain", path)


def test_explain_of_nothing_is_refused(kubectl: Kubectl) -> None:
    assert 'field "nope" does not exist' in kubectl.refused("explain", "pod.nope")


def test_api_resources_and_versions(kubectl: Kubectl) -> None:
    said = {line.split()[0] for line in kubectl("api-resources", "--no-headers").splitlines()}
    wanted = {
        *("pods", "nodes", "deployments", "poddisruptionbudgets", "storageclasses", "leases"),
        *("scaledobjects", "gmsacredentialspecs", "rollouts", "helmreleases", "runtimeclasses"),
    }
    assert wanted <= said
    assert "policy/v1" in kubectl("api-versions")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("configmap", "cc", "--from-literal=a=b"), "configmap/cc created"),
        (("deployment", "cd", "--image=both:1"), "deployment.apps/cd created"),
        (("serviceaccount", "cs"), "serviceaccount/cs created"),
        (("secret", "generic", "ce", "--from-literal=a=b"), "secret/ce created"),
        (("namespace", "cn"), "namespace/cn created"),
        (("job", "cj", "--image=both:1"), "job.batch/cj created"),
        (
            ("cronjob", "cr", "--image=both:1", "--schedule=0 3 * * *"),
            "cronjob.batch/cr created",
        ),
        (("service", "clusterip", "cv", "--tcp=80:8080"), "service/cv created"),
        (("quota", "cq", "--hard=pods=100"), "resourcequota/cq created"),
        (
            ("priorityclass", "ci", "--value=3"),
            "priorityclass.scheduling.k8s.io/ci created",
        ),
        (
            ("pdb", "cp", "--selector=app=cd", "--min-available=1"),
            "poddisruptionbudget.policy/cp created",
        ),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_create_of_a_kind(kubectl: Kubectl, arguments: tuple[str, ...], said: str) -> None:
    assert kubectl("create", *arguments) == f"{said}\n"


def test_a_job_is_made_from_a_cron_job_with_all_that_its_pods_have(kubectl: Kubectl) -> None:
    kubectl("create", "cronjob", "nightly", "--image=both:1", "--schedule=0 3 * * *")
    template = {
        "tolerations": [{"key": "a", "operator": "Exists"}],
        "securityContext": {"windowsOptions": {"hostProcess": True}},
        "hostNetwork": True,
    }
    patch = {"spec": {"jobTemplate": {"spec": {"template": {"spec": template}}}}}
    kubectl("patch", "cronjob", "nightly", "--type=merge", "-p", json.dumps(patch))
    made = kubectl("create", "job", "tonight", "--from=cronjob/nightly")
    assert made == "job.batch/tonight created\n"
    job = json.loads(kubectl("get", "job", "tonight", "-o", "json"))
    assert job["metadata"]["ownerReferences"][0]["name"] == "nightly"
    spec = job["spec"]["template"]["spec"]
    assert spec["tolerations"] == template["tolerations"]
    assert spec["securityContext"] == template["securityContext"]


def test_create_token_of_an_account(kubectl: Kubectl) -> None:
    assert kubectl("create", "token", "default").count(".") == 2


def test_run_and_replace_and_dry_runs(kubectl: Kubectl) -> None:
    said = kubectl("run", "rr", "--image=both:1", "--dry-run=server")
    assert said == "pod/rr created (server dry run)\n"
    assert "NotFound" in kubectl.refused("get", "pod", "rr")
    kubectl("create", "configmap", "re", "--from-literal=a=b")
    body = kubectl("get", "configmap", "re", "-o", "json", "--show-managed-fields")
    assert kubectl("replace", "-f", "-", text=body) == "configmap/re replaced\n"


def test_logs_are_those_of_a_node_that_does_not_answer(kubectl: Kubectl) -> None:
    said = kubectl.refused("logs", "deployment/sample")
    assert 'Error from server: Get "https://' in said
    assert ":10250: connect: connection refused" in said


def test_top_has_no_metrics(kubectl: Kubectl) -> None:
    assert kubectl.refused("top", "nodes") == "error: Metrics API not available\n"


def test_autoscale_makes_an_autoscaler_of_either_version(kubectl: Kubectl) -> None:
    made(kubectl, "au")
    said = kubectl("autoscale", "deployment", "au", "--max=3", "--min=2", "--cpu-percent=70")
    assert said == "horizontalpodautoscaler.autoscaling/au autoscaled\n"
    # With the short name kubectl itself asks for the preferred version, whatever is typed.
    first_version = "horizontalpodautoscalers.v1.autoscaling"
    first = json.loads(kubectl("get", first_version, "au", "-o", "json"))
    assert (first["apiVersion"], first["spec"]["targetCPUUtilizationPercentage"]) == (
        "autoscaling/v1",
        70,
    )
    second = json.loads(kubectl("get", "hpa", "au", "-o", "json"))
    assert second["apiVersion"] == "autoscaling/v2"
    assert second["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 70
    assert "Deployment/au" in kubectl("get", first_version, "au")
    assert "targetCPUUtilizationPercentage" in kubectl(
        "explain", "hpa.spec", "--api-version=autoscaling/v1"
    )


def test_events_of_the_newer_group(kubectl: Kubectl) -> None:
    made(kubectl, "en")
    pod = kubectl("get", "pods", "-l", "app=en", "-o", "name").strip().removeprefix("pod/")
    field = f"--field-selector=regarding.name={pod},reason=Scheduled"
    text = kubectl("get", "events.events.k8s.io", field, "-o", "json")
    (event,) = json.loads(text)["items"]
    assert event["apiVersion"] == "events.k8s.io/v1"
    assert event["note"].startswith(f"Successfully assigned default/{pod} to ")
    assert "default-scheduler" in kubectl("get", "events.events.k8s.io", field, "-o", "wide")


def test_readiness_is_told_check_by_check(kubectl: Kubectl) -> None:
    said = kubectl("get", "--raw", "/readyz?verbose")
    assert "[+]poststarthook/rbac/bootstrap-roles ok" in said
    assert said.endswith("readyz check passed\n")
    assert kubectl("get", "--raw", "/livez/ping") == "ok"


@pytest.mark.parametrize("version", ["1.27.16", "1.28.15", "1.29.15"])
def test_kubectls_that_read_the_older_openapi_apply(version: str, tmp_path: Path) -> None:
    """A kubectl that is one of several takes the one of the server's version."""
    if KUBECTL is None:
        pytest.skip("kubectl is not installed")
    with served(make_world(version=version)) as address:
        client = Kubectl(address, tmp_path)
        said = [client("apply", "-f", "-", text=manifest("ol")) for _ in range(2)]
        assert [line.split()[-1] for line in said] == ["created", "unchanged"]
        changed = client.try_("diff", "-f", "-", text=manifest("ol", minReadySeconds=7))
        assert "+  minReadySeconds: 7" in changed.stdout
        assert "FIELD: minReadySeconds <integer>" in client(
            "explain", "deployment.spec.minReadySeconds"
        )

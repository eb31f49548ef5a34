"""The status that a kubelet reports of a pod."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from poolshift.sim.images import digest_of
from poolshift.sim.kube.objects import Object, with_conditions, with_status

if TYPE_CHECKING:
    from poolshift.sim.kube.builds import Refusal


def _with(pod: Object, now: str, fields: Object, conditions: dict[str, bool]) -> Object:
    """The pod with status fields and conditions set; the others stay where they were."""
    status, unready = pod["status"], ""
    if not conditions["Ready"]:
        names = " ".join([c["name"] for c in pod["spec"]["containers"]])
        unready = f"containers with unready status: [{names}]"
    left = dict(conditions)
    reported = []
    for old in status.get("conditions") or ():
        value = left.pop(old["type"], None)
        reported.append(old if value is None else _condition(old["type"], value, now, unready, old))
    for type_, value in left.items():
        reported.append(_condition(type_, value, now, unready, None))
    return {**pod, "status": {**status, **fields, "conditions": reported}}


def _condition(type_: str, value: bool, now: str, unready: str, old: Object | None) -> Object:
    """A condition; its transition time moves only when its status does."""
    text = "True" if value else "False"
    since = old["lastTransitionTime"] if old is not None and old["status"] == text else now
    condition = {"type": type_, "status": text, "lastProbeTime": None, "lastTransitionTime": since}
    if not value and type_ in ("Ready", "ContainersReady"):
        condition["reason"] = "ContainersNotReady"
        condition["message"] = unready
    return condition


def _waiting(container: Object, reason: str, message: str = "", restarts: int = 0) -> Object:
    state = {"reason": reason, **({"message": message} if message else {})}
    return {
        "name": container["name"],
        "state": {"waiting": state},
        "lastState": {},
        "ready": False,
        "restartCount": restarts,
        "image": container["image"],
        "imageID": "",
        "started": False,
    }


def creating(pod: Object, now: str, *, host_ip: str, pod_ip: str) -> Object:
    """A pod that its kubelet has taken up; its containers are being created."""
    waiting = [_waiting(c, "ContainerCreating") for c in pod["spec"]["containers"]]
    status = {**_taken_up(host_ip, pod_ip, now), "containerStatuses": waiting}
    return _with(pod, now, status, _CREATING)


def _taken_up(host_ip: str, pod_ip: str, now: str) -> Object:
    return {
        "hostIP": host_ip,
        "hostIPs": [{"ip": host_ip}],
        "podIP": pod_ip,
        "podIPs": [{"ip": pod_ip}],
        "startTime": now,
    }


_CREATING = {
    "PodReadyToStartContainers": True,
    "Initialized": True,
    "Ready": False,
    "ContainersReady": False,
}


def running(pod: Object, now: str, *, ready: bool) -> Object:
    """A pod whose containers run; ready or not yet."""
    known = pod["status"].get("containerStatuses")
    if known and all(["running" in status["state"] for status in known]):  # noqa: C419 - hot
        statuses = [{**status, "ready": ready} for status in known]
    else:
        statuses = [_running(pod, c, now, ready=ready) for c in pod["spec"]["containers"]]
    status = {"phase": "Running", "containerStatuses": statuses}
    return _with(pod, now, status, _READY if ready else _UNREADY)


def started(pod: Object, now: str, *, host_ip: str, pod_ip: str, ready: bool) -> Object:
    """A pod that was just bound and whose containers run: all reports in one."""
    statuses = [_running(pod, c, now, ready=ready) for c in pod["spec"]["containers"]]
    taken_up = _taken_up(host_ip, pod_ip, now)
    status = {**taken_up, "phase": "Running", "containerStatuses": statuses}
    return _with(pod, now, status, {**_CREATING, **(_READY if ready else _UNREADY)})


_READY = {"Ready": True, "ContainersReady": True}
_UNREADY = {"Ready": False, "ContainersReady": False}


def _running(pod: Object, container: Object, now: str, *, ready: bool) -> Object:
    image = container["image"]
    container_id = digest_of(pod["metadata"]["uid"] + container["name"])
    return {
        "name": container["name"],
        "state": {"running": {"startedAt": now}},
        "lastState": {},
        "ready": ready,
        "restartCount": 0,
        "image": image,
        "imageID": _image_id(image),
        "containerID": f"containerd://{container_id.removeprefix('sha256:')}",
        "started": True,
    }


@functools.lru_cache(maxsize=4096)
def _image_id(image: str) -> str:
    repository = image.partition("@")[0].rsplit(":", 1)[0]
    return f"{repository}@{digest_of(image)}"


def failing(
    pod: Object,
    container: str,
    refusal: Refusal,
    *,
    restarts: int,
    back_off: bool,
    back_off_s: float,
) -> Object:
    """A pod one of whose containers cannot be had or started.

    While the kubelet backs off, the reason is the back-off's; the message tells what it is
    backing off from.
    """
    pulling = refusal.reason == "ErrImagePull"
    reason, message = refusal.reason, refusal.message
    if back_off:
        reason = "ImagePullBackOff" if pulling else "CrashLoopBackOff"
        message = _back_off_message(pod, container, refusal, back_off_s)
    statuses = []
    for spec in pod["spec"]["containers"]:
        if spec["name"] != container:
            statuses.append(_waiting(spec, "ContainerCreating"))
            continue
        status = _waiting(spec, reason, message, restarts)
        if not pulling:
            status["lastState"] = {
                "terminated": {"exitCode": 128, "reason": "StartError", "message": refusal.message}
            }
        statuses.append(status)
    phase = "Pending" if pulling else "Running"
    return with_status(pod, phase=phase, containerStatuses=statuses)


def _back_off_message(pod: Object, container: str, refusal: Refusal, back_off_s: float) -> str:
    if refusal.reason == "ErrImagePull":
        image = next(c["image"] for c in pod["spec"]["containers"] if c["name"] == container)
        return f'Back-off pulling image "{image}": {refusal.reason}: {refusal.message}'
    minutes, seconds = divmod(int(back_off_s), 60)
    waiting = f"{minutes}m{seconds}s" if minutes else f"{seconds}s"
    meta = pod["metadata"]
    return (
        f"back-off {waiting} restarting failed container={container} "
        f"pod={meta['name']}_{meta['namespace']}({meta['uid']})"
    )


def ended(pod: Object, now: str, phase: str) -> Object:
    """A pod that has run to its end."""
    reason = "PodCompleted" if phase == "Succeeded" else "PodFailed"
    conditions = [
        {"type": type_, "status": "False", "lastProbeTime": None, "reason": reason}
        for type_ in ("Ready", "ContainersReady")
    ]
    return with_conditions(pod, conditions, now, phase=phase)

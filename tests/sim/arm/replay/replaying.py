"""Plays a recording against the local AKS, row by row.

Time passes as it did for the recorded client: where a row shows what came of an operation (a poll
that ended, a resource that is through, one that is gone), the clock goes on in the steps in which
the client polled, until ours is through too, within a limit. Guids, VM sizes and names of machines
that the recorded service chose become those that ours chose, wherever a later request names them.
What the recorded caller was refused for want of a right is denied to ours at that row, too.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
from tests.sim.arm.replay import comparing, recording
from tests.sim.arm.replay.scene import scene_of
from tests.sim.arm.replay.scope import IN_SCOPE, PLAYED, operation_of

from poolshift.sim.arm.around.directory import READ, principals
from poolshift.sim.arm.request import ArmAnswer, ArmRequest
from poolshift.sim.arm.service import answer
from poolshift.sim.scenarioparts import Denials
from poolshift.sim.world import World

_GUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
# Recorded polls are 30 s apart; the longest recorded operation took well under this.
_STEP_S = 30.0
_LIMIT_S = 4 * 3600.0
_ROLE_WRITE = "Microsoft.Authorization/roleAssignments/write"
# The recorder elided passwords; any that is good enough will do.
_PASSWORD = "Recorded-But-Elided-1"
# The recorder put a name of its own, one letter too long for Windows, in the place of each name.
_LONG_NAME = re.compile(r"[a-z]+\d{6}")


@dataclass
class Outcome:
    """What came of one row in scope."""

    name: str
    seq: int
    command: str
    key: tuple[str, str, int]
    problems: list[str]


@dataclass
class _Player:
    world: World
    rows: tuple[recording.Row, ...]
    # VM sizes that the recorded service chose, and ours instead.
    sizes: dict[str, str] = field(default_factory=dict)
    # OS disks of ours: theirs go with the size.
    disks: dict[str, int] = field(default_factory=dict)
    # Names of machines, drawn by the recorded service, and ours instead.
    machines: dict[str, str] = field(default_factory=dict)
    # Guids of the recording, and ours instead.
    guids: dict[str, str] = field(default_factory=dict)

    def send(self, row: recording.Row) -> ArmAnswer:
        split = urlsplit(self._ours(row["path"]))
        query = {k.lower(): str(v) for k, v in (row.get("query") or {}).items()}
        query |= dict(parse_qsl(split.query))
        if row.get("api"):
            query["api-version"] = row["api"]
        body = row.get("req")
        request = ArmRequest(
            method=row["method"],
            path=split.path,
            query={key: self._ours(value) for key, value in query.items()},
            headers={},
            body=self._body(row, json.loads(self._ours(json.dumps(body)))) if body else None,
            by="user:az",
        )
        reply = answered(self.world, request)
        # As over a wire: what the world changes later is not seen in what was answered.
        return ArmAnswer(reply.status, copy.deepcopy(reply.body), dict(reply.headers))

    def _ours(self, text: str) -> str:
        swapped = _GUID.sub(lambda m: self.guids.get(m[0], m[0]), text)
        swapped = swapped.replace('"adminPassword": "ELIDED"', f'"adminPassword": "{_PASSWORD}"')
        for recorded, size in self.sizes.items():
            swapped = swapped.replace(f'"{recorded}"', f'"{size}"')
        for recorded, machine in self.machines.items():
            swapped = swapped.replace(f'"{recorded}"', f'"{machine}"')
        for long, short in self._windows_names().items():
            swapped = swapped.replace(long, short)
        # The recordings carry no passwords; the service has rules for them.
        swapped = swapped.replace('"adminPassword": "ELIDED"', '"adminPassword": "Recorded-0nce"')
        return swapped.replace(recording.SUBSCRIPTION, self.world.azure.home.subscription)

    def _windows_names(self) -> dict[str, str]:
        """Names of Windows pools that are too long, and the same without a zero."""
        sent = [r for r in self.rows if r["method"] == "PUT" and "/agentPools/" in r["path"]]
        windows = [
            r["path"].rpartition("/")[2]
            for r in sent
            if str((r["req"].get("properties") or {}).get("osType")).lower() == "windows"
        ]
        found = (name for name in windows if len(name) > 6 and _LONG_NAME.fullmatch(name))
        return {name: name.replace("0", "", len(name) - 6) for name in found}

    def _body(self, row: recording.Row, body: Any) -> Any:
        for pool in _profiles(body):
            if pool.get("osDiskSizeGB") and pool.get("vmSize") in self.disks:
                pool["osDiskSizeGB"] = self.disks[pool["vmSize"]]
        return self._principal(row, body)

    def _principal(self, row: recording.Row, body: Any) -> Any:
        """The recorder wrote one guid for every principal: one is taken that there is."""
        if "/roleAssignments/" in row["path"] and row["status"] < 400:
            body["properties"]["principalId"] = principals(self.world.azure)[0]["id"]
        return body

    def rights(self, row: recording.Row) -> None:
        """Deny what the recorded caller was refused at this row, and nothing else."""
        actions = [READ] if row["path"].startswith("/v1.0/") else [_ROLE_WRITE]
        refused = tuple(actions) if row["status"] == 403 else ()
        azure = self.world.azure
        azure.scenario = msgspec.structs.replace(azure.scenario, denied=Denials(arm=refused))

    def learn(self, row: recording.Row, reply: ArmAnswer) -> None:
        """Note which of our guids stand where the recording has its own."""
        headers = {name.lower(): value for name, value in reply.headers.items()}
        for name in comparing.LRO_HEADERS:
            self._pair(row["headers"].get(name, ""), headers.get(name, ""))
        self._pair_bodies(recording.bodies(row), reply.body)
        self._pair_sizes(row, reply.body)
        if row["path"].endswith("/machines"):
            ours = [one["name"] for one in (reply.body or {}).get("value", ())]
            listed = [one["name"] for one in (recording.bodies(row) or {}).get("value", ())]
            self.machines |= dict(zip(listed, ours, strict=False))

    def _pair_sizes(self, row: recording.Row, ours: Any) -> None:
        """A size that the request left to the service."""
        for (sent, recorded), (_, own) in zip(
            _pools(row.get("req"), recording.bodies(row)), _pools(None, ours), strict=False
        ):
            left, right = recorded.get("vmSize"), own.get("vmSize")
            if not sent.get("vmSize") and left and right and left != right:
                self.sizes[left] = right
                self.disks[right] = int(own.get("osDiskSizeGB") or 0)

    def _pair_bodies(self, recorded: Any, ours: Any) -> None:
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for key in recorded:
                self._pair_bodies(recorded[key], ours.get(key))
        elif isinstance(recorded, list) and isinstance(ours, list):
            for left, right in zip(recorded, ours, strict=False):
                self._pair_bodies(left, right)
        elif isinstance(recorded, str) and isinstance(ours, str):
            self._pair(recorded, ours)

    def _pair(self, recorded: str, ours: str) -> None:
        left, right = _GUID.findall(recorded), _GUID.findall(ours)
        if len(left) == len(right):
            known = {recording.SUBSCRIPTION}
            self.guids |= {a: b for a, b in zip(left, right, strict=True) if a not in known}

    def play(self, row: recording.Row) -> ArmAnswer:
        """Send a row, and again after some time where the recording is further on than we are."""
        reply = self.send(row)
        until = self.world.clock.t + _LIMIT_S
        while waits(row, reply) and self.world.clock.t < until:
            self.world.clock.run_until(self.world.clock.t + _STEP_S)
            reply = self.send(row)
        return reply


def _pools(sent: Any, answered: Any) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The pools of an answer, each with what was sent of it."""
    asked, found = _profiles(sent), _profiles(answered)
    return [(asked[i] if i < len(asked) else {}, pool) for i, pool in enumerate(found)]


def _profiles(body: Any) -> list[dict[str, Any]]:
    properties = body.get("properties") if isinstance(body, dict) else None
    if not isinstance(properties, dict):
        return []
    return list(properties.get("agentPoolProfiles") or [properties])


def answered(world: World, request: ArmRequest) -> ArmAnswer:
    return answer(world.azure, request)


def waits(row: recording.Row, reply: ArmAnswer) -> bool:
    """Whether the recorded client came by when more had happened than has here."""
    wanted = recording.bodies(row)
    if "/operations/" in row["path"]:
        ours = str((reply.body or {}).get("status")) if isinstance(reply.body, dict) else ""
        ended = str((wanted or {}).get("status")) in comparing.TERMINAL
        return ended and reply.status == 200 and ours not in comparing.TERMINAL
    if row["status"] == 204 and reply.status == 202:
        return True
    if row["method"] != "GET":
        # What came between two commands was not always recorded (--no-wait, other clients).
        return reply.status == 409 and row["status"] < 400 and _in_progress(reply)
    if row["status"] == 404 and reply.status == 200:
        return "Deleting" in comparing.states(reply.body).values()
    through = comparing.states(wanted)
    ours_now = comparing.states(reply.body)
    return any(
        state in comparing.TERMINAL and ours_now.get(path, state) not in comparing.TERMINAL
        for path, state in through.items()
    )


def _in_progress(reply: ArmAnswer) -> bool:
    return "in progress" in str(reply.body).lower()


def replay(name: str) -> list[Outcome]:
    """The outcome of every row of a recording that is in scope."""
    player = _Player(scene_of(name), recording.rows(name))
    found: list[Outcome] = []
    for row in recording.rows(name):
        if operation_of(row) in PLAYED:
            player.send(row)
        if operation_of(row) not in IN_SCOPE:
            continue
        player.rights(row)
        reply = player.play(row)
        headers = {key.lower(): value for key, value in reply.headers.items()}
        problems = comparing.problems(row, reply.status, headers, reply.body)
        player.learn(row, reply)
        key = (*operation_of(row), int(row["status"]))
        found.append(Outcome(name, row["seq"], str(row.get("cmd")), key, problems))
    return found

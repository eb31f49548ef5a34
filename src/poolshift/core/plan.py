"""The plan: a reviewed file that says what a run will do, in order, and how each step is undone."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec
import yaml

from poolshift.core.errors import UsageError

SCHEMA = "poolshift.plan/1"


class Part(msgspec.Struct, frozen=True, omit_defaults=False, forbid_unknown_fields=True):
    """Base of the plan's parts."""


class Strategy(StrEnum):
    """How a pool moves."""

    IN_PLACE = "in-place"
    BLUE_GREEN = "blue-green"
    PROGRESSIVE = "progressive"


class Guard(StrEnum):
    """How green is kept free of pods whose image does not fit it."""

    NONE = "none"
    PREFER = "prefer"
    STRICT = "strict"


class Move(StrEnum):
    """How a workload moves."""

    RETARGET = "retarget"
    DRAIN = "drain"
    WAIT_FOR_OWNER = "wait-for-owner"
    STAY = "stay"


class Undo(StrEnum):
    """How far a step can be taken back."""

    FULL = "full"
    BY_SCALING = "by-scaling"
    NONE = "none"


class StepKind(StrEnum):
    """What a step does; also the name of its gate."""

    PREFLIGHT = "preflight"
    FEATURES = "features"
    HOLD = "hold"
    CONTROL_PLANE = "control-plane"
    CREATE_GREEN = "create-green"
    GREEN_READY = "green-ready"
    IDENTITY = "identity"
    PRE_PULL = "pre-pull"
    CANARY = "canary"
    RETARGET = "retarget"
    DRAIN = "drain"
    VERIFY = "verify"
    SOAK = "soak"
    LEAVE_LOAD_BALANCERS = "leave-load-balancers"
    DELETE_BLUE = "delete-blue"
    LIFT_GUARD = "lift-guard"
    RESTORE = "restore"
    PROVE = "prove"
    FINAL_CHECK = "final-check"


IRREVERSIBLE_GATES = frozenset({"delete-blue", "control-plane", "in-place"})
"""Gates that `--yes` does not answer."""


class PlanPool(Part, frozen=True):
    """A pool to move.

    `body` is the PUT that creates green, made from blue's own fields; `surge` the nodes that may
    be more than before; `autoscaler` the limits (min, max) that green gets at the end, empty
    without one. `sku` is blue's OS SKU.
    """

    blue: str
    green: str
    strategy: Strategy
    surge: str
    guard: Guard
    owner: str
    to: str
    count: int
    build: str = ""
    green_build: str = ""
    identities: tuple[str, ...] = ()
    autoscaler: dict[str, int] = {}
    headers: dict[str, str] = {}
    body: dict[str, Any] = {}
    sku: str = ""


class ImageChange(Part, frozen=True):
    """One reference replaced by another, and the names of the containers that use it."""

    old: str
    new: str
    containers: tuple[str, ...] = ()
    init_containers: tuple[str, ...] = ()


class PlanWorkload(Part, frozen=True):
    """A workload and how it moves.

    `from_` (`from` in the file) says where the new image comes from: option, manifests, catalog
    or none. `manifest` is the rewritten document that the retarget applies, empty when the live
    template is patched. `template_hash` is part of the fingerprint. `tolerations` are those of
    the template as it was, `pull_secrets` the names of the secrets that its images are pulled with.
    """

    target: str
    move: Move
    pool: str
    old_image: str
    new_image: str
    from_: str = msgspec.field(name="from")
    replicas: int = 0
    images: tuple[ImageChange, ...] = ()
    selector: dict[str, str] = {}
    old_selector: dict[str, str] = {}
    manifest: str = ""
    template_hash: str = ""
    reason: str = ""
    tolerations: tuple[dict[str, Any], ...] = ()
    pull_secrets: tuple[str, ...] = ()


class Blocker(Part, frozen=True):
    """What keeps the plan from being carried out, and what to do about it."""

    rule: str
    target: str
    why: str
    fix: str


class UsedFact(Part, frozen=True):
    """A fact that the plan rests on."""

    id: str
    value: str
    source: str


class Step(Part, frozen=True):
    """One step.

    `needs` names steps that must be done before. `gate` names the approval it waits for, None
    without one. `undo_until` is the day on which the undo ends, None when nothing ends it.
    `expected_s` comes from `samples` observations (0 = reckoned, not observed). `nothing_to_do`
    says why the step will do nothing, empty when it will do something. `parameters` is what the
    engine needs to do it.
    """

    id: str
    kind: StepKind
    target: str
    needs: tuple[str, ...]
    gate: str | None
    undo: Undo
    undo_until: str | None
    expected_s: int
    samples: int
    summary: str
    nothing_to_do: str = ""
    parameters: dict[str, Any] = {}


class Estimate(Part, frozen=True):
    """What the plan costs, as far as the facts tell."""

    duration_s: int
    peak_extra_nodes: int
    extra_node_hours: float


class OtherManifest(Part, frozen=True):
    """A document of a manifest file that holds no workload to move: applied as it stands."""

    target: str
    manifest: str


class Plan(Part, frozen=True):
    """The whole plan."""

    id: str
    cluster: str
    kubernetes_version: str
    snapshot_fingerprint: str
    fingerprint_parts: dict[str, str]
    made_at: str
    to: str
    pools: tuple[PlanPool, ...]
    workloads: tuple[PlanWorkload, ...]
    blockers: tuple[Blocker, ...]
    facts: tuple[UsedFact, ...]
    steps: tuple[Step, ...]
    estimate: Estimate
    notes: tuple[str, ...] = ()
    other_manifests: tuple[OtherManifest, ...] = ()
    keep_blue_s: int = 0
    schema: str = SCHEMA

    def step(self, step_id: str) -> Step:
        """A step by id."""
        return next(s for s in self.steps if s.id == step_id)

    def pool(self, blue: str) -> PlanPool:
        """A pool by blue's name."""
        return next(p for p in self.pools if p.blue == blue)


class _Dumper(yaml.CSafeDumper):
    pass


def _text(dumper: yaml.CSafeDumper, value: str) -> yaml.ScalarNode:
    # Embedded manifests read as text, not as one escaped line.
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def dump_plan(plan: Plan) -> str:
    """The file form: YAML in the order of the fields, `schema` first."""
    plain = msgspec.to_builtins(plan)
    ordered = {"schema": plain.pop("schema"), **plain}
    return yaml.dump(ordered, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)


def load_plan(text: str, *, name: str = "plan") -> Plan:
    """Read the file form.

    Raises:
        UsageError: not YAML, not a plan, or of another schema.
    """
    fix = "Make a new one with: poolshift plan --to SKU --out PLAN"
    try:
        plain = yaml.load(text, Loader=yaml.CSafeLoader)
    except yaml.YAMLError as error:
        raise UsageError(f"{name} is no YAML", why=str(error), fix=fix, code="PSE120") from error
    if not isinstance(plain, dict) or "schema" not in plain:
        raise UsageError(f"{name} is no plan", why="it has no schema", fix=fix, code="PSE120")
    if plain["schema"] != SCHEMA:
        raise UsageError(
            f"{name} has schema {plain['schema']}",
            why=f"this version of poolshift reads {SCHEMA}",
            fix=f"Use the version that made it. {fix}",
            code="PSE121",
        )
    try:
        return msgspec.convert(plain, Plan)
    except msgspec.ValidationError as error:
        raise UsageError(
            f"{name} is a damaged plan", why=str(error), fix=fix, code="PSE120"
        ) from error

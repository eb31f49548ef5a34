"""The entry of a runbook that makes green, by command and by clicks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from poolshift.core.arm_client import API_VERSIONS
from poolshift.render.az.pool import header_option, option_text, spoken
from poolshift.render.markdown.sheet import Commands, Sheet
from poolshift.render.procedure import body_file, pool_body
from poolshift.render.quoting import shell
from poolshift.report.markdown import code, prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from poolshift.core.plan import PlanPool
    from poolshift.render.interface import Procedure

FIELDS = {
    "mode": "Basics, Mode",
    "osSKU": "Basics, OS SKU",
    "availabilityZones": "Basics, Availability zones",
    "vmSize": "Basics, Node size",
    "maxPods": "Basics, Max pods per node",
    "enableNodePublicIP": "Basics, Enable public IP per node",
    "nodeLabels": "Optional settings, Labels",
    "nodeTaints": "Optional settings, Taints",
}
"""What the portal asks for; a field that stands elsewhere or nowhere is told apart."""


def create_sheet(pool: PlanPool, procedure: Procedure) -> Sheet:
    """How green is made."""
    properties = pool_body(procedure.plan, pool)["properties"]
    care = [f"{pool.owner} owns the pools: let it make this one"] if pool.owner != "none" else []
    return Sheet(
        f"Make {code(pool.green)}.",
        (_command(pool, procedure, properties),),
        "; ".join(_clicks(pool, procedure, properties)),
        f"after some minutes the state `Succeeded` and {pool.count} nodes",
        tuple(care),
    )


def _command(pool: PlanPool, procedure: Procedure, properties: Mapping[str, Any]) -> str:
    run, said, headers = Commands(procedure), spoken(properties), header_option(pool.headers)
    if said.unsaid or headers is None:
        version = API_VERSIONS["microsoft.containerservice"]
        url = f"{procedure.cluster.id}/agentPools/{pool.green}?api-version={version}"
        sent = ["If-None-Match=*", "Content-Type=application/json"]
        sent += [f"{k}={v}" for k, v in pool.headers.items()]
        return run.az(
            "rest",
            "--method=put",
            f"--url={shell(url)}",
            f"--body={shell('@' + body_file(pool))}",
            f"--headers {' '.join(map(shell, sent))}",
        )
    options = [" ".join(map(option_text, words)) for words in said.options]
    extra = [option_text(h) for h in headers]
    words = (f"--node-count={pool.count}", *options, *extra, "--if-none-match='*'")
    return run.pool("aks nodepool add", pool.green, *words)


def _clicks(pool: PlanPool, procedure: Procedure, properties: Mapping[str, Any]) -> Iterator[str]:
    yield (
        f"Kubernetes services > {code(procedure.cluster.name)} > Settings > Node pools > Add node "
        f"pool: Name {code(pool.green)}"
    )
    for field, place in FIELDS.items():
        value = properties.get(field)
        if value not in (None, {}, [], False):
            yield f"{place}: {_shown(value)}"
    yield f"Basics, Scale method Manual, Node count {pool.count}"
    rest = [f for f, v in properties.items() if f not in {*FIELDS, "count"} and v not in _NOTHING]
    if rest or pool.headers:
        names = ", ".join(code(n) for n in (*rest, *pool.headers))
        yield f"the form does not ask for all of {names}: compare afterwards, or use the command"


_NOTHING: tuple[Any, ...] = (None, {}, [], False)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(code(f"{k}={v}") for k, v in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(code(str(v)) for v in value)
    return code(str(value)) if not isinstance(value, bool) else prose("yes")

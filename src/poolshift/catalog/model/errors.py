"""Records of service errors."""

from __future__ import annotations

from poolshift.catalog.model.base import CatalogFile, Record, Source


class ErrorShape(Record, frozen=True):
    """The bodies of ARM's errors."""

    gateway: dict[str, dict[str, str]]
    aks_provider: dict[str, str]
    note: str
    source: Source
    confidence: str


class ServiceError(Record, frozen=True):
    """An error of a service, with cause and cure.

    `message` is what the service says, `<name>` standing for what varies. `patterns` are the texts
    by which `explain` knows the error; their holes are `<name>` or `<name:type>`. `hresults` are
    the Windows codes that mean it (`0xc0370101`). `what` are sentences whose `{name}` come from
    the text: the first of which all are known is said. `commands` name what they work on in
    capitals (POD, NAMESPACE), which a value from the text replaces. `rules` find the cause before
    it strikes, `pains` are the ids by which scenarios and faults call it. A record covers those
    whose codes are in `covers`: they tell a symptom of it. A `weak` code is an everyday word and
    counts only where it stands as a code.
    """

    code: str
    kind: str
    phase: tuple[str, ...]
    message: str
    cause: str
    remedy: str
    retry: str
    source: Source
    confidence: str
    http: int | None = None
    message_exact: bool | None = None
    sub: str = ""
    aliases: tuple[str, ...] = ()
    exit_code: int | tuple[int, ...] | None = None
    patterns: tuple[str, ...] = ()
    hresults: tuple[str, ...] = ()
    what: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    pains: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()
    weak: bool = False
    read_on: str = ""


class GroupHelp(Record, frozen=True):
    """What is behind the failure of a group of steps, and what to do."""

    cause: str
    remedy: str
    commands: tuple[str, ...] = ()


class ExitCodes(Record, frozen=True):
    """Exit codes of the Windows start-up script."""

    source: Source
    confidence: str
    groups: dict[str, tuple[int, ...]]
    codes: dict[int, str]
    group_help: dict[str, GroupHelp]
    where: str
    commands: tuple[str, ...]


class HResults(Record, frozen=True):
    """How a Windows code is read: facilities by number, and the names of some codes.

    `names` are codes that say what happened but not why.
    """

    source: Source
    confidence: str
    layout: str
    facilities: dict[int, str]
    names: dict[str, str]


class ErrorsFile(CatalogFile, frozen=True):
    """The file `errors.yaml`."""

    arm_error_shape: ErrorShape
    notes: tuple[str, ...]
    errors: tuple[ServiceError, ...]
    windows_cse_exit_codes: ExitCodes
    hresults: HResults

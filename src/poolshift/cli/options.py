"""Options that several commands share, and those of a later version."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

import click

from poolshift import __version__
from poolshift.core.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

OUTPUT_ALIASES = ("-o", "--output", "--format")


def not_available(what: str) -> UsageError:
    """The answer to an option or value that a later version brings."""
    return UsageError(
        f"{what} is not available in this version",
        why=f"this is poolshift {__version__}",
        fix="See what is: poolshift COMMAND --help",
        code="PSE101",
    )


class LaterOption(click.Option):
    """An option of a later version: hidden, and refused by name when it is used."""

    def __init__(self, declarations: Sequence[str], **settings: Any) -> None:
        super().__init__(
            list(declarations), hidden=True, expose_value=False, callback=self._refuse, **settings
        )

    @staticmethod
    def _refuse(ctx: click.Context, parameter: click.Parameter, value: Any) -> None:
        source = ctx.get_parameter_source(str(parameter.name))
        if source is not None and source is not click.core.ParameterSource.DEFAULT:
            raise not_available(max(parameter.opts, key=len))


def later(*declarations: str, flag: bool = False) -> Callable[[F], F]:
    """Declare an option of a later version."""

    def decorate(function: F) -> F:
        option = LaterOption(declarations, is_flag=flag)
        if not hasattr(function, "__click_params__"):
            function.__click_params__ = []  # type: ignore[attr-defined]
        function.__click_params__.append(option)  # type: ignore[attr-defined]
        return function

    return decorate


class LaterChoice(click.ParamType[str]):
    """A choice of which some values belong to a later version."""

    name = "choice"

    def __init__(self, now: Sequence[str], later_values: Sequence[str] = ()) -> None:
        self.now = tuple(now)
        self.later_values = tuple(later_values)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """The values of this version."""
        return f"[{'|'.join(self.now)}]"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """One of the values, or a clear refusal."""
        if value in self.now:
            return str(value)
        option = max(param.opts, key=len) if param is not None else ""
        if value in self.later_values:
            raise not_available(f"{option} {value}")
        self.fail(f"{value!r} is not one of {', '.join(self.now)}", param, ctx)


def source_options(*, snapshot: bool = True) -> Callable[[F], F]:
    """Where a cluster comes from."""
    options = [
        click.option(
            "--cluster",
            "--ids",
            "cluster_id",
            metavar="ARM_RESOURCE_ID",
            help="The cluster by its resource id.",
        ),
        click.option(
            "-g", "--resource-group", "group", metavar="GROUP", help="Its resource group."
        ),
        click.option("-n", "--name", "--cluster-name", "name", metavar="NAME", help="Its name."),
        click.option("--subscription", metavar="SUB", help="Default: az's current one."),
        click.option("--sim", metavar="DIR", help="The running local AKS of that directory."),
        click.option("--cloud", metavar="NAME|URL", help="Another Azure cloud."),
        click.option("--kubeconfig", metavar="FILE", help="Default: the service gives one."),
        click.option("--context", metavar="NAME", help="A context of the kubeconfig."),
    ]
    if snapshot:
        options.append(
            click.option(
                "--snapshot",
                "snapshot_file",
                metavar="FILE",
                help="A file made by poolshift snapshot.",
            )
        )

    def decorate(function: F) -> F:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def output_option(now: Sequence[str], later_values: Sequence[str] = ()) -> Callable[[F], F]:
    """`-o`, `--output` and `--format` are one option."""
    return click.option(
        *OUTPUT_ALIASES,
        "output",
        type=LaterChoice(now, later_values),
        default=now[0],
        show_default=True,
        help="How to print.",
    )


def journal_option(function: F) -> F:
    """`--journal`."""
    return click.option(
        "--journal",
        metavar="URL",
        envvar="POOLSHIFT_JOURNAL",
        help="sqlite:PATH; default: sqlite: under your state directory.",
    )(function)


def parse_day(text: str) -> date:
    """The day of `--as-of`.

    Raises:
        UsageError: it is no date.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(
            f"{text} is no date", fix="Write it as 2026-11-20", code="PSE106"
        ) from error


def example(text: str) -> str:
    """An epilog that keeps its lines."""
    return "\b\nExample:\n  " + text.replace("\n", "\n  ")

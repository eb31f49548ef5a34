"""The `poolshift` program: a group whose commands are imported only when they run.

`--help` and `--version` must be instant, so nothing heavier than click is imported here.
"""

from __future__ import annotations

import importlib
import os
import sys

import click

from poolshift import __version__
from poolshift.core.errors import EXIT_DONE, EXIT_INTERNAL, EXIT_INTERRUPTED, EXIT_USAGE

COMMANDS: dict[str, str] = {
    "demo": "Move the reference cluster's Windows pool on a local AKS, start to end.",
    "sim": "Run a local AKS that az and kubectl can talk to.",
    "snapshot": "Capture one cluster into a file, read-only; or redact a file that is there.",
    "assess": "What breaks, where, on which day, and why.",
    "explain": "A rule id, an error code, any error text, or `pool NAME`: cause and cure.",
    "plan": "What exactly has to be done, in what order.",
    "render": "A plan as a script, a template or a runbook.",
    "rewrite": "What changes in Dockerfiles, manifests and infrastructure code.",
    "apply": "Carry a plan out, carefully.",
    "runs": "See, approve, pause, resume, roll back runs.",
    "catalog": "The dated facts that everything rests on.",
    "schema": "Print the JSON Schema of a document.",
}
"""Every command of this version with its short help; modules are `poolshift.cli.NAME`."""

LATER = ("rehearse", "fleet", "serve", "worker")
"""Commands of a later version: they answer so, and are not in `--help`."""

MODULES = {"snapshot": "snapshot_cmd", "assess": "assess_cmd"}
"""Modules whose name would shadow what they use."""


class LazyGroup(click.Group):
    """A click group that knows its commands' names and imports one when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported now."""
        if cmd_name in LATER:
            return _later(cmd_name)
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"poolshift.cli.{MODULES.get(cmd_name, cmd_name)}")
        command = module.command
        if not isinstance(command, click.Command):
            raise TypeError(f"{module.__name__}.command is no command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list, without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _later(name: str) -> click.Command:
    def refuse() -> None:
        from poolshift.core.errors import UsageError

        raise UsageError(
            f"{name} is not available in this version",
            why=f"this is poolshift {__version__}",
            fix="See what is: poolshift --help",
            code="PSE101",
        )

    return click.Command(
        name,
        callback=refuse,
        hidden=True,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )


EPILOG = "\b\nExample:\n  poolshift demo\n  poolshift assess -g shop -n shop-aks --to Windows2022"


@click.group(cls=LazyGroup, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="poolshift", message="%(prog)s %(version)s")
def cli() -> None:
    """Move AKS node pools to another operating-system version, and prove the move first."""


def main() -> None:
    """Run the program and leave with the contract's exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; returns its exit code and never raises."""
    try:
        answer = cli.main(args=arguments, prog_name="poolshift", standalone_mode=False)
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return EXIT_INTERRUPTED
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return EXIT_USAGE
    except click.ClickException as error:
        click.echo(f"error: {_usage_line(error)}", err=True)
        return EXIT_USAGE
    except BrokenPipeError:
        # The reader of our output is gone; that is its choice, not a failure.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_DONE
    except Exception as error:
        return _explain_failure(error)
    return answer if isinstance(answer, int) else EXIT_DONE


def _usage_line(error: click.ClickException) -> str:
    """Click's own complaint in the form of ours."""
    what = " ".join(error.format_message().split()).rstrip(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context is not None else "poolshift"
    return f"PSE100 {what[:1].lower()}{what[1:]}. See: {path} --help"


def _explain_failure(error: Exception) -> int:
    from poolshift.core.errors import PoolshiftError
    from poolshift.report.hostile import clean

    if isinstance(error, PoolshiftError):
        # Service answers and YAML errors hold line breaks, and names from a cluster are hostile.
        click.echo(f"error: {clean(' '.join(error.line().split()))}", err=True)
        return error.exit_code
    click.echo(
        f"internal error: {type(error).__name__}: {error}. This is a defect of poolshift; run "
        "again with POOLSHIFT_TRACEBACK=1 and report what it prints.",
        err=True,
    )
    if os.environ.get("POOLSHIFT_TRACEBACK"):
        raise error
    return EXIT_INTERNAL

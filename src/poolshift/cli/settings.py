"""The settings file: `poolshift.toml` where the command runs, or the one of `--config`."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from poolshift.cli.output import reason_of, say
from poolshift.core.errors import UsageError
from poolshift.rules.settings import Settings

NAME = "poolshift.toml"


def read_settings(path: str | None) -> Settings:
    """The settings of a file; those of the working directory without a name, else none.

    Raises:
        UsageError: it cannot be read, or says what no settings file says.
    """
    file = Path(path or NAME)
    if path is None:
        if not file.is_file():
            return Settings()
        say(f"settings from {NAME}")
    fix = "Mend the file; its keys stand in docs/how-to/settings.md"
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
        return msgspec.convert(data, Settings)
    except OSError as error:
        raise UsageError(
            f"{file} cannot be read",
            why=reason_of(error),
            fix="Name a settings file: --config FILE",
            code="PSE124",
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise UsageError(
            f"{file} is no valid settings file", why=str(error), fix=fix, code="PSE124"
        ) from error

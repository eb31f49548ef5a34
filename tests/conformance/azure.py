"""The real `az` and the real Azure SDK, pointed at a served local AKS."""

from __future__ import annotations

import base64
import json
import os
import shlex
import struct
import subprocess
from pathlib import Path
from typing import Any

from tests.cli.served import LocalAks

TOOLS = Path(__file__).parents[2] / ".tools"
AZ = TOOLS / "az" / "bin" / "az"
SDK = TOOLS / "sdk" / "bin" / "python"
ABSENT = "is not installed (scripts/clients.sh az sdk needs a package index)"
_LIMIT_S = 120


class Ran:
    """A command that ended."""

    def __init__(self, line: str, done: subprocess.CompletedProcess[str]) -> None:
        self.line = line
        self.code = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def value(self) -> Any:
        """What it printed, as JSON."""
        assert self.code == 0, f"{self.line}\n{self.err}"
        return json.loads(self.out) if self.out.strip() else None


class Client:
    """Runs real clients with an environment of their own: nothing but loopback is reached.

    Attributes:
        aks: the local AKS that they are pointed at.
        home: an empty home directory but for a public key.
        words: what the placeholders in lines stand for.
    """

    def __init__(self, aks: LocalAks, home: Path) -> None:
        self.aks = aks
        self.home = home
        self.words = {
            "sub": aks.endpoint["subscription"],
            "tenant": aks.endpoint["tenant"],
            "arm": aks.endpoint["arm"],
            "group": aks.endpoint["resource_group"],
            "cluster": aks.endpoint["cluster"],
            "nodes": f"MC_{aks.endpoint['resource_group']}_{aks.endpoint['cluster']}_eastus",
            "home": str(home),
            "ca": str(aks.folder / "ca.pem"),
        }
        # `az aks create` takes the user's own key; any well-formed one will do.
        (home / ".ssh").mkdir()
        (home / ".ssh" / "id_rsa.pub").write_text(f"ssh-rsa {_public_key()} user\n")

    @property
    def environment(self) -> dict[str, str]:
        inherited = {key: os.environ[key] for key in ("PATH", "LANG") if key in os.environ}
        return {
            **inherited,
            **self.aks.azure,
            "HOME": str(self.home),
            # Warnings of Python about its own libraries are not what is tested.
            "PYTHONWARNINGS": "ignore",
        }

    def az(self, line: str, **environment: str) -> Ran:
        """Run one line, as it would be typed behind the `az`."""
        filled = line.format(**self.words)
        done = subprocess.run(
            [str(AZ), *shlex.split(filled)],
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            env=self.environment | environment,
            cwd=self.home,
            check=False,
        )
        return Ran(f"az {filled}", done)

    def sdk(self, script: Path) -> Ran:
        """Run a script with the SDK's own Python."""
        done = subprocess.run(
            [str(SDK), "-W", "error::ResourceWarning", str(script)],
            capture_output=True,
            text=True,
            timeout=_LIMIT_S,
            env=self.environment | {"SIM": json.dumps(self.words)},
            cwd=self.home,
            check=False,
        )
        return Ran(f"python {script.name}", done)


def _public_key() -> str:
    """The encoding of an RSA public key: its type, an exponent and a modulus."""
    parts = (b"ssh-rsa", b"\x01\x00\x01", b"\x00" + b"\xc5" * 256)
    return base64.b64encode(b"".join(struct.pack(">I", len(p)) + p for p in parts)).decode()

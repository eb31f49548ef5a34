"""Which tests run in one process, because they share what is dear or go on where others ended.

xdist has marks for this, but passes them on by a way that pytest has had no longer since 9.2.
"""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

# By the beginning of their ids; the first that fits counts.
TOGETHER = {
    "tests/conformance/test_kubectl": "kubectl",
    "tests/conformance/": "azure",
    "tests/sim/kube/test_replay_kubectl.py": "kubectl",
    "tests/cli/test_bad_input.py": "bad-input",
    "tests/cli/test_processes.py": "processes",
    "tests/cli/test_documents.py": "documents",
    "tests/docs/test_readme.py": "readme",
}


def together(nodeid: str) -> str:
    """What a test runs together with; its own id when that is nothing."""
    return next((name for start, name in TOGETHER.items() if nodeid.startswith(start)), nodeid)


class Together(LoadScopeScheduling):
    """Gives each group of tests to one worker, the largest first, and the rest one by one."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)

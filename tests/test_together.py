from pathlib import Path

import pytest
from tests.together import TOGETHER, together


def test_what_is_kept_together_exists() -> None:
    root = Path(__file__).parent.parent
    for start in TOGETHER:
        folder, name = (root / start).parent, (root / start).name
        assert list(folder.glob(f"{name}*")) if name else folder.is_dir(), start


@pytest.mark.parametrize(
    ("nodeid", "group"),
    [
        ("tests/conformance/test_az_lines.py::test_x[1]", "azure"),
        ("tests/conformance/test_sdk.py::test_x", "azure"),
        ("tests/conformance/test_kubectl_verbs.py::test_x", "kubectl"),
        ("tests/core/test_plan.py::test_x", "tests/core/test_plan.py::test_x"),
    ],
)
def test_groups_go_by_the_beginning_of_ids(nodeid: str, group: str) -> None:
    assert together(nodeid) == group

"""The tree of a YAML text: the same as the library's own composer makes, without its recursion."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from poolshift.rewrite.yamltree import Mapping, Scalar, TooDeepError, compose

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "manifests"


def ours(node: Any) -> Any:
    value: Any
    if isinstance(node, Mapping):
        kind, value = "map", [(ours(k), ours(v)) for k, v in node.value]
    elif isinstance(node, Scalar):
        kind, value = "scalar", node.value
    else:
        kind, value = "list", [ours(v) for v in node.value]
    return kind, node.start_mark.index, node.end_mark.index, value


def theirs(node: Any) -> Any:
    if isinstance(node, yaml.MappingNode):
        kind, value = "map", [(theirs(k), theirs(v)) for k, v in node.value]
    elif isinstance(node, yaml.ScalarNode):
        kind, value = "scalar", node.value
    else:
        kind, value = "list", [theirs(v) for v in node.value]
    return kind, node.start_mark.index, node.end_mark.index, value


WIDE = "# " + "[" * 6_000
"""What makes a text look deep, so that it is composed by a stack."""

TEXTS = [
    "",
    "a",
    "a: b\n---\n- c\n- {d: e, f: [g, 'h']}\n",
    "a: &x {b: c}\nd: *x\ne: [*x, *x]\n",
    "a: |\n  text\n   more\nb: >-\n  folded\n",
    "? a\n: b\n? [c]\n: d\n",
    "%YAML 1.1\n---\na: !!str 1\n...\n---\nb: &n\n",
    "\r\na: b\r\n",
    "é: 'ü'\n\U0001f600: x\n",
]


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
@pytest.mark.parametrize("end", ["", WIDE], ids=["quick", "by a stack"])
def test_nodes_and_places_are_those_of_the_library(text: str, end: str) -> None:
    wanted = [theirs(n) for n in yaml.compose_all(text + end, yaml.CSafeLoader)]
    assert [ours(n) for n in compose(text + end).roots] == wanted


@pytest.mark.skipif(
    not CORPUS.is_dir(), reason="the collected manifests are not beside the project"
)
def test_nodes_of_collected_manifests_are_those_of_the_library() -> None:
    seen = 0
    for path in sorted(CORPUS.glob("*.yaml")):
        text = path.read_bytes().decode()
        try:
            wanted = [theirs(n) for n in yaml.compose_all(text, yaml.CSafeLoader)]
        except yaml.YAMLError:
            with pytest.raises(yaml.YAMLError):
                compose(text)
            continue
        assert [ours(n) for n in compose(text).roots] == wanted, path.name
        seen += 1
    assert seen > 50


@pytest.mark.parametrize("text", ["a: *b", "a: [", "a: b: c", "\t- a", "a: &x b\n---\nc: *x\n"])
def test_what_is_no_yaml_is_refused(text: str) -> None:
    with pytest.raises(yaml.YAMLError):
        compose(text)


@pytest.mark.parametrize("depth", [6_000, 100_000])
@pytest.mark.parametrize("level", ["[", "{a: ", "- ", "? "])
def test_what_is_too_deep_is_refused(depth: int, level: str) -> None:
    with pytest.raises((TooDeepError, yaml.YAMLError)):
        compose(level * depth)


def test_aliases_are_told() -> None:
    assert compose("a: &x b\nc: *x\n").has_aliases
    assert not compose("a: &x b\n").has_aliases


def test_an_alias_is_the_anchored_node_itself() -> None:
    for text in ("a: &x {b: c}\nd: *x\n", "a: &x {b: c}\nd: *x\n" + WIDE):
        (root,) = compose(text).roots
        assert isinstance(root, Mapping)
        assert root.value[0][1] is root.value[1][1]

"""Bicep and ARM JSON: green is added beside blue; pools inside of clusters, loops are told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from poolshift.rewrite import FileVerdict
from poolshift.rewrite.arm.bicep_scan import BicepError
from poolshift.rewrite.arm.bicep_tree import parse as parse_bicep
from poolshift.rewrite.jsonc import JsonError
from poolshift.rewrite.jsonc import parse as parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

POOL = "Microsoft.ContainerService/managedClusters/agentPools"
BICEP = f"""\
@description('the pool')
resource win '{POOL}@2026-05-01' = {{
  parent: aks
  name: 'wspool'
  properties: {{
    osType: 'Windows' // why
    osSKU: 'Windows2022' // now
    nodeLabels: {{ a: '${{x}}-}}' }}
  }}
}} // end
output id string = win.id
"""
ARM = f"""\
{{
  "resources": [
    {{
      "type": "{POOL}",
      "apiVersion": "2026-05-01",
      "name": "[concat(parameters('c'), '/wspool')]",
      "properties": {{
        "osType": "Windows",
        "osSKU": "Windows2022"
      }},
      "dependsOn": [ "aks" ]
    }},
    {{ "type": "Other" }}
  ]
}}
"""


def only(result: FileResult) -> tuple[int, str]:
    """The one need of a file without edits."""
    assert result.edits == ()
    (need,) = result.needs
    return need.line, need.rule


def test_bicep_green_is_added_after_blue(rewrite: Rewrite) -> None:
    result = rewrite("main.bicep", BICEP.encode(), "Windows2025")
    at = BICEP.index("output")
    assert (
        result.data.decode()
        == f"""\
{BICEP[:at]}
resource winWindows2025 '{POOL}@2026-05-01' = {{
  parent: aks
  name: 'wspo25'
  properties: {{
    osType: 'Windows' // why
    osSKU: 'Windows2025'
    enableFIPS: true // now
    nodeLabels: {{ a: '${{x}}-}}' }}
  }}
}}
{BICEP[at:]}"""
    )


def test_bicep_child_pool_is_added_inside_of_its_cluster(rewrite: Rewrite) -> None:
    text = """\
resource aks 'Microsoft.ContainerService/managedClusters@2026-05-01' = {
  name: 'aks'
  resource win 'agentPools' = {
    name: 'win'
    properties: { osType: 'Windows', osSKU: 'Windows2019' }
  }
}
"""
    result = rewrite("main.bicep", text.encode())
    assert result.data.decode() == text.replace(
        "  }\n}\n",
        """\
  }

  resource winWindows2022 'agentPools' = {
    name: 'win22'
    properties: { osType: 'Windows', osSKU: 'Windows2022' }
  }
}
""",
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("'wspool'", "poolName", 7, "pool-name"),
        ("'wspool'", "'w${x}'", 7, "pool-name"),
        ("'Windows2022' // now", "osSku", 7, "os-sku-expression"),
        ("    osSKU: 'Windows2022' // now\n", "", 6, "os-sku-default"),
        ("= {\n  parent", "= if (x) {\n  parent", 7, "pool-repeated"),
        ("2026-05-01", "2025-05-01", 7, "api-version"),
        ("2026-05-01", "2026-04-02-preview", 7, "api-version"),
        ("    osType", "    creationData: { }\n    osType", 8, "pool-snapshot"),
    ],
)
def test_bicep_what_is_left_open_is_told(
    old: str, new: str, line: int, rule: str, rewrite: Rewrite
) -> None:
    text = BICEP.replace(old, new)
    assert only(rewrite("main.bicep", text.encode(), "Windows2025")) == (line, rule)


@pytest.mark.parametrize(
    ("text", "line", "rule"),
    [
        ("param osSku string = 'Windows2019'\n", 1, "parameter"),
        ("var x = {\n  sku: 'Windows2019'\n}\n", 2, "variable"),
        ("module m 'a.bicep' = {\n  params: { osSku: 'Windows2019' }\n}\n", 2, "module-input"),
        (
            "resource c 'Microsoft.ContainerService/managedClusters@2026-05-01' = {\n"
            "  properties: {\n    agentPoolProfiles: [\n"
            "      { name: 'w', osType: 'Windows', osSKU: 'Windows2019' }\n    ]\n  }\n}\n",
            4,
            "inline-pool",
        ),
        ("var p = union(q, {\n  osSKU: 'Windows2019' // osSKU: 'Windows2019'\n})\n", 2, "os-sku"),
        (f"resource w '{POOL}@2026-05-01' = {{\n  osSKU: 'Windows2019'\n", 2, "no-bicep"),
    ],
    ids=["param", "var", "module", "inline", "expression", "no-bicep"],
)
def test_bicep_other_places_are_told(text: str, line: int, rule: str, rewrite: Rewrite) -> None:
    assert only(rewrite("main.bicep", text.encode())) == (line, rule)


@pytest.mark.parametrize(
    "text",
    [
        BICEP.replace("Windows2022", "Windows2025"),
        BICEP.replace("resource win", "resource win").replace("' = {", "' existing = {", 1),
        "@allowed(['Windows2019'])\nparam a string\nvar t = { tags: { os: 'Windows2019' } }\n",
        "var a = b\n  ? 'x'\n  : 'y'\ntype t = { a: string }\nfunc f(a string) string => a\n",
        f"/*\n{BICEP}*/\n",
    ],
    ids=["target", "existing", "allowed-and-tags", "other-statements", "comment"],
)
def test_bicep_what_need_not_move_is_left_alone(text: str, rewrite: Rewrite) -> None:
    result = rewrite("main.bicep", text.encode(), "Windows2025")
    assert (result.verdict, result.needs) == (FileVerdict.UNCHANGED, ())


@pytest.mark.parametrize("text", ["var a = 'x", "var a = {", "}", "what is this", "var a = { b }"])
def test_what_is_no_bicep(text: str) -> None:
    with pytest.raises(BicepError):
        parse_bicep(text)


def test_arm_green_is_added_to_the_list(rewrite: Rewrite) -> None:
    result = rewrite("arm.json", ARM.encode(), "Windows2025")
    blue, green, other = json.loads(result.data)["resources"]
    assert green["name"] == "[concat(parameters('c'), '/wspo25')]"
    assert green["properties"] == {
        "osType": "Windows",
        "osSKU": "Windows2025",
        "enableFIPS": True,
    }
    assert {k: v for k, v in green.items() if k not in ("name", "properties")} == {
        k: v for k, v in blue.items() if k not in ("name", "properties")
    }
    assert other == {"type": "Other"}
    before, after = ARM.encode().split(b"    },\n", 1)
    assert result.data.startswith(before)
    assert result.data.endswith(after)


@pytest.mark.parametrize(
    "name",
    ['"aks/wspool"', "\"[format('{0}/{1}', x, 'wspool')]\"", "\"[concat(x, '/', 'wspool')]\""],
)
def test_arm_names_that_end_in_the_pool(name: str, rewrite: Rewrite) -> None:
    text = ARM.replace("\"[concat(parameters('c'), '/wspool')]\"", name)
    green = json.loads(rewrite("arm.json", text.encode(), "Windows2025").data)["resources"][1]
    assert green["name"] == json.loads(name).replace("wspool", "wspo25")


def test_comments_and_line_ends_of_arm_survive(rewrite: Rewrite) -> None:
    text = ARM.replace('"Windows2022"', '"Windows2022" // now').replace("\n", "\r\n")
    data = rewrite("arm.json", b"\xef\xbb\xbf" + text.encode(), "Windows2025").data
    assert data.count(b"// now") == 2
    assert data.count(b"\n") == data.count(b"\r\n")
    assert data.startswith(b"\xef\xbb\xbf{")


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ("'/wspool')]", "parameters('n'))]", 9, "pool-name"),
        ('"Windows2022"', "\"[parameters('sku')]\"", 9, "os-sku-expression"),
        (',\n        "osSKU": "Windows2022"', "", 8, "os-sku-default"),
        ('"dependsOn"', '"copy": {}, "dependsOn"', 9, "pool-repeated"),
        ('"dependsOn"', '"condition": true, "dependsOn"', 9, "pool-repeated"),
        ("2026-05-01", "2024-01-01", 9, "api-version"),
        ('"resources": [', '"resources": {"a": [', 9, "no-json"),
    ],
)
def test_arm_what_is_left_open_is_told(
    old: str, new: str, line: int, rule: str, rewrite: Rewrite
) -> None:
    text = ARM.replace(old, new)
    assert only(rewrite("arm.json", text.encode(), "Windows2025")) == (line, rule)


def test_arm_resource_outside_of_a_list_is_told(rewrite: Rewrite) -> None:
    lone = json.dumps(json.loads(ARM)["resources"][0], indent=2)
    line, rule = only(rewrite("arm.json", lone.encode(), "Windows2025"))
    assert (line, rule) == (7, "no-list")


def test_arm_parameters_are_told(rewrite: Rewrite) -> None:
    text = '{"$schema": "x/deploymentParameters.json#",\n'
    text += '"parameters": {"s": {"value": "Windows2019"}}}'
    assert only(rewrite("a.parameters.json", text.encode())) == (2, "parameter")


def test_strings_over_lines_and_trailing_commas_are_read() -> None:
    root = parse_json('{"a": [1, "b\nc",], /* x */ "d": null,}')
    assert [key.text for key, _ in root.members] == ["a", "d"]
    with pytest.raises(JsonError):
        parse_json('{"a": }')


def test_bicep_that_ends_inside_of_a_string_is_told_by_its_lines(rewrite: Rewrite) -> None:
    text = BICEP.replace("managedClusters/agentPools@", "ma${nagedClusters/agentPools@")
    result = rewrite("main.bicep", text.encode(), "Windows2025")
    assert result.edits == ()
    assert {n.rule for n in result.needs} == {"no-bicep"}


def test_sketch_has_the_api_version_that_it_needs(rewrite: Rewrite) -> None:
    text = BICEP.replace("2026-05-01", "2025-05-01")
    (need,) = rewrite("main.bicep", text.encode(), "Windows2025").needs
    assert "agentPools@2026-05-01'" in need.suggestion


def test_parameter_is_told_by_its_name(rewrite: Rewrite) -> None:
    (need,) = rewrite("main.bicep", b"param winSku string = 'Windows2019'\n").needs
    assert need.reason.startswith("winSku is Windows2019")

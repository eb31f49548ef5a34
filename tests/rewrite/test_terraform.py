"""Terraform: green is added beside blue, laid out as the formatter does; the rest is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.hcl import formatted, needs_formatter, parsed

from poolshift.rewrite import FileVerdict
from poolshift.rewrite.terraform.scan import HclError
from poolshift.rewrite.terraform.tree import object_items, parse

if TYPE_CHECKING:
    from collections.abc import Callable

    from poolshift.rewrite import FileResult

    Rewrite = Callable[..., FileResult]

AZURERM = """\
# the pools
resource "azurerm_kubernetes_cluster_node_pool" "win" {
  name                  = "wspool" # a comment that stays
  kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id
  vm_size               = "Standard_D4s_v3"
  os_type               = "Windows"
  os_sku                = "Windows2019"
  node_labels = {
    "a-${var.x}" = "}" // braces
  }
  upgrade_settings { max_surge = "33%" }
  tags = { note = <<-EOT
    resource "x" {
    EOT
  }
}

output "id" { value = azurerm_kubernetes_cluster_node_pool.win.id }
"""
GREEN = """\
resource "azurerm_kubernetes_cluster_node_pool" "win_windows2022" {
  name                  = "wspo22" # a comment that stays
  kubernetes_cluster_id = azurerm_kubernetes_cluster.aks.id
  vm_size               = "Standard_D4s_v3"
  os_type               = "Windows"
  os_sku                = "Windows2022"
  node_labels = {
    "a-${var.x}" = "}" // braces
  }
  upgrade_settings { max_surge = "33%" }
  tags = { note = <<-EOT
    resource "x" {
    EOT
  }
}
"""
AZAPI = """\
resource "azapi_resource" "win" {
  type      = "Microsoft.ContainerService/managedClusters/agentPools@2026-05-01"
  parent_id = azurerm_kubernetes_cluster.aks.id
  name      = "wspool"
  body = {
    properties = {
      osSKU  = "Windows2022" # now
      vmSize = "Standard_D4s_v3"
      osType = "Windows"
    }
  }
}
"""


def only(result: FileResult) -> tuple[int, str]:
    """The one need of a file without edits."""
    assert result.edits == ()
    (need,) = result.needs
    return need.line, need.rule


def test_green_is_added_after_blue(rewrite: Rewrite) -> None:
    result = rewrite("main.tf", AZURERM.encode())
    output = AZURERM.index("\noutput")
    expected = AZURERM[:output] + "\n" + GREEN + AZURERM[output:]
    assert result.data.decode() == expected
    assert (result.verdict, [e.line for e in result.edits]) == (FileVerdict.CHANGED, [16])
    assert set(_pools(expected)) == {"win", "win_windows2022"}


def _pools(text: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for block in parsed(text)["resource"]:
        for kind in block.values():
            found |= {name.strip('"'): body for name, body in kind.items()}
    return found


def test_line_ends_of_the_file_are_kept(rewrite: Rewrite) -> None:
    text = AZURERM.replace("\n", "\r\n")
    result = rewrite("main.tf", text.encode())
    assert result.data.decode().replace("\r\n", "") == rewrite(
        "main.tf", AZURERM.encode()
    ).data.decode().replace("\n", "")
    cut = text[: text.index("\r\n\r\noutput")]
    without_end = rewrite("main.tf", cut.encode()).data.decode()
    assert without_end.count("\n") == without_end.count("\r\n")
    assert without_end.endswith("}")


def test_azapi_takes_what_the_provider_lacks(rewrite: Rewrite) -> None:
    result = rewrite("main.tf", AZAPI.encode(), "Windows2025")
    assert result.data.decode().endswith("""
resource "azapi_resource" "win_windows2025" {
  type      = "Microsoft.ContainerService/managedClusters/agentPools@2026-05-01"
  parent_id = azurerm_kubernetes_cluster.aks.id
  name      = "wspo25"
  body = {
    properties = {
      osSKU      = "Windows2025" # now
      enableFIPS = true
      vmSize     = "Standard_D4s_v3"
      osType     = "Windows"
    }
  }
}
""")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('osSKU  = "Windows2022" # now', 'osSKU  = "Windows2022"\n      enableFIPS = false'),
        ("body = {\n    properties = {", "body = jsonencode({\n    properties = {"),
    ],
    ids=["fips-off", "jsonencode"],
)
def test_azapi_forms(old: str, new: str, rewrite: Rewrite) -> None:
    text = AZAPI.replace(old, new)
    if "jsonencode" in new:
        text = text.replace("    }\n  }\n}", "    }\n  })\n}")
    result = rewrite("main.tf", text.encode(), "Windows2025")
    green = result.data.decode()[len(text) :]
    assert green.count("enableFIPS") == 1
    assert "= true" in green
    assert '= "Windows2025"' in green


def test_provider_that_lacks_the_sku_gets_an_azapi_text(rewrite: Rewrite) -> None:
    result = rewrite("main.tf", AZURERM.encode(), "Windows2025")
    assert only(result) == (7, "provider")
    suggestion = result.needs[0].suggestion
    block = suggestion[suggestion.index("resource ") :]
    assert list(_pools(block)) == ["win_windows2025"]
    assert 'name      = "wspo25"' in block
    assert "enableFIPS = true" in block
    assert "not carried over, see whether you need them: upgrade_settings" in block
    assert rewrite("main.tf", (AZURERM + block).encode(), "Windows2025").needs == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "rule"),
    [
        ('"wspool"', "var.name", 7, "pool-name"),
        ('"Windows2019"', "var.sku", 7, "os-sku-expression"),
        ('  os_sku                = "Windows2019"\n', "", 6, "os-sku-default"),
        ("  upgrade", "  for_each = var.pools\n  upgrade", 7, "pool-repeated"),
        ("  upgrade", "  count = 2\n  upgrade", 7, "pool-repeated"),
        ("  upgrade", "  snapshot_id = var.s\n  upgrade", 7, "pool-snapshot"),
        ("Standard_D4s_v3", "Standard_D8ds_v6", 7, "vm-size"),
        ("Windows2019", "Windows2016", 7, "os-sku-unknown"),
    ],
)
def test_what_is_left_open_is_told(
    old: str, new: str, line: int, rule: str, rewrite: Rewrite
) -> None:
    assert only(rewrite("main.tf", AZURERM.replace(old, new).encode())) == (line, rule)


def test_pool_without_sku_gets_the_text_to_add(rewrite: Rewrite) -> None:
    text = AZURERM.replace('  os_sku                = "Windows2019"\n', "")
    suggestion = rewrite("main.tf", text.encode()).needs[0].suggestion
    assert suggestion[suggestion.index("resource ") :] + "\n" == GREEN


@pytest.mark.parametrize(
    "text",
    [
        AZURERM.replace("Windows2019", "Windows2022"),
        AZURERM.replace("Windows2019", "Windows2025"),
        AZURERM.replace('"Windows"', '"Linux"').replace("Windows2019", "AzureLinux"),
        "/*\n" + AZURERM.replace("/*", "") + "*/\n",
        'locals { a = ["Windows2019"] }\nresource "x" "y" { tags = { os = "Windows2019" } }\n',
        '# x = [{ os_sku = "Windows2019" }]\n/* os_sku = "Windows2019" */\n',
        'resource "kubernetes_daemonset" "d" {\n'
        '  node_selector = { "kubernetes.io/os" = "windows" }\n}\n',
        'variable "v" { validation { condition = var.v == "Windows2019" } }\n',
        "",
    ],
    ids=[
        "target",
        "newer",
        "linux",
        "comment",
        "lists-and-tags",
        "comments",
        "daemons",
        "validation",
        "empty",
    ],
)
def test_what_need_not_move_is_left_alone(text: str, rewrite: Rewrite) -> None:
    result = rewrite("main.tf", text.encode())
    assert (result.verdict, result.needs) == (FileVerdict.UNCHANGED, ())


def test_pool_of_the_target_may_be_the_one_that_was_meant(rewrite: Rewrite) -> None:
    other = AZURERM[: AZURERM.index("\noutput")].replace('"win"', '"new"')
    other = other.replace('"wspool"', '"other"').replace("Windows2019", "Windows2022")
    assert only(rewrite("main.tf", (AZURERM + other).encode())) == (7, "green-exists")
    elsewhere = other.replace("cluster.aks.id", "cluster.second.id")
    assert rewrite("main.tf", (AZURERM + elsewhere).encode()).verdict == FileVerdict.CHANGED


def test_two_pools_get_two_names(rewrite: Rewrite) -> None:
    second = AZURERM[: AZURERM.index("\noutput")].replace('"win"', '"win2"')
    text = AZURERM + second.replace('"wspool"', '"wspoo"')
    green = _pools(rewrite("main.tf", text.encode()).data.decode())
    names = [body["name"] for body in green.values()]
    assert len({str(n) for n in names}) == 4


@pytest.mark.parametrize(
    ("path", "text", "line", "rule"),
    [
        ("variables.tf", 'variable "s" {\n  default = "Windows2019"\n}\n', 2, "variable-default"),
        ("a.tfvars", '\nos_sku = "Windows2019"\n', 2, "variable-value"),
        ("a.tfvars", 'p = {\n  w = { os_sku = "Windows2019" }\n}\n', 2, "variable-value"),
        ("m.tf", 'module "m" {\n  os_sku = "Windows2019"\n}\n', 2, "module-input"),
        ("l.tf", 'locals {\n  sku = "Windows2019"\n}\n', 2, "local-value"),
        ("m.tf", 'module "m" {\n  p = [\n    { os_sku = "Windows2019" },\n  ]\n}\n', 3, "os-sku"),
        ("m.tf", 'locals {\n  p = merge({\n    os_sku = "Windows2019" })\n}\n', 3, "os-sku"),
        (
            "c.tf",
            'resource "azurerm_kubernetes_cluster" "c" {\n  agent_pool_profile {\n'
            '    os_type = "Windows"\n  }\n}\n',
            3,
            "inline-pool",
        ),
        (
            "w.tf",
            'resource "kubernetes_deployment" "d" {\n  spec {\n'
            '    image = "mcr.microsoft.com/windows/servercore:ltsc2019"\n  }\n}\n',
            3,
            "workload-image",
        ),
        (
            "w.tf",
            'resource "kubernetes_deployment" "d" {\n  spec {\n    node_selector = {\n'
            '      "kubernetes.io/os" = "windows"\n    }\n  }\n}\n',
            4,
            "workload-selector",
        ),
        ("a.tf.json", '{"resource":\n{"x": {"os_sku": "Windows2019"}}}', 2, "tf-json"),
        ("b.tf", 'resource "a" "b" {\n  os_sku = "Windows2019"\n', 2, "no-hcl"),
    ],
)
def test_other_places_are_told(
    path: str, text: str, line: int, rule: str, rewrite: Rewrite
) -> None:
    assert only(rewrite(path, text.encode())) == (line, rule)


def test_nothing_is_written_to_a_file_that_cannot_be_read(rewrite: Rewrite) -> None:
    assert only(rewrite("main.tf", (AZURERM + "resource {").encode())) == (7, "no-hcl")


@pytest.mark.parametrize(
    "text", ['a = "x', "a = [1", "a {", "}", "a = <<E\nx\n", "/* x", "a =\n", "= 1", 'a = "${b"']
)
def test_what_is_no_hcl(text: str) -> None:
    with pytest.raises(HclError):
        parse(text)


def test_objects_are_read_with_both_signs() -> None:
    text = 'a = { "b" : "c", d = 1\n  (e) = { f = "g" } }\n'
    (attribute,) = parse(text).attributes
    items = object_items(text, attribute.value)
    assert items is not None
    assert [(i.name, i.value.text) for i in items] == [
        ("b", '"c"'),
        ("d", "1"),
        ("(e)", '{ f = "g" }'),
    ]
    (loop,) = parse("a = { for x in y : x => 1 }\n").attributes
    assert object_items("a = { for x in y : x => 1 }\n", loop.value) is None


@needs_formatter
@pytest.mark.parametrize("to", ["Windows2022", "Windows2025"])
@pytest.mark.parametrize("text", [AZURERM, AZAPI], ids=["azurerm", "azapi"])
def test_the_formatter_has_nothing_to_do(text: str, to: str, rewrite: Rewrite) -> None:
    result = rewrite("main.tf", text.encode(), to)
    suggested = [n.suggestion[n.suggestion.index("resource ") :] + "\n" for n in result.needs]
    texts = [text, result.data.decode(), *suggested]
    assert formatted(*texts) == texts


RELEASE = """\
resource "helm_release" "web" {
  set {
    name  = "image.tag"
    value = "windowsservercore-ltsc2019"
  }
  set {
    name  = "nodeSelector.kubernetes\\\\.azure\\\\.com/os-sku"
    value = "Windows2019"
  }
  values = [<<-EOT
    image: mcr.microsoft.com/windows/servercore:ltsc2019 # text
    EOT
  ]
}
# mcr.microsoft.com/windows/servercore:ltsc2019
"""


def test_what_a_release_sets_is_told_and_is_no_pool(rewrite: Rewrite) -> None:
    result = rewrite("main.tf", RELEASE.encode())
    assert result.edits == ()
    assert [(n.line, n.rule) for n in result.needs] == [
        (4, "values-os"),
        (8, "values-os"),
        (11, "text-image"),
    ]

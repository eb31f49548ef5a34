# Moves node pools of --name; touch owned to Windows2022: wspool becomes poolws.
# Made by poolshift VERSION from plan-hostile, which was made at 2022-10-15T08:00:00Z; the facts are
# those of 2022-10-15.
#
# BLOCKERS: mend these first
#   - PSW104 $(touch owned): line break
#     do: `touch owned`
#
# WHAT THIS CANNOT DO
#   - Terraform declares pools; it moves no pods, and a pool that it destroys is not drained:
#     budgets are not asked.
#     instead: run move.sh between the two applies (render into a folder to get it: --out DIR/).
#   - blue stands in your code, which is not known here.
#     instead: take its block out yourself for the second apply, and see that the plan then destroys
#     wspool and nothing else.
#   - the azurerm provider cannot send the header UseWindowsGen2VM that poolws needs.
#     instead: it is declared with azapi, which takes the whole body; should your azurerm take it by
#     now, declare it with that.
#   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
#     the Kubernetes version, and the images of the templates that change.
#     instead: render a fresh plan when this one is no longer of today (it was made at
#     2022-10-15T08:00:00Z, fingerprint 1b8787d1a1feaea58f3576fee25b1261).
#   - no lease is taken on the cluster and no journal is kept.
#     instead: let nobody else change these pools meanwhile, poolshift apply included.
#   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
#     not reckoned again before each change.
#     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
#
# NOTES OF THE PLAN
#   - it's
#   - say "hi"
#   - $(touch owned)
#   - `touch owned`
#   - a b c
#   - line break
#   - tab bed
#   - -rf
#   - --output=json
#   - EOF
#   - POOLSHIFT_END
#   - back\slash
#   - $HOME ${IFS} $1
#   - *?[a-z]{1,2}
#   - ; touch owned;
#   - | tee owned
#   - && touch owned
#   - # no comment
#   - !history
#   - ~root
#   - größe-漢字-🚢
#   - \x202egnp
#   - <b>&amp;</b>
#   - [x](javascript:alert)
#   - %s%n%d
#   - @owned
#
# IN THIS ORDER
#   1. ./move.sh --to 4: the checks, and what comes before green.
#   2. Put green.tf beside the code of the cluster. terraform plan must say: 1 to add, 0 to change,
#      0 to destroy. Then terraform apply.
#   3. ./move.sh --from 5 --to 65: it waits for green and moves the workloads. Apply nothing
#      meanwhile: it takes the guard off green, which an apply would put back.
#   4. Replace green.tf by after/green.tf, and take the block of wspool out of your code; a
#      prevent_destroy in it first. terraform plan must say: 0 to add, 1 to destroy. Then terraform
#      apply.
#   5. ./move.sh --from 66: what was held is released, and all is checked.
#
# The providers are those of your code. azapi is taken with a body that is an object; older releases
# of it want jsonencode(...) of it. azurerm is taken with the names of its newer releases; older
# ones say enable_auto_scaling, enable_node_public_ip and enable_host_encryption.

resource "azapi_resource" "green_poolws" {
  type      = "Microsoft.ContainerService/managedClusters/agentPools@2026-06-01"
  parent_id = "/subscriptions/$(touch owned)/resourceGroups/it's `a` \"group\"\n$(touch owned)/providers/Microsoft.ContainerService/managedClusters/--name; touch owned"
  name      = "poolws"
  create_headers = {
    "UseWindowsGen2VM" = "true"
  }
  update_headers = {
    "UseWindowsGen2VM" = "true"
  }
  body = {
    properties = {
      count                  = 3
      vmSize                 = "Standard_D2s_v3; touch owned"
      osDiskSizeGB           = 128
      osDiskType             = "Managed"
      kubeletDiskType        = "OS"
      maxPods                = 30
      type                   = "VirtualMachineScaleSets"
      enableAutoScaling      = false
      scaleDownMode          = "Delete"
      orchestratorVersion    = "1.23.8"
      enableNodePublicIP     = false
      mode                   = "User"
      enableEncryptionAtHost = false
      enableUltraSSD         = false
      enableFIPS             = false
      osType                 = "Windows"
      osSKU                  = "Windows2022"
      upgradeSettings = {
        maxSurge       = "10%"
        maxUnavailable = "0"
      }
      nodeTaints = ["poolshift.io/guard=green:NoSchedule", "it's", "say \"hi\"", "$(touch owned)", "`touch owned`", "a b  c", "line\nbreak", "tab\tbed", "-rf", "--output=json", "EOF", "POOLSHIFT_END", "back\\slash", "$HOME $${IFS} $1", "*?[a-z]{1,2}", "; touch owned;", "| tee owned", "&& touch owned", "# no comment", "!history", "~root", "größe-漢字-🚢", "\u202egnp", "<b>&amp;</b>", "[x](javascript:alert)", "%s%n%d", "@owned"]
      nodeLabels = {
        "label0"  = "it's"
        "label1"  = "say \"hi\""
        "label2"  = "$(touch owned)"
        "label3"  = "`touch owned`"
        "label4"  = "a b  c"
        "label5"  = "line\nbreak"
        "label6"  = "tab\tbed"
        "label7"  = "-rf"
        "label8"  = "--output=json"
        "label9"  = "EOF"
        "label10" = "POOLSHIFT_END"
        "label11" = "back\\slash"
        "label12" = "$HOME $${IFS} $1"
        "label13" = "*?[a-z]{1,2}"
        "label14" = "; touch owned;"
        "label15" = "| tee owned"
        "label16" = "&& touch owned"
        "label17" = "# no comment"
        "label18" = "!history"
        "label19" = "~root"
        "label20" = "größe-漢字-🚢"
        "label21" = "\u202egnp"
        "label22" = "<b>&amp;</b>"
        "label23" = "[x](javascript:alert)"
        "label24" = "%s%n%d"
        "label25" = "@owned"
      }
      tags = {
        "it's"                  = "it's"
        "say \"hi\""            = "say \"hi\""
        "$(touch owned)"        = "$(touch owned)"
        "`touch owned`"         = "`touch owned`"
        "a b  c"                = "a b  c"
        "line\nbreak"           = "line\nbreak"
        "tab\tbed"              = "tab\tbed"
        "-rf"                   = "-rf"
        "--output=json"         = "--output=json"
        "EOF"                   = "EOF"
        "POOLSHIFT_END"         = "POOLSHIFT_END"
        "back\\slash"           = "back\\slash"
        "$HOME $${IFS} $1"      = "$HOME $${IFS} $1"
        "*?[a-z]{1,2}"          = "*?[a-z]{1,2}"
        "; touch owned;"        = "; touch owned;"
        "| tee owned"           = "| tee owned"
        "&& touch owned"        = "&& touch owned"
        "# no comment"          = "# no comment"
        "!history"              = "!history"
        "~root"                 = "~root"
        "größe-漢字-🚢"            = "größe-漢字-🚢"
        "\u202egnp"             = "\u202egnp"
        "<b>&amp;</b>"          = "<b>&amp;</b>"
        "[x](javascript:alert)" = "[x](javascript:alert)"
        "%s%n%d"                = "%s%n%d"
        "@owned"                = "@owned"
        "poolshift-run"         = "plan-hostile"
      }
      vnetSubnetID = "/subscriptions/$(touch owned)/sub net's"
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# When poolws is there already (az or a run of poolshift made it), take these lines in, and it is
# taken over instead of created:
# import {
#   to = azapi_resource.green_poolws
#   id = "/subscriptions/$(touch owned)/resourceGroups/it's `a` \"group\"\n$(touch owned)/providers/Microsoft.ContainerService/managedClusters/--name; touch owned/agentPools/poolws?api-version=2026-06-01"
# }
# When you give the resource another name later, say so, or it is destroyed and created:
# moved {
#   from = azapi_resource.green_poolws
#   to   = azapi_resource.NAME
# }
# From azapi to azurerm it goes by removed (without destroy) and import, not by moved.

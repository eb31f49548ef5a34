# For the second apply, when the workloads have moved: poolws as it is from then on.

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
      enableAutoScaling      = true
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
      nodeTaints = ["it's", "say \"hi\"", "$(touch owned)", "`touch owned`", "a b  c", "line\nbreak", "tab\tbed", "-rf", "--output=json", "EOF", "POOLSHIFT_END", "back\\slash", "$HOME $${IFS} $1", "*?[a-z]{1,2}", "; touch owned;", "| tee owned", "&& touch owned", "# no comment", "!history", "~root", "größe-漢字-🚢", "\u202egnp", "<b>&amp;</b>", "[x](javascript:alert)", "%s%n%d", "@owned"]
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
      minCount     = 1
      maxCount     = 5
    }
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [body]
  }
}

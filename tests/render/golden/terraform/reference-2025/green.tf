# Moves node pools of myAKSCluster to Windows2025: ws22 becomes ws25.
# Made by poolshift VERSION from plan-reference-2025, which was made at 2026-11-20T08:00:00Z; the
# facts are those of 2026-11-20.
#
# WHAT THIS CANNOT DO
#   - Terraform declares pools; it moves no pods, and a pool that it destroys is not drained:
#     budgets are not asked.
#     instead: run move.sh between the two applies (render into a folder to get it: --out DIR/).
#   - blue stands in your code, which is not known here.
#     instead: take its block out yourself for the second apply, and see that the plan then destroys
#     ws22 and nothing else.
#   - the azurerm provider does not take Windows2025 (not accepted as of 2026-09).
#     instead: it is declared with azapi, which takes the whole body; should your azurerm take it by
#     now, declare it with that.
#   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
#     the Kubernetes version, and the images of the templates that change.
#     instead: render a fresh plan when this one is no longer of today (it was made at
#     2026-11-20T08:00:00Z, fingerprint f5cff3282570d3abc4db52e92ca84ab0).
#   - no lease is taken on the cluster and no journal is kept.
#     instead: let nobody else change these pools meanwhile, poolshift apply included.
#   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
#     not reckoned again before each change.
#     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
#
# IN THIS ORDER
#   1. ./move.sh --to 4: the checks, and what comes before green.
#   2. Put green.tf beside the code of the cluster. terraform plan must say: 1 to add, 0 to change,
#      0 to destroy. Then terraform apply.
#   3. ./move.sh --from 5 --to 14: it waits for green and moves the workloads. Apply nothing
#      meanwhile: it takes the guard off green, which an apply would put back.
#   4. Replace green.tf by after/green.tf, and take the block of ws22 out of your code; a
#      prevent_destroy in it first. terraform plan must say: 0 to add, 1 to destroy. Then terraform
#      apply.
#   5. ./move.sh --from 15: what was held is released, and all is checked.
#
# The providers are those of your code. azapi is taken with a body that is an object; older releases
# of it want jsonencode(...) of it. azurerm is taken with the names of its newer releases; older
# ones say enable_auto_scaling, enable_node_public_ip and enable_host_encryption.

resource "azapi_resource" "green_ws25" {
  type      = "Microsoft.ContainerService/managedClusters/agentPools@2026-06-01"
  parent_id = "/subscriptions/d71f6de8-4421-5f4b-9d7f-3def9746eb1e/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myAKSCluster"
  name      = "ws25"
  body = {
    properties = {
      count                  = 3
      vmSize                 = "Standard_D4s_v5"
      osDiskSizeGB           = 128
      osDiskType             = "Managed"
      kubeletDiskType        = "OS"
      maxPods                = 30
      type                   = "VirtualMachineScaleSets"
      availabilityZones      = ["1", "2", "3"]
      enableAutoScaling      = false
      scaleDownMode          = "Delete"
      orchestratorVersion    = "1.35.2"
      enableNodePublicIP     = false
      mode                   = "User"
      enableEncryptionAtHost = false
      enableUltraSSD         = false
      enableFIPS             = true
      workloadRuntime        = "OCIContainer"
      osType                 = "Windows"
      osSKU                  = "Windows2025"
      upgradeSettings = {
        maxSurge       = "10%"
        maxUnavailable = "0"
      }
      networkProfile = {}
      securityProfile = {
        sshAccess        = "LocalUser"
        enableVTPM       = false
        enableSecureBoot = false
      }
      windowsProfile = {}
      nodeTaints     = []
      tags = {
        "poolshift-run" = "plan-reference-2025"
      }
    }
  }

  lifecycle {
    prevent_destroy = true
  }
}

# When ws25 is there already (az or a run of poolshift made it), take these lines in, and it is
# taken over instead of created:
# import {
#   to = azapi_resource.green_ws25
#   id = "/subscriptions/d71f6de8-4421-5f4b-9d7f-3def9746eb1e/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myAKSCluster/agentPools/ws25?api-version=2026-06-01"
# }
# When you give the resource another name later, say so, or it is destroyed and created:
# moved {
#   from = azapi_resource.green_ws25
#   to   = azapi_resource.NAME
# }
# From azapi to azurerm it goes by removed (without destroy) and import, not by moved.

# Moves node pools of myAKSCluster to Windows2022: wspool becomes wspo22.
# Made by poolshift VERSION from plan-manifests, which was made at 2022-10-15T08:00:00Z; the facts are
# those of 2022-10-15.
#
# WHAT THIS CANNOT DO
#   - Terraform declares pools; it moves no pods, and a pool that it destroys is not drained:
#     budgets are not asked.
#     instead: run move.sh between the two applies (render into a folder to get it: --out DIR/).
#   - blue stands in your code, which is not known here.
#     instead: take its block out yourself for the second apply, and see that the plan then destroys
#     wspool and nothing else.
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
# IN THIS ORDER
#   1. ./move.sh --to 4: the checks, and what comes before green.
#   2. Put green.tf beside the code of the cluster. terraform plan must say: 1 to add, 0 to change,
#      0 to destroy. Then terraform apply.
#   3. ./move.sh --from 5 --to 15: it waits for green and moves the workloads. Apply nothing
#      meanwhile: it takes the guard off green, which an apply would put back.
#   4. Replace green.tf by after/green.tf, and take the block of wspool out of your code; a
#      prevent_destroy in it first. terraform plan must say: 0 to add, 1 to destroy. Then terraform
#      apply.
#   5. ./move.sh --from 16: what was held is released, and all is checked.
#
# The providers are those of your code. azapi is taken with a body that is an object; older releases
# of it want jsonencode(...) of it. azurerm is taken with the names of its newer releases; older
# ones say enable_auto_scaling, enable_node_public_ip and enable_host_encryption.

resource "azurerm_kubernetes_cluster_node_pool" "green_wspo22" {
  name                    = "wspo22"
  kubernetes_cluster_id   = "/subscriptions/49eec6f2-0362-5412-b7fc-d0dbd597e13c/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myAKSCluster"
  node_count              = 3
  vm_size                 = "Standard_D2s_v3"
  os_disk_size_gb         = 128
  os_disk_type            = "Managed"
  max_pods                = 30
  scale_down_mode         = "Delete"
  orchestrator_version    = "1.23.8"
  node_public_ip_enabled  = false
  mode                    = "User"
  host_encryption_enabled = false
  ultra_ssd_enabled       = false
  fips_enabled            = false
  os_type                 = "Windows"
  os_sku                  = "Windows2022"
  node_taints             = ["poolshift.io/guard=green:PreferNoSchedule"]
  tags = {
    "poolshift-run" = "plan-manifests"
  }

  upgrade_settings {
    max_surge = "10%"
  }

  lifecycle {
    prevent_destroy = true
  }
}

# When wspo22 is there already (az or a run of poolshift made it), take these lines in, and it is
# taken over instead of created:
# import {
#   to = azurerm_kubernetes_cluster_node_pool.green_wspo22
#   id = "/subscriptions/49eec6f2-0362-5412-b7fc-d0dbd597e13c/resourceGroups/myResourceGroup/providers/Microsoft.ContainerService/managedClusters/myAKSCluster/agentPools/wspo22"
# }
# When you give the resource another name later, say so, or it is destroyed and created:
# moved {
#   from = azurerm_kubernetes_cluster_node_pool.green_wspo22
#   to   = azurerm_kubernetes_cluster_node_pool.NAME
# }

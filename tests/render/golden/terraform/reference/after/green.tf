# For the second apply, when the workloads have moved: poolws as it is from then on.

resource "azurerm_kubernetes_cluster_node_pool" "green_poolws" {
  name                    = "poolws"
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
  tags = {
    "poolshift-run" = "plan-reference"
  }

  upgrade_settings {
    max_surge = "10%"
  }

  lifecycle {
    prevent_destroy = true
  }
}

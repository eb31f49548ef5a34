# For the second apply, when the workloads have moved: ws25 as it is from then on.

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
    ignore_changes  = [body]
  }
}

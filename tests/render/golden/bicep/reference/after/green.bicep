// For the template from then on, when the workloads have moved: poolws as it is.

param clusterName string = 'myAKSCluster'

resource cluster 'Microsoft.ContainerService/managedClusters@2026-06-01' existing = {
  name: clusterName
}

resource green_poolws 'Microsoft.ContainerService/managedClusters/agentPools@2026-06-01' = {
  parent: cluster
  name: 'poolws'
  properties: {
    count: 3
    vmSize: 'Standard_D2s_v3'
    osDiskSizeGB: 128
    osDiskType: 'Managed'
    kubeletDiskType: 'OS'
    maxPods: 30
    type: 'VirtualMachineScaleSets'
    enableAutoScaling: false
    scaleDownMode: 'Delete'
    orchestratorVersion: '1.23.8'
    enableNodePublicIP: false
    mode: 'User'
    enableEncryptionAtHost: false
    enableUltraSSD: false
    enableFIPS: false
    osType: 'Windows'
    osSKU: 'Windows2022'
    upgradeSettings: {
      maxSurge: '10%'
      maxUnavailable: '0'
    }
    nodeTaints: []
    tags: {
      'poolshift-run': 'plan-reference'
    }
  }
}

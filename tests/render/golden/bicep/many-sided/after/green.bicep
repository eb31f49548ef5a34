// For the template from then on, when the workloads have moved: wspo22 as it is.

param clusterName string = 'myAKSCluster'

// What wspo22 has now: its autoscaler owns the number.
param green_wspo22_count int = 3

resource cluster 'Microsoft.ContainerService/managedClusters@2026-06-01' existing = {
  name: clusterName
}

resource green_wspo22 'Microsoft.ContainerService/managedClusters/agentPools@2026-06-01' = {
  parent: cluster
  name: 'wspo22'
  properties: {
    count: green_wspo22_count
    vmSize: 'Standard_D2s_v3'
    osDiskSizeGB: 128
    osDiskType: 'Managed'
    kubeletDiskType: 'OS'
    maxPods: 30
    type: 'VirtualMachineScaleSets'
    enableAutoScaling: true
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
      'poolshift-run': 'plan-many-sided'
    }
    minCount: 3
    maxCount: 6
  }
}

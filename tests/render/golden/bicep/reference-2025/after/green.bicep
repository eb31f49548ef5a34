// For the template from then on, when the workloads have moved: ws25 as it is.

param clusterName string = 'myAKSCluster'

resource cluster 'Microsoft.ContainerService/managedClusters@2026-06-01' existing = {
  name: clusterName
}

resource green_ws25 'Microsoft.ContainerService/managedClusters/agentPools@2026-06-01' = {
  parent: cluster
  name: 'ws25'
  properties: {
    count: 3
    vmSize: 'Standard_D4s_v5'
    osDiskSizeGB: 128
    osDiskType: 'Managed'
    kubeletDiskType: 'OS'
    maxPods: 30
    type: 'VirtualMachineScaleSets'
    availabilityZones: [
      '1'
      '2'
      '3'
    ]
    enableAutoScaling: false
    scaleDownMode: 'Delete'
    orchestratorVersion: '1.35.2'
    enableNodePublicIP: false
    mode: 'User'
    enableEncryptionAtHost: false
    enableUltraSSD: false
    enableFIPS: true
    workloadRuntime: 'OCIContainer'
    osType: 'Windows'
    osSKU: 'Windows2025'
    upgradeSettings: {
      maxSurge: '10%'
      maxUnavailable: '0'
    }
    networkProfile: {}
    securityProfile: {
      sshAccess: 'LocalUser'
      enableVTPM: false
      enableSecureBoot: false
    }
    windowsProfile: {}
    nodeTaints: []
    tags: {
      'poolshift-run': 'plan-reference-2025'
    }
  }
}

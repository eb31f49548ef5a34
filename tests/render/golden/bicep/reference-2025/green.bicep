// Moves node pools of myAKSCluster to Windows2025: ws22 becomes ws25.
// Made by poolshift VERSION from plan-reference-2025, which was made at 2026-11-20T08:00:00Z; the
// facts are those of 2026-11-20.
//
// WHAT THIS CANNOT DO
//   - a template declares pools; it moves no pods, drains no node, registers no feature and deletes
//     no pool, and it cannot ask that green is not there yet (If-None-Match).
//     instead: run move.sh after the deployment (render into a folder to get it: --out DIR/), and
//     look at az deployment group what-if before it.
//   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
//     the Kubernetes version, and the images of the templates that change.
//     instead: render a fresh plan when this one is no longer of today (it was made at
//     2026-11-20T08:00:00Z, fingerprint f5cff3282570d3abc4db52e92ca84ab0).
//   - no lease is taken on the cluster and no journal is kept.
//     instead: let nobody else change these pools meanwhile, poolshift apply included.
//   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
//     not reckoned again before each change.
//     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
//
// IN THIS ORDER
//   1. ./move.sh --to 4: the checks, and what comes before green.
//   2. az deployment group create --resource-group='myResourceGroup' --template-file=green.bicep
//      (never with --mode Complete, which deletes what the template does not hold).
//   3. ./move.sh --from 5 --to 14: it waits for green and moves the workloads. Deploy nothing
//      meanwhile: it takes the guard off green, which a deployment would put back.
//   4. Take ws22 out of your own template, and take after/green.bicep in.
//   5. ./move.sh --from 15 --take-ownership: it deletes ws22, which no deployment does, releases
//      what was held, and checks all.

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

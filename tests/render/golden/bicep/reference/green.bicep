// Moves node pools of myAKSCluster to Windows2022: wspool becomes poolws.
// Made by poolshift VERSION from plan-reference, which was made at 2022-10-15T08:00:00Z; the facts are
// those of 2022-10-15.
//
// WHAT THIS CANNOT DO
//   - a template declares pools; it moves no pods, drains no node, registers no feature and deletes
//     no pool, and it cannot ask that green is not there yet (If-None-Match).
//     instead: run move.sh after the deployment (render into a folder to get it: --out DIR/), and
//     look at az deployment group what-if before it.
//   - the plan rests on a snapshot; what is compared again is each pool's OS SKU, size and count,
//     the Kubernetes version, and the images of the templates that change.
//     instead: render a fresh plan when this one is no longer of today (it was made at
//     2022-10-15T08:00:00Z, fingerprint 1b8787d1a1feaea58f3576fee25b1261).
//   - no lease is taken on the cluster and no journal is kept.
//     instead: let nobody else change these pools meanwhile, poolshift apply included.
//   - whether pods with hard rules about other pods (topology spread, anti-affinity) find a node is
//     not reckoned again before each change.
//     instead: stop when a pod stays Pending, and read its events; poolshift apply looks beforehand.
//
// NOTES OF THE PLAN
//   - default/Deployment/sample was made with kubectl apply: change its file, too (poolshift
//     rewrite), or the next apply takes the move back
//
// IN THIS ORDER
//   1. ./move.sh --to 4: the checks, and what comes before green.
//   2. az deployment group create --resource-group='myResourceGroup' --template-file=green.bicep
//      (never with --mode Complete, which deletes what the template does not hold).
//   3. ./move.sh --from 5 --to 15: it waits for green and moves the workloads. Deploy nothing
//      meanwhile: it takes the guard off green, which a deployment would put back.
//   4. Take wspool out of your own template, and take after/green.bicep in.
//   5. ./move.sh --from 16 --take-ownership: it deletes wspool, which no deployment does, releases
//      what was held, and checks all.

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
    nodeTaints: [
      'poolshift.io/guard=green:PreferNoSchedule'
    ]
    tags: {
      'poolshift-run': 'plan-reference'
    }
  }
}

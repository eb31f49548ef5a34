// For the template from then on, when the workloads have moved: poolws as it is.

param clusterName string = '--name; touch owned'

resource cluster 'Microsoft.ContainerService/managedClusters@2026-06-01' existing = {
  name: clusterName
}

// poolws is left out: move.sh makes it, with a header.

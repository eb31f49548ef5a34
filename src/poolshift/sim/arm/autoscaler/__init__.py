"""The cluster autoscaler of the managed cluster: pools with enableAutoScaling grow and shrink."""

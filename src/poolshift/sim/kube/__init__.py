"""The simulated Kubernetes: store, API, controllers, scheduler, kubelets, and their two faces."""

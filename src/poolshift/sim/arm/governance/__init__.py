"""What stands before the service: locks, policies, deny assignments, throttling."""

"""Rules on workloads and budgets."""

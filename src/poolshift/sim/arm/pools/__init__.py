"""Agent pools: rules, defaults, states, and what they do to nodes."""

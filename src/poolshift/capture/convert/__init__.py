"""From what the services answer to the snapshot's own parts; pure."""

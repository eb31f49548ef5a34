"""What is new in a write to a pod, so that only those are told whom it concerns.

A pod is written some eight times in its life, and two dozen parts of the world follow pods. Each
says what it follows, and of which pods; most writes then concern few of them.
"""

from __future__ import annotations

ADDED = 1
DELETED = 2
# Bound to a node, or to another one.
BOUND = 4
# Ready, or not any more.
READY = 8
# On its way out, or with another time left.
ENDING = 16
# Run to its end.
FINISHED = 32
LABELS = 64
OWNERS = 128
# The address in its status.
ADDRESS = 256
# Another part of its spec, its node included.
SPEC = 512
# Another phase.
PHASE = 1024
# Anything else in its annotations or its status.
OTHER = 2048
ANY = 4095

# What a pod is, beside what is new of it: who follows such pods alone is told of no others.
# It has volumes that must be attached or mounted from elsewhere.
MOUNTS = 4096
# Its containers are not started again for ever.
ENDS = 8192
OF_REPLICA_SET = 16384
OF_STATEFUL_SET = 32768
OF_DAEMON_SET = 65536
OF_JOB = 131072
OWNED = {
    "ReplicaSet": OF_REPLICA_SET,
    "StatefulSet": OF_STATEFUL_SET,
    "DaemonSet": OF_DAEMON_SET,
    "Job": OF_JOB,
}

COUNTED = ADDED | DELETED | READY | ENDING | FINISHED | OWNERS
"""What changes how many pods a controller has, and how many of them are ready."""

LEFT = DELETED | FINISHED
"""What gives back what a pod held."""

PLACED = ADDED | LEFT | BOUND | ENDING | LABELS
"""What changes where pods are and how they count there."""

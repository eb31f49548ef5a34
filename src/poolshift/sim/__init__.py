"""The local AKS: one discrete-event world on a virtual clock, two faces.

In process the ports are implemented directly on the world; over loopback HTTP the same world
speaks ARM, the Kubernetes API and the registry protocol.
"""

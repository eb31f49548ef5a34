"""A snapshot made through the ports, read-only."""

from poolshift.capture.capture import Ports, capture

__all__ = ["Ports", "capture"]

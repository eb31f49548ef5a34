"""Preview features and resource providers: registered, after a while, and then to be used.

A feature that is registered counts for a provider from the next registration of that provider
on. The service reports minutes to hours for both; what is drawn lies between these bounds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from poolshift.sim.arm.subscription import Subscription

REGISTERED = "Registered"
REGISTERING = "Registering"
NOT_REGISTERED = "NotRegistered"
CONTAINER_SERVICE = "microsoft.containerservice"
# "Minutes to hours" (catalog, preview-feature-registration): no distribution was recorded.
_SHORTEST_S = 300.0
_LONGEST_S = 3600.0


class Features:
    """What is registered in a subscription, by name in any case.

    Args:
        states: by feature, as they are at the start; those that are registered count already.
    """

    def __init__(self, states: dict[str, str]) -> None:
        self._names = {name.lower(): name for name in states}
        self._states = {name.lower(): state for name, state in states.items()}
        self._counting = {name for name, state in self._states.items() if state == REGISTERED}

    def state(self, name: str) -> str:
        """NotRegistered, Registering or Registered."""
        return self._states.get(name.lower(), NOT_REGISTERED)

    def counts(self, name: str) -> bool:
        """Whether the provider goes by it."""
        return name.lower() in self._counting

    def items(self) -> tuple[tuple[str, str], ...]:
        """Every feature that was ever asked for, with its state."""
        return tuple((self._names[key], state) for key, state in self._states.items())

    def put(self, name: str, state: str) -> None:
        """Note a state."""
        self._names.setdefault(name.lower(), name)
        self._states[name.lower()] = state
        if state != REGISTERED:
            self._counting.discard(name.lower())

    def propagate(self) -> None:
        """The provider is registered anew: it goes by all that are registered by now."""
        self._counting = {name for name, state in self._states.items() if state == REGISTERED}


def register(azure: Subscription, name: str) -> str:
    """Begin the registration of a feature; its state from now on."""
    features = azure.features
    if features.state(name) == NOT_REGISTERED:
        features.put(name, REGISTERING)
        wait_s = azure.durations.spread(_SHORTEST_S, _LONGEST_S)
        azure.clock.after(wait_s, lambda: _registered(azure, name))
    return features.state(name)


def unregister(azure: Subscription, name: str) -> str:
    """Take a feature back."""
    azure.features.put(name, NOT_REGISTERED)
    return azure.features.state(name)


def register_provider(azure: Subscription, namespace: str) -> None:
    """Register a provider, or register it anew so that it sees the features."""
    azure.providers.add(namespace.lower())
    if namespace.lower() == CONTAINER_SERVICE:
        azure.features.propagate()


def registered(azure: Subscription, name: str) -> bool:
    """Whether AKS goes by a feature: registered, and the provider registered since."""
    return azure.features.counts(name)


def _registered(azure: Subscription, name: str) -> None:
    if azure.features.state(name) == REGISTERING:
        azure.features.put(name, REGISTERED)

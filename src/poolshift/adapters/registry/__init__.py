"""OCI registries over HTTP: which platforms an image has, and for which Windows build.

`port.py` decides what is read of an image, `reading.py` reads one thing, `limits.py` holds the
bounds of each host by what `answers.py` reads of headers, `auth.py` signs in by what `challenge.py`
reads of a 401, `docker.py` finds logins, `refusals.py` words what is refused, `cache.py` keeps what
a digest names, `facts.py` reads documents apart without I/O, `reference.py` takes references apart.
"""

from poolshift.adapters.registry.cache import DiskCache, default_folder
from poolshift.adapters.registry.docker import Login, docker_login
from poolshift.adapters.registry.limits import Limits, limits_from_environment
from poolshift.adapters.registry.port import RegistryHttp
from poolshift.adapters.registry.reference import Reference, parse_reference

__all__ = [
    "DiskCache",
    "Limits",
    "Login",
    "Reference",
    "RegistryHttp",
    "default_folder",
    "docker_login",
    "limits_from_environment",
    "parse_reference",
]

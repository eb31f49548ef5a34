"""What controllers keep in every namespace: its default service account, its root certificate."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from poolshift.sim.kube import admission
from poolshift.sim.kube.accounttokens import DEFAULT, ROOT_CERTIFICATE
from poolshift.sim.kube.apply import managers
from poolshift.sim.kube.controllers.queue import WorkQueue
from poolshift.sim.kube.objects import terminating
from poolshift.sim.kube.resources import CONFIG_MAPS, NAMESPACES, SERVICE_ACCOUNTS

if TYPE_CHECKING:
    from poolshift.sim.kube.context import Context
    from poolshift.sim.kube.objects import Key, Object
    from poolshift.sim.kube.store import Change

_PUBLISHER = "kube-controller-manager"
_ROOT_PUBLISHER = "controller:root-ca-certificate-publisher"
_ACCOUNTS = "controller:serviceaccount"


class Furnishings:
    """Makes them with the namespace, and again when somebody deletes them."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self.queue = WorkQueue(ctx, ctx.timings.controller_s, self._sync)
        for kind in (SERVICE_ACCOUNTS, CONFIG_MAPS):
            ctx.store.listen(kind, self._seen)

    def furnish(self, home: str) -> None:
        """Make what is not there in a namespace."""
        ctx = self._ctx
        if ctx.store.find(SERVICE_ACCOUNTS, home, DEFAULT) is None:
            body = {"metadata": {"name": DEFAULT}}
            account = admission.created_in(ctx, ctx.store, SERVICE_ACCOUNTS, body, home)
            ctx.store.create(SERVICE_ACCOUNTS, account, by=_ACCOUNTS)
        if ctx.store.find(CONFIG_MAPS, home, ROOT_CERTIFICATE) is None:
            made = admission.created_in(ctx, ctx.store, CONFIG_MAPS, _root_certificate(), home)
            made = managers.after_create(made, _PUBLISHER, ctx.now())
            ctx.store.create(CONFIG_MAPS, made, by=_ROOT_PUBLISHER)

    def _seen(self, change: Change) -> None:
        meta = change.obj["metadata"]
        if change.type == "DELETED" and meta["name"] in (DEFAULT, ROOT_CERTIFICATE):
            self.queue.add(("", meta["namespace"]))

    def _sync(self, key: Key) -> None:
        home = self._ctx.store.find(NAMESPACES, *key)
        if home is not None and not terminating(home):
            self.furnish(key[1])


def _root_certificate() -> Object:
    """What pods check the API server by; a text that stands for a certificate."""
    text = base64.b64encode(b"the certificate of a simulated cluster").decode()
    data = f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"
    described = {"kubernetes.io/description": "What pods trust the API server's address by."}
    meta = {"name": ROOT_CERTIFICATE, "annotations": described}
    return {"metadata": meta, "data": {"ca.crt": data}}

"""A noisy text around what is to be found, and ordinary lines in which nothing is."""

from __future__ import annotations

ORDINARY = (
    'I1120 09:10:11.123456       1 controller.go:42] "Reconciling" pod="shop/cart" in 12ms',
    "2026-11-20T09:10:11Z INFO  Throttled requests: 5 per minute were delayed by the limiter",
    "time=2026-11-20T09:10:11Z level=info msg=pulling image=shop.azurecr.io/cart:42 size=12345678",
    "Deployment cart scaled from 3 to 4; throttled by nobody, upgraded, failed never",
    "commit c0ffee1 of 8badf00d1234 at 0x7ffe12345678 in main.go:101",
    "pod/cart-7c9f4d5b6-x2x9z   1/1     Running   0          3d",
    "Normal  Scheduled  2m  default-scheduler  Assigned shop/cart-1 to akswspool000003",
    "job finished with exit code 0 in 42 s; the next one ended with exit status 3",
    "GET /healthz 200 in 1.234ms; POST /subscriptions/123/resourceGroups/shop 202",
    "QuotaWatcher: quota exceeded nowhere; allocation succeeded, no operation in the way",
    "the operating system is Windows, the container runs, the host matches",
    "nodes are available; 3 pods have volumes; affinity is preferred",
    "webhook registered; certificate valid until 2027-01-01; request admitted",
)


def noisy(said: str) -> str:
    """A message in the middle of a log, behind a time and before more words."""
    before = "\n".join(ORDINARY[:6])
    after = "\n".join(ORDINARY[6:])
    return f"{before}\n2026-11-20T09:10:11.123Z ERROR  {said}\n{after}\n"

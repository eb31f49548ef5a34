"""What is simulated of ARM."""

from __future__ import annotations

from poolshift.sim.coverage.behaviours import NEARLY, NO, YES, Behaviour

ARM: tuple[Behaviour, ...] = (
    Behaviour(
        "ARM",
        "fields that the service fills in, by the day and by the api-version",
        NEARLY,
        "as recorded from 2022 to 2025; since when stable versions have what was recorded of "
        "previews alone is assumed (2025), and so is the month in which overlay became the default",
    ),
    Behaviour(
        "ARM",
        "resource groups, identities, role definitions and assignments",
        NEARLY,
        "a dozen built-in roles, which decide nothing; how long an empty group takes to go is "
        "assumed (15 s)",
    ),
    Behaviour(
        "ARM",
        "the directory (Microsoft Graph)",
        NEARLY,
        "service principals of the world; no users, groups and applications",
    ),
    Behaviour(
        "ARM",
        "vaults and virtual networks",
        NEARLY,
        "kept as they are sent; no secrets, no addresses, no checks of their providers",
    ),
    Behaviour(
        "ARM",
        "Resource Graph queries",
        NEARLY,
        "where, project, extend, mv-expand, order, take, distinct, count and summarize count() "
        "over clusters, scale sets, identities and groups; anything else is refused by name",
    ),
    Behaviour("ARM", "durations of operations", NEARLY, "drawn from the catalog's recorded ones"),
    Behaviour("ARM", "states of pools, one operation at a time, eTags, aborts", YES),
    Behaviour(
        "ARM",
        "upgrades of pools: version, node image, OS SKU, FIPS; surge, drain, soak, quarantine",
        NEARLY,
        "each machine that is added or reimaged takes what a new pool of its OS takes: on Linux "
        "that comes to what was recorded of one node, on Windows nothing was recorded",
    ),
    Behaviour(
        "ARM",
        "the service's own blue-green upgrade",
        NEARLY,
        "stages and texts as in the one that was recorded, of two Linux nodes",
    ),
    Behaviour(
        "ARM",
        "events of upgrades",
        NEARLY,
        "reasons Surge, Drain and Upgrade from the upgrader; words of their own",
    ),
    Behaviour(
        "ARM",
        "node images that come out after the start",
        NEARLY,
        "Linux weekly by the date in the name, Windows as recorded or, with a made-up revision, "
        "the day after the second Tuesday of a month; none after the end of fixes. Kernel and "
        "runtime of a new Linux image stay as they were",
    ),
    Behaviour("ARM", "rollback to the last version and image of a pool, pool snapshots", YES),
    Behaviour(
        "ARM",
        "Windows2022 to Windows2025 in place",
        NEARLY,
        "where the scenario's service says windows_in_place; by the preview's page, never recorded",
    ),
    Behaviour(
        "ARM",
        "stopping and starting pools",
        NEARLY,
        "nodes leave at the end of a stop and their pods die undrained; upgraded while it is "
        "stopped, as the service's page allows, a pool takes what a change of nothing takes",
    ),
    Behaviour(
        "ARM",
        "deletions while something else is done to the pool or the cluster",
        NEARLY,
        "go before it, by the code of the service's page; how the other one ends (Canceled) is "
        "assumed",
    ),
    Behaviour(
        "ARM",
        "pools whose upgrade failed or was aborted",
        NEARLY,
        "any change that replaces nodes ends it; until then the pool stays Failed whatever else "
        "goes well: assumed",
    ),
    Behaviour(
        "ARM",
        "machines after an abort",
        NEARLY,
        "those that were asked for still come; not recorded",
    ),
    Behaviour(
        "ARM",
        "errors in polls of operations that succeed",
        NEARLY,
        "recorded texts, in one operation of a hundred",
    ),
    Behaviour("ARM", "another count and an upgrade of a pool in one PUT", NO, "501"),
    Behaviour(
        "ARM",
        "pools of single machines",
        NEARLY,
        "counted by their profile; every node is of its first size",
    ),
    Behaviour(
        "ARM",
        "what the service refuses of pools and clusters",
        NEARLY,
        "codes and sentences of the catalog; InvalidParameter where none was recorded, and the "
        "first of several faults in an order of its own",
    ),
    Behaviour(
        "ARM",
        "retired OS SKUs",
        NEARLY,
        "by the catalog's days and the world's clock; without images the error of an image that "
        "is not found, at once",
    ),
    Behaviour(
        "ARM",
        "machines that region, zone or network do not have; locks on the node group",
        NEARLY,
        "refused at once; the service fails the operation, as the fault size-gone does here",
    ),
    Behaviour(
        "ARM",
        "machines that do not become nodes (faults size-gone, node-start-fails)",
        NEARLY,
        "the codes are documented, the words around an exit code are not; where the start script "
        "failed the machine stays, never is a node, and is made anew by the pool's next change; "
        "the cluster autoscaler gives it up after 15 minutes",
    ),
    Behaviour(
        "ARM",
        "why a pool has failed, in its own status",
        NEARLY,
        "by the schema of newer api-versions, to every one: never recorded",
    ),
    Behaviour(
        "ARM",
        "answers of 429, 500, 502 and 504 (faults throttled, service-errors, gateway-errors)",
        NEARLY,
        "bodies as recorded, but for the sentences of 429 and the page of a 504",
    ),
    Behaviour("ARM", "fleets: members that join or leave", NO, "a fleet is not simulated"),
    Behaviour(
        "ARM",
        "Kubernetes versions for new pools",
        NEARLY,
        "the cluster's own stays on offer, however old, until the scenario removes it",
    ),
    Behaviour(
        "ARM",
        "use of Kubernetes APIs that go, as a cluster's upgrade looks for it",
        NEARLY,
        "what the scenario says is in use: this API server never serves such versions",
    ),
    Behaviour(
        "ARM",
        "preview features and their provider's registration",
        NEARLY,
        "5 to 60 minutes to be registered, drawn evenly: reported are minutes to hours",
    ),
    Behaviour(
        "ARM",
        "throttling",
        NEARLY,
        "writes of pools and clusters; reads where the scenario says so, since a call costs no "
        "time here; Retry-After is in seconds of the clock that the client sleeps by",
    ),
    Behaviour("ARM", "locks, policies that deny, checkPolicyRestrictions, lockdown", YES),
    Behaviour("ARM", "policies that change or audit, with conditions of several fields", NO),
    Behaviour(
        "ARM",
        "service principals",
        NEARLY,
        "a secret that expires by the scenario's day for all pools alike; it is not renewed",
    ),
    Behaviour("ARM", "quota of spot machines", NO, "they count as any other"),
    Behaviour(
        "ARM",
        "new clusters",
        NEARLY,
        "coredns and metrics-server are all that runs on one; its API server answers below "
        "/clusters/GROUP/NAME of the one port, in the trace its events carry the key `cluster`",
    ),
    Behaviour(
        "ARM",
        "upgrades of whole clusters",
        NEARLY,
        "the control plane takes half of a drawn recorded upgrade, in which pools are counted; "
        "then the pools go one after another",
    ),
    Behaviour(
        "ARM",
        "stopped and deleted clusters",
        NEARLY,
        "their API server answers 503; the service's has no name any more",
    ),
    Behaviour(
        "ARM",
        "what the platform does by itself: channels and maintenance windows",
        NEARLY,
        "it looks once a window, early in it, or once a day without one, at a drawn moment; a "
        "change of channel bites after up to 24 hours, drawn evenly; of security fixes only what "
        "a new node image brings. With --speed max the clock does not jump there by itself",
    ),
    Behaviour(
        "ARM",
        "Kubernetes versions on offer",
        NEARLY,
        "minors by the catalog's calendar, patches by a rule that fits those that are dated; "
        "before the calendar begins, the minors around the scenario's own",
    ),
    Behaviour("ARM", "kubeconfigs of Entra and of private clusters", YES),
    Behaviour("ARM", "deletion of a node resource group under its cluster", NO, "501"),
)

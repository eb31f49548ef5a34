"""Which of the feasible nodes the scheduler takes."""

from __future__ import annotations

from collections import Counter

import msgspec
from tests.sim.kube.test_scheduling import add, bare, linux_world, node_of
from tests.sim.kube.worlds import LINUX_IMAGE

from poolshift.core.kube import Pod
from poolshift.sim.kube.objects import Object
from poolshift.sim.kube.resources import PODS
from poolshift.sim.kube.shapes import Shape, Shapes
from poolshift.sim.kube.world import KubeWorld


def deployment(replicas: int) -> Object:
    labels = {"app": "web"}
    container = {
        "name": "c",
        "image": LINUX_IMAGE,
        "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}},
    }
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
        },
    }


def nodes(world: KubeWorld) -> Counter[str]:
    return Counter(p["spec"]["nodeName"] for p in world.store.all(PODS))


def test_replicas_spread_over_zones_and_nodes_by_default() -> None:
    world = linux_world(6, zones=3)
    add(world, deployment(6))
    assert sorted(nodes(world).values()) == [1] * 6
    world = linux_world(6, zones=3)
    add(world, deployment(3))
    assert {int(name[1]) % 3 for name in nodes(world)} == {0, 1, 2}


def points(shape: Shape, world: KubeWorld, name: str) -> int:
    shape.seats.fill([world.scheduler.views.views[name]])
    shape.seats.mark_all()
    shape.judge(0, shape.incoming(msgspec.convert(bare("x"), Pod).metadata))
    return shape.seats.points[0]


def test_a_node_whose_shares_stay_alike_is_liked_more() -> None:
    world = linux_world(2)
    fill = bare("fill", "3", nodeSelector={"kubernetes.io/hostname": "n0"})
    add(world, fill)
    thirsty = bare("thirsty", "0")
    thirsty["spec"]["containers"][0]["resources"]["requests"] = {"memory": "10Gi"}
    spec = msgspec.convert(thirsty, Pod).spec
    shape = Shape(spec)
    busy, empty = points(shape, world, "n0"), points(shape, world, "n1")
    # What is free is less on n0 by far more than the balance of its shares gains.
    assert empty - busy < (3000 * 100 // 3820) // 2
    assert empty > busy


def test_an_image_that_is_there_draws_pods_that_use_it() -> None:
    world = linux_world(2)
    add(world, bare("first", "0"))
    place = node_of(world, "first")
    assert world.ctx.image_nodes == {LINUX_IMAGE: {place: 50_000_000}}
    world.remove_node(place, by="u")
    assert world.ctx.image_nodes == {}


def test_pods_of_one_template_share_a_shape_whichever_node_they_are_on() -> None:
    shapes = Shapes()
    first = msgspec.convert(bare("a"), Pod).spec
    placed = msgspec.structs.replace(first, node_name="n1")
    larger = msgspec.convert(bare("b", "200m"), Pod).spec
    other_image = bare("c")
    other_image["spec"]["containers"][0]["image"] = "other:1"
    assert shapes.of(first) is shapes.of(placed)
    assert shapes.of(first).seats is not shapes.of(larger).seats
    assert shapes.of(first).seats is shapes.of(msgspec.convert(other_image, Pod).spec).seats

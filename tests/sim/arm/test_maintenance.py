from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Callable
from typing import Any

import pytest

from poolshift.sim.arm.maintenance.windows import next_window, openings
from poolshift.sim.arm.request import ArmAnswer
from poolshift.sim.world import World

Call = Callable[..., ArmAnswer]
CONFIGS = "maintenanceConfigurations"
FRIDAY = dt.datetime(2026, 11, 20, 8, tzinfo=dt.UTC)


def window(schedule: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "maintenanceWindow": {
            "schedule": schedule,
            "durationHours": 4,
            "utcOffset": "+00:00",
            "startDate": "2026-11-01",
            "startTime": "02:00",
            **more,
        }
    }


WEEKLY = window({"weekly": {"intervalWeeks": 1, "dayOfWeek": "Saturday"}})


@pytest.mark.parametrize(
    ("config", "starts"),
    [
        pytest.param(WEEKLY, ["11-21T02", "11-28T02"], id="weekly"),
        pytest.param(
            window({"weekly": {"intervalWeeks": 3, "dayOfWeek": "Saturday"}}),
            ["11-21T02", "12-12T02"],
            id="every-third-week",
        ),
        pytest.param(
            window({"daily": {"intervalDays": 2}}), ["11-21T02", "11-23T02"], id="every-other-day"
        ),
        pytest.param(
            window({"absoluteMonthly": {"intervalMonths": 1, "dayOfMonth": 31}}),
            ["11-30T02", "12-31T02"],
            id="the-last-day",
        ),
        pytest.param(
            window(
                {
                    "relativeMonthly": {
                        "intervalMonths": 1,
                        "weekIndex": "Last",
                        "dayOfWeek": "Tuesday",
                    }
                }
            ),
            ["11-24T02", "12-29T02"],
            id="last-tuesday",
        ),
        pytest.param(
            window(
                {
                    "relativeMonthly": {
                        "intervalMonths": 1,
                        "weekIndex": "Second",
                        "dayOfWeek": "Tuesday",
                    }
                }
            ),
            ["12-08T02", "01-12T02"],
            id="second-tuesday",
        ),
        pytest.param(
            window({"weekly": {"intervalWeeks": 1, "dayOfWeek": "Saturday"}}, utcOffset="+05:30"),
            ["11-20T20", "11-27T20"],
            id="offset",
        ),
        pytest.param(
            window(
                {"weekly": {"intervalWeeks": 1, "dayOfWeek": "Saturday"}},
                notAllowedDates=[{"start": "2026-11-21", "end": "2026-11-27"}],
            ),
            ["11-28T02", "12-05T02"],
            id="not-allowed",
        ),
        pytest.param(
            {"timeInWeek": [{"day": "Monday", "hourSlots": [1, 2]}]},
            ["11-23T01", "11-23T02"],
            id="hours-of-the-week",
        ),
    ],
)
def test_windows_open_when_they_say(config: dict[str, Any], starts: list[str]) -> None:
    found = itertools.islice(openings(config, FRIDAY), 2)
    assert [start.strftime("%m-%dT%H") for start, _ in found] == starts


def test_within_a_window_the_next_opening_is_now() -> None:
    inside = dt.datetime(2026, 11, 21, 3, tzinfo=dt.UTC)
    assert next_window(WEEKLY, inside) == (inside, dt.datetime(2026, 11, 21, 6, tzinfo=dt.UTC))
    ended = dt.datetime(2026, 11, 21, 6, tzinfo=dt.UTC)
    following = next_window(WEEKLY, ended)
    assert following is not None
    assert following[0] == dt.datetime(2026, 11, 28, 2, tzinfo=dt.UTC)
    assert next_window({}, ended) is None


def test_a_configuration_lives_and_ends(world: World, call: Call) -> None:
    assert call(world, "GET", CONFIGS).body == {"value": []}
    path = f"{CONFIGS}/AKSMANAGEDNODEOSUPGRADESCHEDULE"
    made = call(world, "PUT", path, {"properties": WEEKLY})
    assert (made.status, made.headers) == (200, {})
    assert made.body["name"] == "aksManagedNodeOSUpgradeSchedule"
    assert "/resourceGroups/" in made.body["id"]
    assert call(world, "GET", path).body == made.body
    assert call(world, "GET", CONFIGS).body["value"] == [made.body]
    assert call(world, "DELETE", path).status == 200
    assert call(world, "GET", path).status == 404
    assert call(world, "DELETE", path).status == 204


def test_a_window_without_a_start_date_begins_today(world: World, call: Call) -> None:
    sent = {"maintenanceWindow": {**WEEKLY["maintenanceWindow"], "startDate": None}}
    made = call(world, "PUT", f"{CONFIGS}/aksManagedAutoUpgradeSchedule", {"properties": sent})
    assert made.body["properties"]["maintenanceWindow"]["startDate"] == "2022-10-15"


@pytest.mark.parametrize(
    ("name", "properties"),
    [
        pytest.param("mine", WEEKLY, id="name"),
        pytest.param("default", {}, id="empty"),
        pytest.param("default", {"timeInWeek": [{"day": "Moonday", "hourSlots": [1]}]}, id="day"),
        pytest.param("default", {"timeInWeek": [{"day": "Monday", "hourSlots": [24]}]}, id="hour"),
        pytest.param("aksManagedNodeOSUpgradeSchedule", {}, id="no-window"),
        pytest.param("aksManagedNodeOSUpgradeSchedule", window({}), id="no-schedule"),
        pytest.param(
            "aksManagedNodeOSUpgradeSchedule",
            window({"daily": {"intervalDays": 1}, "weekly": {"intervalWeeks": 1}}),
            id="two-schedules",
        ),
        pytest.param(
            "aksManagedNodeOSUpgradeSchedule",
            window({"daily": {"intervalDays": 1}}, durationHours=3),
            id="too-short",
        ),
        pytest.param(
            "aksManagedNodeOSUpgradeSchedule",
            window({"daily": {"intervalDays": 1}}, startTime="25:00"),
            id="time",
        ),
        pytest.param(
            "aksManagedNodeOSUpgradeSchedule",
            window({"daily": {"intervalDays": 1}}, notAllowedDates=[{"start": "soon"}]),
            id="span",
        ),
    ],
)
def test_what_is_no_maintenance_is_refused(
    world: World, call: Call, name: str, properties: dict[str, Any]
) -> None:
    refused = call(world, "PUT", f"{CONFIGS}/{name}", {"properties": properties})
    assert (refused.status, refused.body["code"]) == (400, "InvalidParameter")
    assert call(world, "GET", CONFIGS).body == {"value": []}

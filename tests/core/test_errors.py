"""Errors: one line, one exit code, one class for each HTTP status."""

from __future__ import annotations

import pytest

from poolshift.core import errors


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (errors.UsageError("no pool x"), "PSE100 no pool x."),
        (errors.UsageError("no pool x."), "PSE100 no pool x."),
        (errors.UsageError("no pool x", why="typo.", code="PSE151"), "PSE151 no pool x: typo."),
        (
            errors.UsageError("no pool x", why="typo", fix="Name another"),
            "PSE100 no pool x: typo. Name another",
        ),
        (
            errors.ForbiddenError("pods", service_code="Forbidden", message="no right"),
            "PSE203 pods: Forbidden: no right.",
        ),
        (errors.ForbiddenError("pods", message="no right"), "PSE203 pods: no right."),
    ],
    ids=["what", "one-full-stop", "why", "fix", "service", "message"],
)
def test_an_error_is_one_line(error: errors.PoolshiftError, line: str) -> None:
    assert error.line() == str(error) == line


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (errors.UsageError, 2),
        (errors.ApiError, 2),
        (errors.NeedsPersonError, 5),
        (errors.InvariantError, 70),
    ],
)
def test_exit_codes(kind: type[errors.PoolshiftError], code: int) -> None:
    assert kind("x").exit_code == code


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.InvalidError),
        (401, errors.UnauthorizedError),
        (403, errors.ForbiddenError),
        (404, errors.NotFoundError),
        (409, errors.ConflictError),
        (410, errors.ExpiredError),
        (412, errors.PreconditionError),
        (418, errors.ApiError),
        (422, errors.InvalidError),
        (429, errors.ThrottledError),
        (500, errors.ServerError),
        (503, errors.ServerError),
    ],
)
def test_the_class_of_a_status(status: int, kind: type[errors.ApiError]) -> None:
    assert errors.api_error_type(status) is kind


def test_a_broken_invariant_is_a_defect() -> None:
    errors.invariant(1, "fine")
    with pytest.raises(errors.InvariantError, match="defect"):
        errors.invariant([], "not fine")

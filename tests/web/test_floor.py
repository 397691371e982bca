"""The floor plan's geometry: a plate stays in its zone whatever the shape, and every zone has a place."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.showroom import SHAPES
from web.floor import Corners, Room, area, lay_out, outline, room, scatter


@st.composite
def shapes(draw: st.DrawFn) -> Corners:
    """Star-shaped polygons of 3 to 9 corners: concave ones and slivers among them."""
    x, y = draw(st.integers(150, 850)), draw(st.integers(150, 450))
    reach = draw(st.lists(st.integers(15, 140), min_size=3, max_size=9))
    turns = [2 * math.pi * n / len(reach) for n in range(len(reach))]
    return tuple((x + r * math.cos(a), y + r * math.sin(a)) for r, a in zip(reach, turns, strict=True))


def inside(point: tuple[float, float], corners: Corners) -> bool:
    x, y = point
    crossings = 0
    for (ax, ay), (bx, by) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            crossings += 1
    return crossings % 2 == 1


def edge_points(of: Room) -> list[tuple[float, float]]:
    steps = [n / 8 for n in range(9)]
    return [p for s in steps for p in (
        (of.x + s * of.width, of.y), (of.x + s * of.width, of.y + of.depth), (of.x, of.y + s * of.depth),
        (of.x + of.width, of.y + s * of.depth))]


@settings(max_examples=60, deadline=None)
@given(shapes(), st.booleans())
def test_a_room_for_a_plate_never_leaves_its_zone(corners: Corners, turned: bool) -> None:
    found = room(corners, turned)
    if (found.width, found.depth) == ((max(x for x, _ in corners) - min(x for x, _ in corners)) / 2,
                                      (max(y for _, y in corners) - min(y for _, y in corners)) / 2):
        return  # the zone is too small for any: the middle of its bounds is all there is
    assert all(inside(point, corners) for point in edge_points(found))


@settings(max_examples=40, deadline=None)
@given(shapes(), st.integers(1, 12))
def test_lamps_without_a_spot_get_places_inside_their_zone(corners: Corners, count: int) -> None:
    places = scatter(corners, count)
    assert len(places) == count
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    assert all(min(xs) <= x <= max(xs) and min(ys) <= y <= max(ys) for x, y in places)


def test_three_lamps_in_a_long_zone_stand_in_a_row() -> None:
    corners = ((0.0, 0.0), (600.0, 0.0), (600.0, 100.0), (0.0, 100.0))
    xs = sorted(x for x, _ in scatter(corners, 3))
    assert xs[1] - xs[0] > 120
    assert xs[2] - xs[1] > 120


@pytest.mark.parametrize("zone", sorted(SHAPES))
@pytest.mark.parametrize("turned", [False, True])
def test_a_usual_zone_has_room_for_name_and_mood(zone: str, turned: bool) -> None:
    found = room(SHAPES[zone], turned)
    across, down = (found.depth, found.width) if turned else (found.width, found.depth)
    assert across >= 140
    assert down >= 120


def test_an_l_shaped_zone_is_not_taken_for_its_bounds() -> None:
    found = room(SHAPES["sales"])
    assert all(inside(point, SHAPES["sales"]) for point in edge_points(found))
    assert found.y < 50


def test_zones_without_shapes_share_the_floor_in_a_grid() -> None:
    floor = lay_out(dict.fromkeys("abcdefg", ()))
    assert floor.squeeze == 1
    assert sum(area(corners) for corners in floor.outlines.values()) > 0.75 * 1000 * 600
    boxes = [(c[0], c[2]) for c in floor.outlines.values()]
    for n, ((ax, ay), (bx, by)) in enumerate(boxes):
        assert 0 <= ax < bx <= 1000
        assert 0 <= ay < by <= 600
        for (cx, cy), (dx, dy) in boxes[n + 1:]:
            assert bx <= cx or dx <= ax or by <= cy or dy <= ay


def test_a_zone_without_a_shape_gets_a_strip_below_those_that_have_one() -> None:
    floor = lay_out({**SHAPES, "stock": ()})
    assert list(floor.outlines) == [*SHAPES, "stock"]
    lowest = max(y for zone in SHAPES for _, y in floor.outlines[zone])
    assert min(y for _, y in floor.outlines["stock"]) > lowest
    assert floor.spot((500, 576)) == (500, 576 * floor.squeeze)


def test_an_outline_has_a_curve_for_each_corner() -> None:
    path = outline(SHAPES["sales"])
    assert path.count("Q") == 6
    assert path.startswith("M")
    assert path.endswith("Z")


def test_short_walls_are_rounded_less_so_that_curves_never_cross() -> None:
    assert outline(((0, 0), (10, 0), (10, 10), (0, 10))) == (
        "M0.0 5.0Q0.0 0.0 5.0 0.0L5.0 0.0Q10.0 0.0 10.0 5.0L10.0 5.0Q10.0 10.0 5.0 10.0L5.0 10.0Q0.0 10.0 0.0 5.0Z")

"""Geometry of the floor plan: outlines with rounded corners, room for a plate, places for lamps without a spot.

A plate with words must stay inside its zone on a phone and on a wall screen, whatever the shape of the zone. So room
is found once, in floor units (1000 wide, 600 deep, as `profiles.places.Corner`), and a plate never leaves its room.
On a phone the plan turns a quarter to the left: what is right on the floor is up on the screen. Pure and cached.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

Point = tuple[float, float]
Corners = tuple[Point, ...]

WIDTH, DEPTH = 1000.0, 600.0
_EDGE, _GAP, _ROUND = 24.0, 12.0, 16.0
#: About the side of a raster cell, and how far a plate keeps from the wall of its zone.
_CELL, _KEEP = 10.0, 10.0
#: Rounding must not make a cell touch the wall that it is measured from.
_SLACK = 1e-6
#: What a plate would like to have, in floor units along the reader's line and down: on a wide screen, and turned.
_WISH, _WISH_TURNED = (280.0, 130.0), (270.0, 150.0)
#: Drawn zones give up this part of the floor when others have no shape.
_STRIP = 0.3


@dataclass(frozen=True, slots=True)
class Room:
    """A rectangle on the floor, in floor units."""

    x: float
    y: float
    width: float
    depth: float

    def style(self) -> str:
        """Its place on a plan that is not turned, as custom properties in per cent."""
        return _percent("", self.x / WIDTH, self.y / DEPTH, self.width / WIDTH, self.depth / DEPTH)

    def style_turned(self) -> str:
        """Its place on a plan that is turned a quarter to the left."""
        up = (WIDTH - self.x - self.width) / WIDTH
        return _percent("t", self.y / DEPTH, up, self.depth / DEPTH, self.width / WIDTH)


@dataclass(frozen=True, slots=True)
class Floor:
    """Every zone's outline. `squeeze`: what depths were multiplied by, to make room for zones without a shape."""

    outlines: Mapping[str, Corners]
    squeeze: float

    def spot(self, point: Point) -> Point:
        """Where a spot of the plan is on this drawing."""
        return point[0], point[1] * self.squeeze


def lay_out(shapes: Mapping[str, Corners]) -> Floor:
    """Outlines of all zones. One without a shape (fewer than three corners) is laid out in a grid with its like."""
    drawn = {zone: shape for zone, shape in shapes.items() if len(shape) >= 3}
    bare = [zone for zone in shapes if zone not in drawn]
    if not bare:
        return Floor(drawn, 1.0)
    if not drawn:
        return Floor(_grid(bare, Room(_EDGE, _EDGE, WIDTH - 2 * _EDGE, DEPTH - 2 * _EDGE)), 1.0)
    squeeze = 1 - _STRIP
    top = DEPTH * squeeze
    strip = _grid(bare, Room(_EDGE, top, WIDTH - 2 * _EDGE, DEPTH - top - _EDGE))
    outlines = {z: strip[z] if z in strip else tuple((x, y * squeeze) for x, y in drawn[z]) for z in shapes}
    return Floor(outlines, squeeze)


def outline(corners: Corners) -> str:
    """The outline as an SVG path with rounded corners: less round where walls are short."""
    parts = []
    for n, corner in enumerate(corners):
        before, after = corners[n - 1], corners[(n + 1) % len(corners)]
        start, end = _towards(corner, before), _towards(corner, after)
        parts.append(f"{'L' if n else 'M'}{_at(start)}Q{_at(corner)} {_at(end)}")
    return "".join(parts) + "Z"


@lru_cache(maxsize=512)
def room(corners: Corners, turned: bool = False) -> Room:
    """The best rectangle for a plate: as large as it wishes, then nearest to the reader's top left, then the largest.

    It keeps off the walls. A zone too small for any gives the middle of its bounds.
    """
    wish = (_WISH_TURNED[1], _WISH_TURNED[0]) if turned else _WISH
    best: tuple[tuple[float, float, float], Room] | None = None
    for found in _raster(corners).rooms():
        fit = min(1.0, found.width / wish[0]) * min(1.0, found.depth / wish[1])
        far = found.y + 0.3 * (WIDTH - found.x - found.width) if turned else found.y + 0.3 * found.x
        score = (round(fit, 2), -round(far), found.width * found.depth)
        if best is None or score > best[0]:
            best = (score, found)
    return best[1] if best is not None else _middle(corners)


@lru_cache(maxsize=1024)
def scatter(corners: Corners, count: int) -> tuple[Point, ...]:
    """`count` places in the zone, each in the middle of its share of it: for lamps and scent without a spot.

    The farthest places first, then Lloyd's algorithm (1982), always on a cell of the zone.
    """
    points = _raster(corners).points()
    if not points:
        middle = _middle(corners)
        points = [(middle.x + middle.width / 2, middle.y + middle.depth / 2)]
    chosen = [points[0]]
    clear = [math.dist(p, points[0]) for p in points]
    while len(chosen) < count:
        n = max(range(len(points)), key=clear.__getitem__)
        chosen.append(points[n])
        clear = [min(c, math.dist(p, points[n])) for c, p in zip(clear, points, strict=True)]
    for _ in range(5):
        chosen = [_nearest(_mean(share) if share else place, points) for place, share in _shares(points, chosen)]
    return tuple(chosen[:count])


def area(corners: Corners) -> float:
    """The area in square floor units (shoelace formula)."""
    pairs = zip(corners, (*corners[1:], corners[0]), strict=True)
    return abs(sum(ax * by - bx * ay for (ax, ay), (bx, by) in pairs)) / 2


def _percent(turned: str, *shares: float) -> str:
    names = ("x", "y", "w", "h")
    return ";".join(f"--{turned}{name}:{100 * share:.3f}%" for name, share in zip(names, shares, strict=True))


def _grid(zones: list[str], within: Room) -> dict[str, Corners]:
    rows = max(1, round(math.sqrt(len(zones) * within.depth * 1.5 / within.width)))
    columns = math.ceil(len(zones) / rows)
    rows = math.ceil(len(zones) / columns)
    depth = (within.depth - _GAP * (rows - 1)) / rows
    found: dict[str, Corners] = {}
    for n, zone in enumerate(zones):
        row, column = divmod(n, columns)
        beside = min(columns, len(zones) - row * columns)
        width = (within.width - _GAP * (beside - 1)) / beside
        x, y = within.x + column * (width + _GAP), within.y + row * (depth + _GAP)
        found[zone] = ((x, y), (x + width, y), (x + width, y + depth), (x, y + depth))
    return found


def _towards(corner: Point, other: Point) -> Point:
    length = math.dist(corner, other)
    part = min(_ROUND, length / 2) / length if length > 0 else 0.0
    return corner[0] + (other[0] - corner[0]) * part, corner[1] + (other[1] - corner[1]) * part


def _at(point: Point) -> str:
    return f"{point[0]:.1f} {point[1]:.1f}"


@dataclass(frozen=True, slots=True)
class _Raster:
    """Cells of a zone that lie inside and keep off every wall. They fill its bounds exactly, `wide` by `deep` each."""

    left: float
    top: float
    wide: float
    deep: float
    cells: frozenset[tuple[int, int]]

    def points(self) -> list[Point]:
        """The middle of each cell."""
        return [(self.left + (cx + 0.5) * self.wide, self.top + (cy + 0.5) * self.deep)
                for cx, cy in sorted(self.cells)]

    def rooms(self) -> Iterator[Room]:
        """For every cell as the upper left corner, the deepest rectangle of each width."""
        run: dict[tuple[int, int], int] = {}
        for cx, cy in sorted(self.cells, reverse=True):
            run[cx, cy] = 1 + run.get((cx + 1, cy), 0)
        for cx, cy in self.cells:
            width, depth = run[cx, cy], 1
            while width:
                below = min(width, run.get((cx, cy + depth), 0))
                if below < width:
                    x, y = self.left + cx * self.wide, self.top + cy * self.deep
                    yield Room(x, y, width * self.wide, depth * self.deep)
                width, depth = below, depth + 1


@lru_cache(maxsize=256)
def _raster(corners: Corners) -> _Raster:
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    left, top = min(xs) + _KEEP, min(ys) + _KEEP
    columns = math.ceil(max(0.0, max(xs) - _KEEP - left) / _CELL)
    rows = math.ceil(max(0.0, max(ys) - _KEEP - top) / _CELL)
    wide = (max(xs) - _KEEP - left) / columns if columns else _CELL
    deep = (max(ys) - _KEEP - top) / rows if rows else _CELL
    walls = list(zip(corners, (*corners[1:], corners[0]), strict=True))
    cells = set()
    for cy in range(rows):
        for cx in range(columns):
            x, y = left + cx * wide, top + cy * deep
            kept = (x - _KEEP + _SLACK, y - _KEEP + _SLACK, x + wide + _KEEP - _SLACK, y + deep + _KEEP - _SLACK)
            if _inside((x + wide / 2, y + deep / 2), walls) and not any(_meets(wall, kept) for wall in walls):
                cells.add((cx, cy))
    return _Raster(left, top, wide, deep, frozenset(cells))


def _shares(points: list[Point], places: list[Point]) -> list[tuple[Point, list[Point]]]:
    shares: list[list[Point]] = [[] for _ in places]
    for point in points:
        shares[min(range(len(places)), key=lambda n: math.dist(places[n], point))].append(point)
    return list(zip(places, shares, strict=True))


def _mean(points: list[Point]) -> Point:
    return sum(x for x, _ in points) / len(points), sum(y for _, y in points) / len(points)


def _nearest(place: Point, points: list[Point]) -> Point:
    return min(points, key=lambda point: (math.dist(place, point), point))


def _inside(point: Point, walls: list[tuple[Point, Point]]) -> bool:
    """Even-odd rule."""
    x, y = point
    crossed = False
    for (ax, ay), (bx, by) in walls:
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            crossed = not crossed
    return crossed


def _meets(wall: tuple[Point, Point], box: tuple[float, float, float, float]) -> bool:
    """Whether a wall passes through the open box (Liang and Barsky 1984)."""
    (ax, ay), (bx, by) = wall
    dx, dy = bx - ax, by - ay
    enter, leave = 0.0, 1.0
    for step, room_left in ((-dx, ax - box[0]), (dx, box[2] - ax), (-dy, ay - box[1]), (dy, box[3] - ay)):
        if step == 0:
            if room_left <= 0:
                return False
        elif step < 0:
            enter = max(enter, room_left / step)
        else:
            leave = min(leave, room_left / step)
    return enter < leave


def _middle(corners: Corners) -> Room:
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    width, depth = max(xs) - min(xs), max(ys) - min(ys)
    return Room(min(xs) + width / 4, min(ys) + depth / 4, width / 2, depth / 2)

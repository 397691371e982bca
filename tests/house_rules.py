"""The rules of the house as functions over its parsed files, so that each can be shown to fail on a small tree.

A rule takes modules and returns one sentence for each breach. What the rules are for stands in `docs/architecture.md`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

#: Lowest first. A file imports from its own floor or a lower one.
FLOORS = ("profiles", "devices", "controller", "web")
#: The roof: it may import anything, and nothing imports it.
ROOF = "controller.cli"
#: Libraries that belong to one file or room.
OWNERS = {
    "paho": "devices.mqtt",
    "amqtt": "devices.broker",
    "apscheduler": "controller.store.timetable",
    "sqlalchemy": "controller.storage",
    "alembic": "controller.storage",
    "argon2": "controller.passwords",
    "opening_hours": "profiles",
    "icalendar": "controller.calendars",
    "recurring_ical_events": "controller.calendars",
    "flask": "web",
    "werkzeug": "web",
    "cheroot": "web",
    "prometheus_client": "web",
    "click": ROOF,
    "pytest": "controller.testing",
}
#: Rooms that only compute: what they may not reach for. (`datetime` values are fine, asking for the time is not.)
PURE = {
    "profiles": ("socket", "subprocess", "asyncio", "urllib", "http", "sqlite3", "time", "random"),
    "devices.dialects": ("socket", "subprocess", "threading", "asyncio", "urllib", "http", "time", "random", "os"),
    "devices.simulator.lamp": ("time", "threading", "socket"),
    "devices.simulator.player": ("time", "threading", "socket"),
    "devices.simulator.diffuser": ("time", "threading", "socket"),
}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today"), ("time", "time"),
          ("time", "monotonic"), ("time", "sleep")}

#: They say that something is meant without saying what.
BANNED = {"manager", "helper", "utils", "util", "data", "info", "current", "status", "process", "handle"}
BANNED |= {f"{word}s" for word in BANNED}
#: Names that are not ours to choose, or that people know by this word.
ALLOWED_NAMES = {
    "process_bind_param": "SQLAlchemy calls a type's method by this name",
    "process_result_value": "SQLAlchemy calls a type's method by this name",
    "data_folder": "the folder that people name with --data and SINNE_DATA",
}

MOST_LINES = 300
#: Longer files, each with why it reads better whole.
LONG_MODULES: dict[str, str] = {}
MOST_POSITIONAL = 5


@dataclass(frozen=True)
class Module:
    """One parsed file: `name` is dotted, `path` is relative to the root."""

    name: str
    path: str
    text: str
    tree: ast.Module

    @property
    def floor(self) -> int:
        """Its index in FLOORS."""
        return FLOORS.index(self.name.split(".")[0])


def read_house(root: Path, folders: tuple[str, ...] = FLOORS) -> list[Module]:
    """Parse every Python file of these folders."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*.py")):
            if "node_modules" in path.parts:
                continue
            inside = path.relative_to(root)
            parts = [*inside.parts[:-1], *([] if path.stem == "__init__" else [path.stem])]
            text = path.read_text(encoding="utf-8")
            found.append(Module(".".join(parts), inside.as_posix(), text, ast.parse(text)))
    return found


def within(name: str, room: str) -> bool:
    """Whether a dotted name is a room or stands inside it."""
    return name == room or name.startswith(f"{room}.")


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of all that a module imports, `from a import b` as `a.b`; relative names made absolute."""
    package = module.name if module.path.endswith("__init__.py") else module.name.rpartition(".")[0]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, *([base] if base else [])])
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)


def own_imports(module: Module) -> Iterator[tuple[int, str]]:
    """Those of our own four packages."""
    return ((line, name) for line, name in imports(module) if name.split(".")[0] in FLOORS)


def no_import_climbs(house: list[Module]) -> list[str]:
    """A file imports from its own floor or a lower one; only the roof may climb."""
    return [f"{m.path}:{line} imports {name}, which is on a higher floor"
            for m in house if not within(m.name, ROOF)
            for line, name in own_imports(m) if FLOORS.index(name.split(".")[0]) > m.floor]


def web_leaves_devices_alone(house: list[Module]) -> list[str]:
    """The panel reaches devices through the controller's two doors only, so that HQ can run them apart."""
    return [f"{m.path}:{line} imports {name}: the web reaches devices through the controller"
            for m in house if within(m.name, "web") for line, name in own_imports(m) if within(name, "devices")]


def nothing_imports_the_roof(house: list[Module]) -> list[str]:
    """Commands are for people; code calls what is below them."""
    return [f"{m.path}:{line} imports {name}: nothing imports the roof"
            for m in house if not within(m.name, ROOF) for line, name in own_imports(m) if within(name, ROOF)]


def libraries_stay_in_their_room(house: list[Module]) -> list[str]:
    """A library that could spread belongs to one room, so that it can be replaced there."""
    return [f"{m.path}:{line} imports {name}, which belongs to {OWNERS[name.split('.')[0]]}"
            for m in house for line, name in imports(m)
            if name.split(".")[0] in OWNERS and not within(m.name, OWNERS[name.split(".")[0]])]


def pure_rooms_stay_pure(house: list[Module]) -> list[str]:
    """Plans and dialects only compute: the time, and everything else, is given to them."""
    found = []
    for m in house:
        for room, kept_out in PURE.items():
            if within(m.name, room):
                found += [f"{m.path}:{line} imports {name} into {room}, which only computes"
                          for line, name in imports(m) if name.split(".")[0] in kept_out]
                found += [f"{m.path}:{node.lineno} asks for the time in {room}; time is an argument"
                          for node in ast.walk(m.tree) if isinstance(node, ast.Attribute)
                          and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CLOCKS]
    return found


def dialects_do_not_know_each_other(house: list[Module]) -> list[str]:
    """A dialect is one file; only the table knows them all."""
    room, shared = "devices.dialects", ("devices.dialects.base", "devices.dialects.table")
    return [f"{m.path}:{line} imports {name}: dialects know nothing of each other"
            for m in house if within(m.name, room) and m.name not in (*shared, room)
            for line, name in own_imports(m)
            if within(name, room) and not within(name, shared[0]) and not within(name, m.name)]


def the_simulator_has_no_codec_of_ours(house: list[Module]) -> list[str]:
    """Firmware that shared the product's codec would share its mistakes."""
    return [f"{m.path}:{line} imports {name}: firmware is written without the product's codecs"
            for m in house if within(m.name, "devices.simulator")
            for line, name in own_imports(m) if within(name, "devices.dialects")]


def no_own_import_in_a_function(house: list[Module]) -> list[str]:
    """An import inside a function hides an edge, and mostly a cycle."""
    found = []
    for m in house:
        for node in ast.walk(m.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                inside = Module(m.name, m.path, "", ast.Module([node], []))  # type: ignore[list-item]
                found += [f"{m.path}:{line} imports {name} inside a function" for line, name in own_imports(inside)]
    return sorted(set(found))


def no_import_cycle(house: list[Module]) -> list[str]:
    """Modules that import each other can only be understood together."""
    known = {m.name for m in house}

    def target(name: str) -> str:
        return name if name in known else name.rpartition(".")[0]

    edges = {m.name: sorted({target(name) for _, name in own_imports(m)} & known - {m.name}) for m in house}
    cycles: set[tuple[str, ...]] = set()
    finished: set[str] = set()

    def visit(name: str, trail: list[str]) -> None:
        if name in trail:
            cycle = trail[trail.index(name):]
            first = cycle.index(min(cycle))
            cycles.add(tuple(cycle[first:] + cycle[:first]))
            return
        if name in finished:
            return
        for after in edges[name]:
            visit(after, [*trail, name])
        finished.add(name)

    for name in sorted(edges):
        visit(name, [])
    return [f"{' imports '.join([*cycle, cycle[0]])}" for cycle in sorted(cycles)]


def words_of(name: str) -> set[str]:
    """The words of a name in snake or camel case, in lower case."""
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)}


def no_banned_name(house: list[Module]) -> list[str]:
    """A name says which, or what it does."""
    found = []
    for m in house:
        named = [(1, m.name.rpartition(".")[2])]
        named += [(node.lineno, node.name) for node in ast.walk(m.tree)
                  if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
        found += [f"{m.path}:{line} {name!r} holds the banned word {word!r}: say which, or say what it does"
                  for line, name in named if name not in ALLOWED_NAMES for word in sorted(words_of(name) & BANNED)]
    return found


def no_mock(house: list[Module]) -> list[str]:
    """Fakes keep a port's contract; a mock keeps none."""
    return [f"{m.path}:{line} imports {name}: write a fake of the port"
            for m in house for line, name in imports(m) if within(name, "unittest.mock") or within(name, "mock")]


def no_print_below_the_roof(house: list[Module]) -> list[str]:
    """Only commands speak to a terminal, and they do it through click."""
    return [f"{m.path}:{node.lineno} prints" for m in house if not within(m.name, ROOF) for node in ast.walk(m.tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"]


def every_module_says_what_it_is(house: list[Module]) -> list[str]:
    """The first lines of a file are for the one who opens it."""
    return [f"{m.path} does not say what it is and why it exists" for m in house
            if m.text.strip() and not ast.get_docstring(m.tree)]


def modules_stay_short(house: list[Module]) -> list[str]:
    """Over 300 lines two rooms would mostly read better."""
    return [f"{m.path} has {m.text.count(chr(10))} lines; {MOST_LINES} is where it should be two" for m in house
            if m.text.count("\n") > MOST_LINES and m.path not in LONG_MODULES]


def few_positional_parameters(house: list[Module]) -> list[str]:
    """A call with six things in a row is read wrongly. (Commands are called by click, by name.)"""
    found = []
    for m in house:
        for node in ast.walk(m.tree):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or _is_command(node):
                continue
            names = [a.arg for a in (*node.args.posonlyargs, *node.args.args)]
            count = len(names) - (1 if names[:1] in (["self"], ["cls"]) else 0)
            if count > MOST_POSITIONAL:
                found.append(f"{m.path}:{node.lineno} {node.name} takes {count} positional parameters; "
                             f"{MOST_POSITIONAL} is the most")
    return found


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    calls = (d.func for d in node.decorator_list if isinstance(d, ast.Call))
    return any(isinstance(call, ast.Attribute) and call.attr in ("command", "group") for call in calls)


Rule = Callable[[list[Module]], list[str]]
RULES: tuple[Rule, ...] = (
    no_import_climbs, web_leaves_devices_alone, nothing_imports_the_roof, libraries_stay_in_their_room,
    pure_rooms_stay_pure, dialects_do_not_know_each_other, the_simulator_has_no_codec_of_ours,
    no_own_import_in_a_function, no_import_cycle, no_banned_name, no_mock, no_print_below_the_roof,
    every_module_says_what_it_is, modules_stay_short, few_positional_parameters)

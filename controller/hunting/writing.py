"""A story as the text of a scenario file: what `sinne simulate --scenario FILE` runs, and what a person reads first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from controller.hunting.story import Story, scenario_of
from controller.scenarios.model import Scenario, Step
from profiles.planwriter import lines_of, on_one_line

#: The longest line that a step is put on.
_WIDTH = 118
_PART_WIDTH = 112


def write_story(story: Story, comment: str = "") -> str:
    """The whole file. `comment`: sentences for its head, a line each."""
    return write_scenario(scenario_of(story), comment)


def write_scenario(scenario: Scenario, comment: str = "") -> str:
    """A scenario as YAML; read again it is the same scenario."""
    lines = [f"# {line}" for line in comment.splitlines()]
    lines += lines_of("name", scenario.name)
    if scenario.teaches:
        lines += lines_of("teaches", scenario.teaches)
    lines += [f"store: {scenario.store}", *_parts(scenario.parts), *lines_of("start", scenario.start),
              f"seed: {scenario.seed}", "steps:"]
    for step in scenario.steps:
        lines += _step(step)
    return "\n".join(lines) + "\n"


def _parts(parts: Mapping[str, Any]) -> Iterator[str]:
    if parts:
        yield "parts:"
    for name, part in parts.items():
        if isinstance(part, list) and part:
            yield f"  {name}:"
            for item in part:
                yield from _item(item)
        elif len(on_one_line(part)) + len(name) < _PART_WIDTH:
            yield f"  {name}: {on_one_line(part)}"
        else:
            yield from lines_of(name, part, 2)


def _item(item: Any) -> Iterator[str]:
    """An item of a part: on a line if it fits, else its fields one below the other."""
    flow = on_one_line(item)
    if len(flow) <= _PART_WIDTH or not isinstance(item, dict):
        yield f"    - {flow}"
        return
    lines = [line for name, value in item.items() for line in _field(name, value)]
    yield f"    - {lines[0].lstrip()}"
    yield from lines[1:]


def _field(name: str, value: Any) -> Iterator[str]:
    flow = f"{name}: {on_one_line(value)}"
    yield from [f"      {flow}"] if len(flow) <= _PART_WIDTH else lines_of(name, value, 6)


def _step(step: Step) -> Iterator[str]:
    said = step.model_dump(mode="json", exclude_unset=True, exclude_none=True)
    flow = on_one_line(said)
    if len(flow) <= _WIDTH:
        yield f"  - {flow}"
        return
    yield f"  - at: {on_one_line(said.pop('at'))}"
    for name, value in said.items():
        yield from (f"  {line}" for line in lines_of(name, value, 2))

"""No test gives up on a machine that is merely busy: what waits for programs, sockets or threads waits `PATIENCE_S`."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent
#: Seconds. What waits less shows that nothing happens; what waits at least so long is patient enough.
SHORT_S, PATIENT_S = 1.5, 30.0
#: Verbs that wait for somebody else, and how long they do, by place or by name.
WAITS = {"wait": 0, "join": 0, "settimeout": 0, "communicate": 1, "acquire": 1, "urlopen": 2, "create_connection": 1,
         "get": 1, "result": 0, "eventually": 1, "set_default_timeout": 0}

#: Whose time is given by the test.
VIRTUAL = ("shop", "store", "crowd")


def limits(text: str) -> Iterator[tuple[int, str, float]]:
    """Line, verb and seconds of every wait with a limit of its own. Limits of the time of a test are verbs too."""
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        verb = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = [word.value for word in node.keywords if word.arg == "timeout"]
        virtual = isinstance(node.func, ast.Attribute) and getattr(node.func.value, "id", "") in VIRTUAL
        place = -1 if virtual else WAITS.get(verb, -1)
        if 0 <= place < len(node.args):
            given.append(node.args[place])
        if verb == "timeout" and isinstance(node.func, ast.Attribute) and node.args:  # pytest.mark.timeout
            given = [ast.BinOp(node.args[0], ast.Div(), ast.Constant(20.0))]
        for value in given:
            seconds = number(value)
            if seconds is not None:
                yield node.lineno, verb, seconds / 1000 if verb.startswith(("to_", "not_to_")) else seconds


def number(value: ast.expr) -> float | None:
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Div):
        above, below = number(value.left), number(value.right)
        return None if above is None or not below else above / below
    if isinstance(value, ast.Constant) and isinstance(value.value, int | float) and not isinstance(value.value, bool):
        return float(value.value)
    return None


def impatient(text: str) -> list[str]:
    return [f"{line}: {verb} waits {seconds:g} s" for line, verb, seconds in limits(text)
            if SHORT_S < seconds < PATIENT_S]


def test_every_test_is_patient() -> None:
    found = {path.relative_to(HERE).as_posix(): impatient(path.read_text(encoding="utf-8"))
             for path in HERE.rglob("*.py")}
    assert {path: waits for path, waits in found.items() if waits} == {}
    assert len(found) > 100


@pytest.mark.parametrize(("text", "found"), [
    ("done.wait(5)", ["1: wait waits 5 s"]),
    ("thread.join(20)", ["1: join waits 20 s"]),
    ("urlopen(request, timeout=10)", ["1: urlopen waits 10 s"]),
    ("eventually(look, 5, 'so')", ["1: eventually waits 5 s"]),
    ("expect(page).to_have_text('x', timeout=5_000)", ["1: to_have_text waits 5 s"]),
    ("pytest.mark.timeout(240)", ["1: timeout waits 12 s"]),
    ("bell.rung.get(timeout=0.3)", []),
    ("', '.join(words)\ndone.wait(60)\ndone.wait(PATIENCE_S)\nshop.until(right, within_s=5)\nshop.wait(2)", []),
])
def test_impatience_is_found(text: str, found: list[str]) -> None:
    assert impatient(text) == found

"""The house keeps its rules, and each rule is able to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import house_rules as rules
from tests.house_rules import ALLOWED_NAMES, FLOORS, LONG_MODULES, OWNERS, RULES, Module, Rule, read_house, words_of

ROOT = Path(__file__).parents[1]
DOC = '"""What it is."""\n'


@pytest.fixture(scope="module")
def house() -> list[Module]:
    """All modules of the product. Read by who runs these tests, not by every worker that collects them."""
    return read_house(ROOT)


def test_the_house_is_what_is_looked_at(house: list[Module]) -> None:
    assert {module.name.split(".")[0] for module in house} == set(FLOORS)
    assert len(house) > 100


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_house_keeps(rule: Rule, house: list[Module]) -> None:
    assert rule(house) == []


def test_tests_use_fakes_and_no_mocks() -> None:
    assert rules.no_mock(read_house(ROOT, ("tests",))) == []


def test_every_owner_of_a_library_uses_it(house: list[Module]) -> None:
    used = {(name.split(".")[0], owner) for module in house for _, name in rules.imports(module)
            if (owner := OWNERS.get(name.split(".")[0])) and rules.within(module.name, owner)}
    assert used == set(OWNERS.items())


def test_no_exception_outlives_its_reason(house: list[Module]) -> None:
    names = {node.name for module in house for node in rules.ast.walk(module.tree)
             if isinstance(node, rules.ast.FunctionDef | rules.ast.ClassDef)}
    assert set(ALLOWED_NAMES) <= names
    lengths = {module.path: module.text.count("\n") for module in house}
    assert [path for path in LONG_MODULES if lengths.get(path, 0) <= rules.MOST_LINES] == []


def built(root: Path, files: dict[str, str]) -> list[Module]:
    """A small house with these files."""
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return read_house(root)


#: Rule, a tree that breaks it, and what the one sentence says.
BREACHES: list[tuple[Rule, dict[str, str], str]] = [
    (rules.no_import_climbs, {"profiles/a.py": "from devices.b import c\n"}, "profiles/a.py:1 imports devices.b.c"),
    (rules.no_import_climbs, {"devices/a.py": "import controller\n"}, "imports controller"),
    (rules.no_import_climbs, {"controller/a.py": "from web import app\n"}, "imports web.app"),
    (rules.web_leaves_devices_alone, {"web/a.py": "from devices import mqtt\n"}, "imports devices.mqtt"),
    (rules.nothing_imports_the_roof, {"controller/a.py": "from controller.cli import main\n"}, "controller.cli.main"),
    (rules.nothing_imports_the_roof, {"web/a.py": "import controller.cli.demo\n"}, "controller.cli.demo"),
    (rules.libraries_stay_in_their_room, {"devices/a.py": "import paho.mqtt.client\n"}, "belongs to devices.mqtt"),
    (rules.libraries_stay_in_their_room, {"web/a.py": "def f():\n    import sqlalchemy\n"},
     "belongs to controller.storage"),
    (rules.libraries_stay_in_their_room, {"controller/storage_of.py": "import sqlalchemy\n"},
     "controller/storage_of.py:1"),
    (rules.libraries_stay_in_their_room, {"controller/a.py": "import flask\n"}, "belongs to web"),
    (rules.pure_rooms_stay_pure, {"profiles/a.py": "import socket\n"}, "imports socket into profiles"),
    (rules.pure_rooms_stay_pure, {"profiles/a.py": "from datetime import datetime\ndatetime.now()\n"},
     "asks for the time"),
    (rules.pure_rooms_stay_pure, {"devices/dialects/a.py": "from time import monotonic\n"}, "into devices.dialects"),
    (rules.dialects_do_not_know_each_other, {"devices/dialects/a.py": "from devices.dialects.b import C\n"},
     "know nothing of each other"),
    (rules.the_simulator_has_no_codec_of_ours, {"devices/simulator/a.py": "from devices.dialects import native\n"},
     "without the product's codecs"),
    (rules.no_own_import_in_a_function, {"web/a.py": "def f():\n    from profiles import base\n"}, "inside a function"),
    (rules.no_own_import_in_a_function,
     {"web/a.py": "class A:\n    async def f(self):\n        import profiles.base\n"}, "web/a.py:3"),
    (rules.no_import_cycle, {"web/a.py": "from web import b\n", "web/b.py": "import web.c\n",
                             "web/c.py": "from web.a import x\n"}, "web.a imports web.b imports web.c imports web.a"),
    (rules.no_import_cycle, {"web/a.py": "from . import b\n", "web/b.py": "from .a import x\n"}, "web.a imports web.b"),
    (rules.no_banned_name, {"web/page_manager.py": ""}, "'manager'"),
    (rules.no_banned_name, {"web/a.py": "class ZoneData:\n    pass\n"}, "'ZoneData' holds the banned word 'data'"),
    (rules.no_banned_name, {"web/a.py": "def _get_status():\n    pass\n"}, "'status'"),
    (rules.no_banned_name, {"web/a.py": "class A:\n    def handle2(self): pass\n"}, "'handle'"),
    (rules.no_mock, {"web/a.py": "from unittest.mock import Mock\n"}, "write a fake"),
    (rules.no_mock, {"web/a.py": "from unittest import mock\n"}, "write a fake"),
    (rules.no_print_below_the_roof, {"controller/a.py": "print('x')\n"}, "controller/a.py:1 prints"),
    (rules.every_module_says_what_it_is, {"web/a.py": "X = 1\n"}, "web/a.py does not say"),
    (rules.modules_stay_short, {"web/a.py": DOC + "X = 1\n" * 300}, "web/a.py has 301 lines"),
    (rules.few_positional_parameters, {"web/a.py": "def f(a, b, c, d, e, f): pass\n"}, "f takes 6"),
    (rules.few_positional_parameters, {"web/a.py": "class A:\n    def g(self, a, b, /, c, d, e, f): pass\n"},
     "g takes 6"),
]


@pytest.mark.parametrize(("rule", "files", "sentence"), BREACHES,
                         ids=[f"{rule.__name__}-{n}" for n, (rule, _, _) in enumerate(BREACHES)])
def test_a_breach_is_one_sentence(tmp_path: Path, rule: Rule, files: dict[str, str], sentence: str) -> None:
    found = rule(built(tmp_path, files))
    assert len(found) == 1, found
    assert sentence in found[0]


def test_every_rule_is_shown_to_fail() -> None:
    assert {rule for rule, _, _ in BREACHES} == set(RULES)


def test_what_is_allowed_passes_every_rule(tmp_path: Path) -> None:
    house = built(tmp_path, {
        "profiles/scene.py": DOC + "from datetime import datetime\nfrom pydantic import BaseModel\n",
        "devices/mqtt.py": DOC + "import paho.mqtt.client\nfrom profiles.scene import datetime\n",
        "devices/dialects/base.py": DOC,
        "devices/dialects/native.py": DOC + "from devices.dialects.base import x\nfrom devices import mqtt\n",
        "devices/dialects/table.py": DOC + "from devices.dialects import native\n",
        "controller/storage/tables.py": DOC + "import sqlalchemy\nclass T:\n    def process_bind_param(self): pass\n",
        "controller/cli/__init__.py": DOC + "from controller.cli import demo\nfrom web import app\n",
        "controller/cli/demo.py": DOC + "import click\nimport devices.mqtt\nprint('x')\n"
                                  "@click.command()\ndef demo(a, b, c, d, e, f): pass\n",
        "web/app.py": DOC + "import flask\nfrom profiles import scene\nclass A:\n    def f(self, a, b, c, d, e): pass\n"
                      "def database(): pass\n",
        "web/empty.py": "",
    })
    assert [sentence for rule in RULES for sentence in rule(house)] == []


@pytest.mark.parametrize(("name", "words"), [
    ("page_manager", {"page", "manager"}), ("PageManager", {"page", "manager"}), ("HTTPStatus", {"http", "status"}),
    ("database", {"database"}), ("_dataOf2", {"data", "of", "2"}), ("metadata", {"metadata"})])
def test_names_are_split_into_words(name: str, words: set[str]) -> None:
    assert words_of(name) == words

"""What the documents say is so: commands, options, topics, dialects, metrics, addresses of the API, links.

Read both ways where it matters: what is written exists, and what exists is written about.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from controller.cli.commands import sinne
from devices.dialects.table import DIALECTS
from devices.messages import ROOT as TOPIC_ROOT
from devices.mosquitto_conf import access_list
from tests.house_rules import BANNED, words_of
from web.openapi import OPERATIONS

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "SECURITY.md", *(ROOT / "docs").rglob("*.md")])
LEAVES = {"meta", "desired", "reported", "avail", "cmd"}

page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())


def commands(group: click.Group, before: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that people use, with its words, groups included."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if command.hidden:
            continue
        yield (*before, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*before, name))


COMMANDS = dict(commands(sinne))


def options(command: click.Command) -> set[str]:
    """The names of a command's options, `--help` aside."""
    return {name for parameter in command.params if isinstance(parameter, click.Option)
            for name in (*parameter.opts, *parameter.secondary_opts)}


def command_of(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """The command that words name, and what is left of them: `token make tour` is `token make` and `tour`."""
    for length in (3, 2, 1):
        if tuple(words[:length]) in COMMANDS:
            return tuple(words[:length]), words[length:]
    return (), words


def fences(text: str, *languages: str) -> Iterator[str]:
    """The content of fenced blocks in these languages."""
    for language, content in re.findall(r"^```(\w*)\n(.*?)^```", text, re.M | re.S):
        if language in languages:
            yield content


def written_commands(text: str) -> Iterator[list[str]]:
    """Every use of `sinne …` in shell blocks and in code within sentences, as words."""
    for block in fences(text, "sh", "shell", "bash"):
        for line in block.replace("\\\n", " ").splitlines():
            yield from (_words(use) for use in re.findall(r"(?:^|\$\(|\s)sinne\s+([^)#]+)", line))
    prose = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    yield from (_words(use) for use in re.findall(r"`sinne\s+([^`]+)`", prose))


def _words(text: str) -> list[str]:
    words = shlex.split(text.replace("[", "").replace("]", ""))
    while words and words[0] in ("-v", "-vv", "--verbose", "--help", "--version", "-h"):
        words.pop(0)
    return words


@page
def test_every_command_and_option_that_is_written_exists(path: Path) -> None:
    for words in written_commands(path.read_text()):
        if not words or words[0] in ("COMMAND",):
            continue
        found, rest = command_of(words)
        assert found, f"there is no command sinne {' '.join(words)}"
        named = {word.split("=")[0] for word in rest if re.fullmatch(r"--?[a-z][\w-]*(=.*)?", word)} - {"--help", "-h"}
        assert named <= options(COMMANDS[found]), f"sinne {' '.join(found)} has no {named - options(COMMANDS[found])}"


def sections(text: str) -> dict[str, str]:
    """Heading of level two to what stands below it."""
    parts = re.split(r"^## (.+)$", text, flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_and_option_is_documented(words: tuple[str, ...]) -> None:
    written = (ROOT / "docs" / "commands.md").read_text()
    parts = {heading: body for heading, body in sections(written).items() if heading.startswith(f"`sinne {words[0]}")}
    assert len(parts) == 1, f"docs/commands.md has no section for sinne {words[0]}"
    body = "".join(parts) + "".join(parts.values())
    assert f"sinne {' '.join(words)}" in body
    missing = {name for name in options(COMMANDS[words]) if f"`{name}`" not in body}
    assert missing == set()


def test_every_option_of_a_table_belongs_to_its_command() -> None:
    for heading, body in sections((ROOT / "docs" / "commands.md").read_text()).items():
        name = heading.removeprefix("`sinne ").split()[0].strip("`")
        family = [command for words, command in COMMANDS.items() if words[0] == name]
        known = set().union(*map(options, family))
        assert set(re.findall(r"`(--?[a-z][a-z-]*)`", body)) <= known, heading


@page
def test_every_make_target_that_is_written_exists(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.M))
    text = path.read_text()
    uses = [use for block in fences(text, "sh") for use in re.findall(r"^make ([a-z]+)", block, re.M)]
    uses += re.findall(r"`make ([a-z]+)[^`]*`", text)
    assert set(uses) <= targets


def test_makes_own_list_names_every_target() -> None:
    text = (ROOT / "Makefile").read_text()
    declared = set(re.search(r"^\.PHONY: (.+)$", text, re.M)[1].split())  # type: ignore[index]
    targets = set(re.findall(r"^([a-z]+):", text, re.M))
    help_text = text[text.index("help:"):text.index("\ndemo:")]
    assert declared == targets
    assert {target for target in targets - {"help"} if not re.search(rf"\b{target}\b", help_text)} == set()


@page
def test_every_topic_that_is_written_is_one_of_the_contract(path: Path) -> None:
    known = re.compile(rf"{TOPIC_ROOT}/(#|[\w{{}}+-]+/(#|stop|dev/[\w{{}}+-]+/(#|{'|'.join(LEAVES)})|"
                       rf"(up|down)/(#|status|plan|journal|feedback|request|ack)|(manifest|halt|doc/{{kind}}/{{id}})))")
    for topic in re.findall(r"sinne/v\d[^\s`'\",|)…]*", path.read_text().replace("%u", "{store}")):
        whole = topic.rstrip(".:;")
        if whole.endswith("/{id}/"):
            whole += "meta"
        assert known.fullmatch(whole), f"{topic} is not a topic of ours"


def test_the_leaves_of_a_device_are_those_that_the_broker_lets_through() -> None:
    assert set(re.findall(r"dev/(?:%u|\+)/(\w+)", access_list("shop"))) == LEAVES


def test_every_dialect_has_a_column() -> None:
    text = (ROOT / "docs" / "dialects.md").read_text()
    header = next(line for line in text.splitlines() if line.startswith("| |"))
    assert set(re.findall(r"`([\w-]+)`", header)) == set(DIALECTS)


def test_the_api_table_has_every_address_with_the_role_that_it_asks_for() -> None:
    written = {}
    for row in (ROOT / "docs" / "api.md").read_text().splitlines():
        if not row.startswith("| `"):
            continue
        _, addresses, roles, *_ = row.split("|")
        uses = re.findall(r"`(GET|POST|PUT|DELETE) (/[^`?]*)[^`]*`", addresses)
        named = [role.strip() for role in roles.split(",")]
        # One role for all of a row, or one for looking and one for the rest.
        written.update({use: named[0] if n == 0 else named[-1] for n, use in enumerate(uses)})
    assert written == {(op.method.upper(), op.path): op.person.value for op in OPERATIONS}


def test_every_metric_is_documented_and_the_other_way_round() -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    code = (ROOT / "web" / "views" / "health.py").read_text()
    counters = code[code.index("for name, words, count in"):]
    made = {name + ("_total" if f'"{name}"' in counters else "") for name in re.findall(r'\("(sinne_\w+)"', code)}
    assert set(re.findall(r"`(sinne_\w+)`", text)) == made
    assert made


def test_every_environment_variable_is_documented() -> None:
    used = {name for path in (ROOT / "controller").rglob("*.py")
            for name in re.findall(r"environ(?:\.get\(|\[)\"(SINNE_\w+)\"", path.read_text())}
    assert used == {"SINNE_DATA", "SINNE_HQ_DATA"}
    assert all(f"`{name}`" in (ROOT / "docs" / "operations.md").read_text() for name in used)


def anchors(text: str) -> set[str]:
    """What links within a page may point to, as forges make it from headings."""
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
            for heading in re.findall(r"^#+ (.+)$", text, re.M)}


@page
def test_every_link_leads_somewhere(path: Path) -> None:
    text = re.sub(r"^```.*?^```", "", path.read_text(), flags=re.M | re.S)
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r"^\[[^]]+\]: (\S+)$", text, re.M)
    for target in targets:
        if target.startswith("https://"):
            continue
        where, _, anchor = target.partition("#")
        there = (path.parent / where).resolve() if where else path
        assert there.exists(), f"{target} leads nowhere"
        assert not anchor or anchor in anchors(there.read_text()), f"{target}: there is no such heading"


def test_every_decision_is_listed_and_numbered_without_a_gap() -> None:
    folder = ROOT / "docs" / "decisions"
    files = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name[:4] for name in files] == [f"{n:04}" for n in range(1, len(files) + 1)]
    assert re.findall(r"\]\((\d{4}[\w-]+\.md)\)", (folder / "README.md").read_text()) == files
    for name in files:
        text = (folder / name).read_text()
        assert all(f"**{part}.**" in text for part in ("Context", "Choice", "Consequence")), name


def test_every_page_is_reachable_from_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    pages = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").glob("*.md")}
    assert {name for name in pages if f"({name})" not in text} == set()


def test_the_glossary_is_in_order_and_holds_no_banned_word() -> None:
    rows = re.findall(r"^\| ([a-z][^|]*) \|", (ROOT / "docs" / "glossary.md").read_text(), re.M)
    terms = [row for row in rows if row != "word"]
    assert terms == sorted(terms)
    assert {term for term in terms if words_of(term) & BANNED} == set()

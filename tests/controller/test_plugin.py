"""The pytest plugin: what an integrator's tests get, what they are told when it fails, what others notice of it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from controller.errors import Refused, Unavailable
from controller.scenarios.model import Expect
from controller.scenarios.stage import Things
from controller.testing import plugin, scenario_files
from controller.testing.asking import START, Asked
from controller.testing.clock import StoreClock
from controller.testing.devices import SETTABLE, WORDS, SimulatedDevice, SimulatedDevices
from controller.testing.expecting import Expected
from controller.testing.mistakes import Mistake
from controller.testing.store import StoreUnderTest
from controller.testing.zones import ZoneSeen
from controller.virtual.world import World
from profiles.starters import store_text

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[2]
PAGE = re.sub(r"^```.*?^```", "", (ROOT / "docs/testing-your-plan.md").read_text(), flags=re.M | re.S)
assert scenario_files  # read here, once, so that runs within this process need not read it again


def built(start: str = "2026-03-02 12:00", seed: int = 1, plan: str = "minimal", parts: dict | None = None,
          folders: tuple[Path, ...] = ()) -> StoreUnderTest:
    """A store as a fixture would build it."""
    return StoreUnderTest(Asked(plan, folders, parts or {}, start, seed, "test_it.py::test_one"))


@pytest.fixture
def shop() -> Iterator[StoreUnderTest]:
    store = built()
    yield store
    store.close()


@pytest.fixture(scope="module")
def untouched() -> Iterator[StoreUnderTest]:
    """One store for all mistakes: none of them does anything to it."""
    store = built()
    yield store
    store.close()


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project of somebody else, that names its plan."""
    pytester.makeini("[pytest]\nsinne_plan = shop.yaml\nsinne_start = 2026-03-02 14:00\n")
    (pytester.path / "shop.yaml").write_text(store_text("minimal"))
    return pytester


# -- what an integrator gets

def test_it_is_installed_as_sinne() -> None:
    found = {gate.name: gate.value for gate in entry_points(group="pytest11")}
    assert found.get("sinne") == "controller.testing.plugin", "install sinne anew: rm .venv/.constraints*; make test"


def test_a_test_gets_a_store_its_devices_and_its_clock(project: pytest.Pytester) -> None:
    project.makepyfile("""
        def test_one(store, devices, clock, sinne_store):
            assert store is sinne_store and store.devices is devices and store.clock is clock
            assert f"{clock.now:%Y-%m-%d %H:%M %Z}" == "2026-03-02 14:00 CET"
            assert store.file == "shop.yaml" and store.seed == 1
            clock.at("15:00")
            store.expect(zone="shop", profile="golden-hour", within="60 s")
            assert devices["ceiling"].brightness_pct == 55
    """)
    project.runpytest("--strict-markers", "--strict-config").assert_outcomes(passed=1)


def test_the_nearest_mark_goes_first_and_the_command_line_before_all_seeds(project: pytest.Pytester) -> None:
    project.makepyfile("""
        import pytest
        pytestmark = pytest.mark.sinne(start="2026-03-03 10:00", seed=5)
        @pytest.mark.sinne(plan="gotgatan")
        def test_one(store, clock):
            assert store.plan.store.id == "gotgatan" and f"{clock.now:%d %H}" == "03 10"
        @pytest.mark.sinne(seed=6, parts={"dayparts": []})
        class TestMore:
            def test_two(self, store, request):
                asked = request.config.getoption("--sinne-seed")
                assert store.seed == (6 if asked is None else asked)
                assert store.plan.dayparts == ()
    """)
    project.runpytest().assert_outcomes(passed=2)
    project.runpytest("--sinne-seed=9", "-k", "two").assert_outcomes(passed=1)


def test_the_same_seed_gives_the_same_store_and_another_one_another() -> None:
    digests = []
    for seed in (1, 1, 2):
        store = built(seed=seed)
        store.devices["ceiling"].freeze()
        store.clock.pass_by(minutes=10)
        digests.append(store.digest())
        store.close()
    assert digests[0] == digests[1] != digests[2]


def test_every_mishap_of_the_simulator_can_happen_in_a_test() -> None:
    verbs = {name for name, verb in vars(Things).items() if inspect.isfunction(verb) and not name.startswith("_")}
    assert len(verbs) > 8
    assert verbs <= set(vars(SimulatedDevice))
    assert {name for name in vars(World) if name in ("lose_power", "power_up")} <= set(vars(StoreUnderTest))


def test_all_that_scenarios_expect_can_be_expected() -> None:
    """But for the rules that have to be watched from the start."""
    assert set(Expected.__annotations__) | {"within", "stays", "rules"} == set(Expect.model_fields)


def test_mischief_is_done_and_undone(shop: StoreUnderTest) -> None:
    lamp = shop.devices["ceiling"]
    lamp.unplug()
    assert not lamp.powered
    assert not lamp.on
    shop.expect(device="ceiling", stands="out-of-reach", within="2 min")
    lamp.plug_in()
    shop.expect(right=True, stays="1 min")
    lamp.freeze()
    assert lamp.frozen
    lamp.thaw()
    lamp.lie()
    shop.press(scene={"light": {"on": True, "brightness_pct": 40}}, minutes=5)
    with pytest.raises(AssertionError, match="ceiling: brightness_pct is"):
        shop.expect(device="ceiling", does={"brightness_pct": 40}, within="30 s")
    lamp.be_honest()
    shop.expect(device="ceiling", does={"brightness_pct": 40}, within="2 min")
    lamp.slow_down(to_s=2, from_s=1)
    shop.undo()
    shop.expect(zone="shop", profile="morning-calm", within="30 s")
    lamp.reboot()
    shop.expect(right=True, within="30 s")


def test_a_device_says_what_its_hardware_does(shop: StoreUnderTest) -> None:
    speaker, diffuser = shop.devices["speaker"], shop.devices["diffuser"]
    assert speaker.on
    assert speaker.source == "house-music"
    assert speaker.matches(on=True, volume_pct=30)
    assert not speaker.matches(volume_pct=31)
    diffuser.fill(0)
    assert diffuser.ml_left == 0
    assert diffuser.does["powered"] is True
    assert [device.id for device in shop.devices.of(zone="shop", kind="light")] == ["ceiling"]
    assert speaker.stands("right")
    assert not speaker.stands("alarm")


def test_people_may_press_stop_resume_nudge_and_publish(shop: StoreUnderTest) -> None:
    pressed = shop.press("golden-hour", "shop", minutes=30, by="Ali", role="staff")
    assert pressed.by == "Ali"
    assert shop.zone("shop").profile == "golden-hour"
    assert shop.end_overrides("shop") == 1
    shop.stop(senses="music")
    shop.expect(stopped=True, zone="shop", music={"on": False})
    assert shop.resume() == 1
    shop.nudge("shop", "too-loud")
    assert len(shop.journal("feedback.complaint")) == 1
    shop.publish(dayparts=[])
    shop.expect(right=True, within="2 min")
    assert shop.plan.dayparts == ()


def test_broker_line_and_controller_fail_and_come_back(shop: StoreUnderTest) -> None:
    shop.disturb_line(losses=0.5)
    assert shop.virtual.line.losses == 0.5
    shop.disturb_line()
    shop.cut_broker(forgetful=True)
    shop.clock.pass_by(minutes=1)
    shop.kill_controller()
    shop.lose_power()
    shop.clock.at("15:30")
    shop.restore_broker()
    shop.start_controller()
    shop.power_up()
    shop.restart_controller()
    shop.expect(zone="shop", profile="golden-hour", within="1 min", stays="10 min")


def test_a_zone_is_told_of_any_instant(shop: StoreUnderTest) -> None:
    now, later = shop.zone("shop"), shop.zone("shop", at="16:00")
    assert (now.profile, later.profile, later.what) == ("morning-calm", "golden-hour", "Golden hour")
    assert now.why == "Daypart Morning, until 15:00"
    assert f"{now.until:%H:%M}" == "15:00"
    assert later.values["light.ambient.brightness_pct"] == 55
    assert now.layer == "daypart:morning"
    assert shop.explain("shop", at="16:00", without="daypart:afternoon").without is not None
    assert repr(later) == "<shop on Mon 2026-03-02 at 16:00:00: Golden hour. Daypart Afternoon, until 18:00>"


def test_entries_are_counted_since_something_happened(shop: StoreUnderTest) -> None:
    shop.press("golden-hour")
    shop.expect(journal="override.pressed", count=1)
    shop.clock.pass_by("1 min 30 s")
    shop.devices["speaker"].unplug()
    shop.expect(journal="override.pressed", count=0)


# -- the clock

def test_the_clock_goes_forward_by_the_time_of_the_store(shop: StoreUnderTest) -> None:
    shop.clock.at("12:30")
    shop.clock.pass_by(minutes=5, seconds=30)
    assert f"{shop.clock.now:%H:%M:%S}" == "12:35:30"
    shop.clock.at(datetime(2026, 3, 2, 13, tzinfo=UTC))
    assert f"{shop.clock.now:%H:%M:%S}" == "14:00:00"
    shop.clock.set_by("-30 min")
    assert f"{shop.clock.wall:%H:%M} {shop.clock.now:%H:%M}" == "13:30 14:00"
    shop.clock.at("2026-03-03 00:00")
    assert f"{shop.clock.now:%d}" == "03"


def test_the_hour_that_comes_twice_can_be_waited_for() -> None:
    store = built("2026-10-25 01:59")
    store.clock.at("02:30")
    store.clock.pass_by(minutes=40)
    store.clock.at("02:30")
    assert store.clock.now.utcoffset().total_seconds() == 3600  # type: ignore[union-attr]
    store.close()


@pytest.mark.parametrize(("when", "sentence"), [
    ("11:00", "It is 12:00:00 on Monday 2026-03-02 already"),
    ("noon", "A time is 10:00, 10:00:30 or 2026-03-03 10:00; not 'noon'."),
    ("25:00", "25:00: 2026-03-02 25:00 is no date or time that there is."),
    ("2026-03-29 02:30", "clocks leave 02:30 out"),
    (datetime(2026, 3, 2, 13), "has no time zone"),
])
def test_a_time_that_cannot_be_is_one_sentence(shop: StoreUnderTest, when: str | datetime, sentence: str) -> None:
    with pytest.raises(Mistake, match=re.escape(sentence)):
        shop.clock.at(when)


# -- mistakes

MISTAKES = [
    (lambda store: store.devices["cieling"], "There is no device “cieling” in The corner shop; did you mean ceiling?"),
    (lambda store: store.devices.of(zone="shp"), "There is no zone “shp” in The corner shop; did you mean shop?"),
    (lambda store: store.devices.of(kind="lamp"), "There is no kind “lamp” in devices; known here: contact"),
    (lambda store: store.zone("shopp"), "There is no zone “shopp” in The corner shop; did you mean shop?"),
    (lambda store: store.press("golden-huor"), "There is no profile “golden-huor” in The corner shop; did you mean"),
    (lambda store: store.press(), "Press a profile"),
    (lambda store: store.press(scene={"light": {"brightness_pc": 3}}), "brightness_pc"),
    (lambda store: store.press("golden-hour", role="boss"), "role"),
    (lambda store: store.press("golden-hour", ["shop", "yard"]), "There is no zone “yard”"),
    (lambda store: store.stop(senses=["musik"]), "There is no sense “musik” in a store; did you mean music?"),
    (lambda store: store.nudge("shop", "too-quiet"), "There is no complaint “too-quiet” in the panel; did you mean"),
    (lambda store: store.announce("soon"), "There is no announcement “soon” in The corner shop."),
    (lambda store: store.publish(daypart=[]), "daypart"),
    (lambda store: store.disturb_line(losses=30), "losses"),
    (lambda store: store.clock.pass_by(minutes=-1), "Time only goes forward"),
    (lambda store: store.clock.pass_by("soon"), "A duration is a number with s, min, h or d"),
    (lambda store: store.clock.set_by("later"), "A duration is"),
    (lambda store: store.wrong(but_for="celing"), "did you mean ceiling?"),
    (lambda store: store.expect(zone="shop", profil="x"), "There is no word “profil” in store.expect; did you mean"),
    (lambda store: store.expect(profile="golden-hour"), "profile is expected of a zone; name the zone"),
    (lambda store: store.expect(zone="shop", profile="peak"), "There is no profile “peak” in The corner shop"),
    (lambda store: store.expect(right=True, but_for=["lamp"]), "There is no device “lamp”"),
    (lambda store: store.expect(right=True, within="soon"), "a duration is a number with s, min, h or d"),
    (lambda store: store.devices["ceiling"].touch(brightnes_pct=3), "did you mean brightness_pct?"),
    (lambda store: store.devices["ceiling"].touch(), "Say what is set on ceiling: on, brightness_pct, kelvin and xy."),
    (lambda store: store.devices["speaker"].touch(volume_pct="loud"), "speaker: volume_pct must be a number from 0 to"),
    (lambda store: store.devices["ceiling"].fill(3), "ceiling is a light and has no cartridge."),
    (lambda store: store.devices["ceiling"].slow_down(to_s=1, from_s=2), "from_s at most to_s"),
    (lambda store: store.devices["ceiling"].matches(volume_pct=3), "There is no word “volume_pct”"),
    (lambda store: store.devices["ceiling"].stands("wonky"), "There is no word “wonky” in how a device stands"),
]


@pytest.mark.parametrize(("what", "sentence"), MISTAKES, ids=[sentence[:40] for _, sentence in MISTAKES])
def test_a_mistake_is_one_sentence_with_the_nearest_name(untouched: StoreUnderTest, what, sentence: str) -> None:
    before = untouched.digest()
    with pytest.raises(Mistake, match=re.escape(sentence)):
        what(untouched)
    assert untouched.digest() == before


def test_asking_a_lamp_for_its_volume_is_one_sentence(shop: StoreUnderTest) -> None:
    with pytest.raises(AttributeError, match=r"ceiling is a light and says nothing of “volume_pct”"):
        _ = shop.devices["ceiling"].volume_pct
    assert not hasattr(shop.devices["ceiling"], "volume_pct")


def test_what_the_store_refuses_is_raised_as_in_the_product(shop: StoreUnderTest) -> None:
    shop.clock.at("20:00")
    with pytest.raises(Refused, match="past"):
        shop.press("golden-hour", end="2026-03-02T10:00:00Z")


def test_a_dead_controller_cannot_be_asked_killed_or_started_twice() -> None:
    store = built()
    with pytest.raises(Mistake, match="The controller is running, and a store has one"):
        store.start_controller()
    store.kill_controller()
    with pytest.raises(Mistake, match="The controller is not running"):
        store.kill_controller()
    with pytest.raises(Unavailable, match="nobody is there to be asked"):
        store.press("golden-hour")
    store.restart_controller()
    store.expect(right=True)
    store.close()


# -- which plan

def test_the_settings_or_a_mark_have_to_name_a_plan(pytester: pytest.Pytester) -> None:
    (pytester.path / "shop.yaml").write_text(store_text("minimal"))
    pytester.makepyfile("def test_one(store): pass")
    out = pytester.runpytest()
    out.assert_outcomes(errors=1)
    out.stdout.fnmatch_lines(["Which plan is to be tested? Write sinne_plan = shop.yaml *Here there is shop.yaml."])


MARKS = [
    ("plan='shp.yaml'", "There is no plan file “shp.yaml” in *; did you mean shop.yaml?"),
    ("sed=3", "There is no word “sed” in @pytest.mark.sinne; did you mean seed?"),
    ("'shop.yaml'", "@pytest.mark.sinne takes words: plan=, start=, seed=, parts=; not 'shop.yaml' alone."),
    ("seed='many'", "A seed is a whole number from 0 to *, not 'many'."),
    ("parts=[1]", "parts are parts of a plan *"),
    ("parts={'zones': object()}", "parts are written as in a plan file*"),
    ("start='tomorrow'", "start: the start is a date and a time, as in 2026-03-02 09:55."),
    ("parts={'dayparts': [{'id': 'a', 'name': 'A', 'when': 'opening..closing', 'profile': 'golden'}]}",
     "shop.yaml has an error, so there is no store to test:"),
]


def test_a_mark_that_cannot_be_read_is_one_sentence(project: pytest.Pytester) -> None:
    project.makepyfile("import pytest\n" + "\n".join(
        f"@pytest.mark.sinne({words})\ndef test_{number}(store): pass" for number, (words, _) in enumerate(MARKS)))
    out = project.runpytest()
    out.assert_outcomes(errors=len(MARKS))
    for _, sentence in MARKS:
        out.stdout.fnmatch_lines([sentence])
    out.stdout.no_fnmatch_line("*During handling*")


def test_a_plan_with_errors_is_told_with_its_lines(project: pytest.Pytester) -> None:
    text = store_text("minimal").replace("profile: golden-hour", "profile: golden-huor")
    (project.path / "shop.yaml").write_text(text.replace("kind: sales-floor", "kind: sales-flor"))
    project.makepyfile("def test_one(store): pass")
    out = project.runpytest()
    out.assert_outcomes(errors=1)
    line = 1 + next(n for n, words in enumerate(text.splitlines()) if "kind: sales-floor" in words)
    out.stdout.fnmatch_lines(["shop.yaml has *error*, so there is no store to test:",
                              f"shop.yaml:{line}: zones?0?.kind: “sales-flor” is not one of *"])


# -- how failures read

def test_a_failure_says_what_differs_and_how_to_repeat_it(project: pytest.Pytester) -> None:
    project.makepyfile("""
        def test_one(store, devices, clock):
            devices["ceiling"].lie()
            clock.at("15:00")
            store.expect(zone="shop", profile="golden-hour", within="1 min")
    """)
    out = project.runpytest("--sinne-seed=3")
    out.assert_outcomes(failed=1)
    out.stdout.fnmatch_lines([
        "E*AssertionError: expected: zone shop is profile golden-hour within 1 min",
        "E*ceiling is not as it should be: brightness_pct *",
        "E*It is Mon 2026-03-02 15:01:00 in the store.",
        "E*To be: shop on Mon 2026-03-02 at 15:01:00: Golden hour. Daypart Afternoon, until 18:00",
        "*- sinne -*",
        "The corner shop (shop.yaml), seed 3. It is Mon 2026-03-02 15:01:00 there.",
        "Again, to the last byte: pytest *test_a_failure_says*.py::test_one --sinne-seed=3",
        "The last entries of the journal:",
        "  15:00:00  zone.changed  *Golden hour*",
        "The last messages *",
        "  15:0*  > sinne/v1/corner-shop/dev/ceiling/desired  *",
    ])
    out.stdout.no_fnmatch_line("*controller/testing/*")


def test_a_refusal_is_shown_without_the_way_through_the_product(project: pytest.Pytester) -> None:
    project.makepyfile("def test_one(store):\n    store.press('golden-hour', minutes=0)")
    out = project.runpytest()
    out.assert_outcomes(failed=1)
    out.stdout.fnmatch_lines(["E*controller.errors.Refused: An end is minutes:30, next-change, *"])
    out.stdout.no_fnmatch_line("*controller/*.py*")


def test_what_does_not_stay_so_says_after_how_long(shop: StoreUnderTest) -> None:
    shop.press("golden-hour", minutes=2)
    with pytest.raises(AssertionError, match=r"It was so, and after 1\d\d(\.\d+)? s no longer:"):
        shop.expect(zone="shop", profile="golden-hour", stays="5 min")


# -- scenario files

SCENARIO = """name: A lamp
store: shop.yaml
start: 2026-03-02 14:55
steps:
  - {at: 14:58, unplug: ceiling}
  - {at: "15:00", expect: {zone: shop, profile: PROFILE, within: 60 s, but_for: [ceiling]}}
"""


def test_a_scenario_file_is_a_test(project: pytest.Pytester) -> None:
    (project.path / "good.scenario.yaml").write_text(SCENARIO.replace("PROFILE", "golden-hour"))
    (project.path / "wrong.scenario.yaml").write_text(SCENARIO.replace("PROFILE", "morning-calm"))
    (project.path / "odd.scenario.yaml").write_text(SCENARIO.replace("PROFILE", "golden-huor"))
    (project.path / "plain.yaml").write_text("a: b")
    out = project.runpytest("--sinne-seed=4")
    out.assert_outcomes(passed=1, failed=2)
    out.stdout.fnmatch_lines([
        "*scenario wrong*",
        "A lamp: FAILED, 0 of 1 as expected. Seed 4, *",
        "2026-03-02 15:00:00  FAIL  expect zone shop is profile morning-calm within 60 s but for ceiling",
        "*shop is Golden hour, not Morning calm.",
        "Again: sinne simulate --scenario wrong.scenario.yaml --seed 4"])
    out.stdout.fnmatch_lines([
        "odd.scenario.yaml has an error:",
        "odd.scenario.yaml:6: *there is no profile “golden-huor” in The corner shop; did you mean golden-hour?"])
    out.stdout.no_fnmatch_line("*Traceback*")


# -- other projects

def test_scenario_files_of_others_are_let_be(pytester: pytest.Pytester) -> None:
    (pytester.path / "their.scenario.yaml").write_text("not: ours")
    pytester.makepyfile("def test_one(): pass")
    pytester.runpytest().assert_outcomes(passed=1)


def test_fixtures_of_others_go_first(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef store(): return 'theirs'")
    pytester.makepyfile("import pytest\n@pytest.fixture\ndef clock(): return 'mine'\n"
                        "def test_one(store, clock): assert (store, clock) == ('theirs', 'mine')")
    pytester.runpytest().assert_outcomes(passed=1)


@pytest.mark.real
def test_a_project_without_stores_loads_nothing_of_ours(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys
        def test_one():
            ours = {name for name in sys.modules if name.split(".")[0] in ("profiles", "devices", "controller", "web")}
            assert ours == {"controller", "controller.testing", "controller.testing.plugin"}
    """)
    pytester.runpytest_subprocess("--strict-markers").assert_outcomes(passed=1)


def test_its_names_carry_ours() -> None:
    text = Path(plugin.__file__).read_text()
    assert set(re.findall(r'addoption\("--([\w-]+)"|addini\("(\w+)"', text)) == {
        ("sinne-seed", ""), ("", "sinne_plan"), ("", "sinne_start"), ("", "sinne_seed")}


# -- the page

def written(owner: str) -> set[str]:
    """Every name of a part of the API that the page has in code: `store.press(…)`, `.unplug()`."""
    below = PAGE.split(f"### `{owner}")[1].split("\n", 1)[1]
    part = PAGE if owner == "store" else re.split(r"\n###? ", below)[0]
    before = {"store": r"store", "clock": r"clock"}.get(owner, "")
    return {name for code in re.findall(r"`([^`]+)`", part)
            for name in re.findall(rf"(?<![\w\"\])]){before}\.([a-z]\w*)", code)}


def public(thing: type) -> set[str]:
    """What people may use of it."""
    return {name for name in (*vars(thing), *getattr(thing, "__annotations__", {})) if not name.startswith("_")}


def test_every_name_of_the_page_exists_and_the_other_way_round() -> None:
    of_store = public(StoreUnderTest) | {"file", "seed", "test", "warnings", "clock", "devices", "virtual", "plan"}
    assert written("store") - {"zone"} == of_store - {"zone", "truth", "amiss", "section", "close"}
    assert written("clock") == public(StoreClock)
    assert written("store.zone") == public(ZoneSeen)
    of_device = public(SimulatedDevice) | {"id", "kind", "zones"}
    assert written("devices") == of_device
    assert set(vars(SimulatedDevices)) >= {"of"}
    assert {word for words in (*WORDS.values(), *SETTABLE.values()) for word in words} <= of_device
    expecting = PAGE.split("### `store.expect")[1]
    assert {f"`{word}`" for word in Expected.__annotations__} <= set(re.findall(r"`\w+`", expecting))


def test_the_page_says_when_a_store_begins() -> None:
    assert f"`{START}`" in PAGE

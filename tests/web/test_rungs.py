"""The stack of reasons: who steps out, who is beaten with what, and which senses share a stack."""

from __future__ import annotations

from datetime import UTC, datetime

from controller.shapes import FieldShown, LayerShown
from profiles.scene import Colour, Diffusion, Field, Sense
from web.rungs import RANKS, limits, stacks, whole, words

SIX = datetime(2026, 4, 16, 16, 0, tzinfo=UTC)
THREE = datetime(2026, 4, 16, 13, 0, tzinfo=UTC)


def layer(rank: str, value: object, mood: str | None = None) -> LayerShown:
    return LayerShown(rank, rank, rank, mood, None, value)  # type: ignore[arg-type]


def shown(field: Field, *values: tuple[str, object], until: datetime | None = None, limit: str = "") -> FieldShown:
    (rank, value), *beaten = values
    return FieldShown(field, value, "", layer(rank, value), tuple(layer(r, v) for r, v in beaten),  # type: ignore[arg-type]
                      (limit,) if limit else (), until)


def test_every_rank_has_a_rung_even_where_nothing_is_on_it() -> None:
    (stack,) = stacks([shown(Field.MUSIC_VOLUME, ("daypart", 58.0), ("default", 50.0))])
    assert [rung.rank for rung in stack.rungs] == list(RANKS)
    assert [rung.layer is None for rung in stack.rungs] == [True, True, True, True, False, False]


def test_the_winner_says_what_it_gives_and_the_beaten_what_it_would() -> None:
    (stack,) = stacks([shown(Field.MUSIC_VOLUME, ("daypart", 58.0), ("default", 50.0), until=SIX)])
    *_, daypart, default = stack.rungs
    assert (daypart.gives, daypart.would, daypart.until) == ("58 %", "", SIX)
    assert (default.gives, default.would, default.until) == ("", "50 %", None)


def test_a_choice_of_one_field_lets_the_daypart_win_the_others() -> None:
    (stack,) = stacks([
        shown(Field.MUSIC_VOLUME, ("override", 30.0), ("daypart", 58.0), until=THREE),
        shown(Field.MUSIC_SOURCE, ("daypart", "slow-harbour"), until=SIX)])
    _, _, override, _, daypart, _ = stack.rungs
    assert override.gives == "30 %"
    assert (daypart.gives, daypart.would) == ("slow harbour", "58 %")


def test_senses_with_the_same_layers_share_a_stack_and_others_have_their_own() -> None:
    found = stacks([
        shown(Field.AMBIENT_BRIGHTNESS, ("daypart", 72.0)), shown(Field.MUSIC_VOLUME, ("daypart", 58.0)),
        shown(Field.SCENT_ON, ("stop", False), ("daypart", True))])
    assert [stack.senses for stack in found] == [(Sense.LIGHT, Sense.MUSIC), (Sense.SCENT,)]
    assert found[0].rungs[4].gives == "light 72 %; music 58 %"


def test_roles_of_light_that_agree_are_said_once() -> None:
    same = {Field.AMBIENT_BRIGHTNESS: 60.0, Field.AMBIENT_COLOUR: Colour(kelvin=3500),
            Field.ACCENT_BRIGHTNESS: 60.0, Field.ACCENT_COLOUR: Colour(kelvin=3500)}
    assert words(same) == "60 %, 3500 K"
    assert words({**same, Field.ACCENT_BRIGHTNESS: 90.0}) == "60 %, 3500 K ambient; 90 %, 3500 K accent"


def test_what_is_off_is_said_as_off_whatever_else_is_set() -> None:
    fig = Diffusion(fragrance="fig-leaf", intensity_pct=25)
    assert words({Field.SCENT_ON: False, Field.SCENT_DIFFUSION: fig}) == "off"
    assert words({Field.SCENT_ON: True, Field.SCENT_DIFFUSION: fig}) == "fig leaf at 25 %"
    assert words({Field.MUSIC_ON: True}) == "on"


def test_a_limit_that_acted_on_several_fields_is_told_once() -> None:
    told = limits([shown(Field.MUSIC_VOLUME, ("daypart", 58.0), limit="Volume limited."),
                   shown(Field.MUSIC_ON, ("daypart", True), limit="Volume limited.")])
    assert told == ("Volume limited.",)


def test_one_stack_for_all_senses_says_what_each_layer_gives_and_would_give() -> None:
    stack = whole([
        shown(Field.AMBIENT_BRIGHTNESS, ("override", 58.0), ("campaign", 72.0), ("daypart", 80.0)),
        shown(Field.MUSIC_VOLUME, ("campaign", 52.0), ("daypart", 40.0)),
        shown(Field.SCENT_ON, ("daypart", False))])
    _, _, override, campaign, daypart, default = stack.rungs
    assert stack.senses == (Sense.LIGHT, Sense.MUSIC, Sense.SCENT)
    assert (override.gives, override.would) == ("58 %", "")
    assert (campaign.gives, campaign.would) == ("52 %", "72 %")
    assert (daypart.gives, daypart.would) == ("off", "light 80 %; music 40 %")
    assert default.layer is None

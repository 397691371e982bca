"""A promise of the plan in ten lines: the rush begins on time, also for a lamp that has its power back only later."""


def test_the_rush_begins_three_hours_before_closing(store, devices, clock):
    clock.at("15:58")
    devices["till-lamp"].unplug()
    clock.at("16:00")
    store.expect(zone="shop", profile="peak", within="60 s", but_for=["till-lamp"])
    devices["till-lamp"].plug_in()
    store.expect(device="till-lamp", does={"on": True, "brightness_pct": 85}, within="5 s")
    store.expect(right=True, stays="10 min")

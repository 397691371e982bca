"""How a simulated native light makes itself known to Home Assistant (MQTT discovery, light schema `template`).

Home Assistant reads the device's own `reported` and `avail`. What someone does there is a hand on the device, like a
wall switch: it comes on `cmd` as the op `switch`, absolute as everything else.
"""

from __future__ import annotations

from devices.messages import ROOT, Message
from devices.simulator.wire import compact

#: Home Assistant's birth message: whoever hears `online` here announces itself again.
BIRTH_TOPIC = "homeassistant/status"

_ID = '"id":"{{ now().timestamp() }}","op":"switch"'
_BRIGHTNESS = '{% if brightness is defined %},"brightness_pct":{{ (brightness / 2.55) | round(1) }}{% endif %}'


def light_announcement(store: str, device: str) -> Message:
    """The retained discovery document of one light."""
    name = f"sinne_{store}_{device}"
    document = {
        "~": f"{ROOT}/{store}/dev/{device}",
        "name": None,
        "unique_id": name,
        "schema": "template",
        "state_topic": "~/reported",
        "state_template": "{{ 'on' if value_json.state.on else 'off' }}",
        "brightness_template": "{{ (value_json.state.brightness_pct * 2.55) | round }}",
        "command_topic": "~/cmd",
        "command_on_template": f'{{{_ID},"on":true{_BRIGHTNESS}}}',
        "command_off_template": f'{{{_ID},"on":false}}',
        "availability_topic": "~/avail",
        "device": {"identifiers": [name], "name": device, "manufacturer": "Sinne Labs", "model": "Glow 1"},
    }
    return Message(f"homeassistant/light/sinne_{store}/{device}/config", compact(document), qos=1, retain=True)

"""A fleet in memory on a clock of its own, and the same fleet on a real mosquitto."""

import json
import shutil
import subprocess
import threading
import time

import pytest

from devices.loopback import LoopbackBroker
from devices.machine import free_port
from devices.messages import Message
from devices.mqtt import BrokerAddress, MqttTransport
from devices.simulator.build import build_fleet
from devices.simulator.loopback_host import LoopbackHost
from devices.simulator.specs import DeviceSpec, Manner, many
from devices.simulator.swarm_host import SwarmHost
from devices.simulator.wire import Refused
from devices.transport import Connected, Received
from tests.patience import PATIENCE_S, eventually

ROOT = "sinne/v1/malmo"


def zigbee(number):
    return DeviceSpec(f"bulb-{number}", "light", "zigbee2mqtt", f"zigbee2mqtt/Bulb {number}")


STORE = [
    DeviceSpec("lamp-1"),
    DeviceSpec("lamp-2", kelvin=(2700, 4000)),
    DeviceSpec("player-1", "player", sources=("calm", "peak")),
    DeviceSpec("scent-1", "diffuser", fragrances=("linen",)),
    DeviceSpec("fire-1", "contact"),
    zigbee(1),
    zigbee(2),
]


def desired(device, rev, state, fade_s=0.0, epoch=1):
    document = {"epoch": epoch, "rev": rev, "state": state, "fade_s": fade_s, "zones": ["cafe"]}
    return Message(f"{ROOT}/dev/{device}/desired", json.dumps(document).encode(), qos=1, retain=True)


class World:
    """A store in memory, whose clock stands still until it is told to run."""

    def __init__(self, specs=STORE, seed=1, manner=None):
        self.now = 1000.0
        self.broker = LoopbackBroker()
        self.heard = []
        self.controller = self.broker.transport("controller")
        self.controller.subscribe(["sinne/v1/malmo/dev/+/reported", "sinne/v1/malmo/dev/+/avail", "zigbee2mqtt/#"])
        self.controller.start(self._hear)
        self.host = LoopbackHost(self.broker, lambda: self.now)
        self.fleet = build_fleet("malmo", specs, seed, self.host, manner)
        self.fleet.start()

    def _hear(self, event):
        if isinstance(event, Received):
            self.heard.append((self.now, event.message.topic, event.message.payload))

    def run(self, seconds):
        until = self.now + seconds
        while (due := self.fleet.due()) is not None and due <= until:
            self.now = max(self.now, due)
            self.fleet.tick(self.now)
            assert self.fleet.due() is None or self.fleet.due() > self.now
        self.now = until

    def retained(self, topic):
        message = self.broker.retained.get(topic)
        return None if message is None else message.payload

    def reported(self, device):
        return json.loads(self.retained(f"{ROOT}/dev/{device}/reported"))

    def avail(self, device):
        return self.retained(f"{ROOT}/dev/{device}/avail")

    def since(self, mark, topic):
        return [json.loads(payload) for _, said, payload in self.heard[mark:] if said == topic]


def test_everyone_greets_at_the_start():
    world = World()
    bulbs = ("zigbee2mqtt", "bulb-1", "bulb-2")
    assert world.fleet.devices == ("lamp-1", "lamp-2", "player-1", "scent-1", "fire-1", *bulbs)
    for device in ("lamp-1", "lamp-2", "player-1", "scent-1", "fire-1"):
        assert world.avail(device) == b"online"
        assert json.loads(world.retained(f"{ROOT}/dev/{device}/meta"))["maker"] == "Sinne Labs"
        assert world.reported(device)["status"] == "applied"
    assert world.retained("zigbee2mqtt/bridge/state") == b'{"state":"online"}'
    assert world.retained("zigbee2mqtt/Bulb 1") is None


def test_truth_follows_what_is_desired():
    world = World()
    world.controller.publish(desired("lamp-1", 1, {"on": True, "brightness_pct": 50, "kelvin": 3000}, fade_s=4))
    world.controller.publish(Message("zigbee2mqtt/Bulb 2/set", b'{"state":"OFF"}'))
    world.run(2)
    assert 50 < world.fleet.truth()["lamp-1"]["brightness_pct"] < 100
    world.run(2)
    truth = world.fleet.truth()
    assert (truth["lamp-1"]["brightness_pct"], truth["lamp-1"]["kelvin"]) == (50, 3000)
    assert (truth["bulb-1"]["on"], truth["bulb-2"]["on"]) == (True, False)
    assert world.reported("lamp-1")["status"] == "applied"


def test_a_device_without_power_leaves_its_will_and_comes_back_as_it_was():
    world = World()
    world.controller.publish(desired("lamp-1", 1, {"on": True, "brightness_pct": 50}))
    world.fleet.lose_power("lamp-1")
    assert world.avail("lamp-1") == b"offline"
    assert (world.fleet.truth()["lamp-1"]["powered"], world.fleet.truth()["lamp-1"]["on"]) == (False, False)
    world.controller.publish(desired("lamp-1", 2, {"on": True, "brightness_pct": 25}))
    world.run(100)
    world.fleet.power_up("lamp-1")
    assert world.avail("lamp-1") == b"online"
    report = world.reported("lamp-1")
    assert (report["applied_rev"], report["status"]) == (2, "applied"), "the retained desired waited for it"


def test_a_bulb_without_power_is_silent_and_its_bridge_is_not():
    world = World()
    mark = len(world.heard)
    world.fleet.lose_power("bulb-1")
    world.controller.publish(Message("zigbee2mqtt/Bulb 1/set", b'{"state":"ON"}'))
    assert world.since(mark, "zigbee2mqtt/Bulb 1") == []
    assert world.since(mark, "zigbee2mqtt/bridge/logging")[0]["level"] == "error"
    assert world.retained("zigbee2mqtt/bridge/state") == b'{"state":"online"}'
    world.fleet.lose_power("zigbee2mqtt")
    assert world.retained("zigbee2mqtt/bridge/state") == b'{"state":"offline"}'


def test_a_frozen_device_is_silent_with_its_socket_open_and_catches_up_when_it_thaws():
    world = World()
    world.fleet.freeze("lamp-1")
    mark = len(world.heard)
    world.controller.publish(desired("lamp-1", 1, {"on": False}))
    world.controller.publish(desired("lamp-1", 2, {"on": True, "brightness_pct": 50}))
    world.run(300)
    assert world.since(mark, f"{ROOT}/dev/lamp-1/reported") == []
    assert world.avail("lamp-1") == b"online"
    assert world.fleet.truth()["lamp-1"]["frozen"] is True
    world.fleet.thaw("lamp-1")
    assert world.reported("lamp-1")["applied_rev"] == 2
    assert world.fleet.truth()["lamp-1"]["brightness_pct"] == 50


def test_a_slow_device_answers_late_and_in_order():
    world = World(manner=Manner(heartbeats=False))
    world.fleet.slow_down("lamp-1", 1.0, 3.0)
    mark = len(world.heard)
    for rev in range(1, 6):
        world.controller.publish(desired("lamp-1", rev, {"on": True, "brightness_pct": rev * 10}))
    assert world.since(mark, f"{ROOT}/dev/lamp-1/reported") == []
    world.run(3)
    revs = [report["applied_rev"] for report in world.since(mark, f"{ROOT}/dev/lamp-1/reported")]
    assert revs == [1, 2, 3, 4, 5]


def test_a_device_that_is_slow_no_longer_says_first_what_it_had_in_mind():
    world = World(manner=Manner(heartbeats=False))
    world.fleet.slow_down("lamp-1", 2.0, 2.0)
    mark = len(world.heard)
    world.controller.publish(desired("lamp-1", 1, {"on": True, "brightness_pct": 10}))
    world.fleet.slow_down("lamp-1", 0.0, 0.0)
    world.controller.publish(desired("lamp-1", 2, {"on": True, "brightness_pct": 20}))
    world.run(3)
    revs = [report["applied_rev"] for report in world.since(mark, f"{ROOT}/dev/lamp-1/reported")]
    assert revs == [1, 2]


def test_people_and_accidents_by_device_id():
    world = World()
    world.controller.publish(desired("scent-1", 1, {"on": True, "fragrance": "linen", "intensity_pct": 50}))
    world.fleet.fill_cartridge("scent-1", 0)
    assert world.reported("scent-1")["status"] == "failed"
    world.fleet.set_contact("fire-1", True)
    assert world.reported("fire-1")["state"] == {"active": True}
    world.fleet.someone_switches("lamp-1", on=False)
    assert world.reported("lamp-1")["state"]["on"] is False
    world.fleet.reboot_to_defaults("lamp-1")
    assert world.reported("lamp-1")["state"]["on"] is True
    world.fleet.lie("lamp-1")
    world.controller.publish(desired("lamp-1", 9, {"on": False}))
    assert (world.reported("lamp-1")["applied_rev"], world.fleet.truth()["lamp-1"]["on"]) == (9, True)
    with pytest.raises(KeyError, match="no device 'lamp-9'"):
        world.fleet.freeze("lamp-9")
    with pytest.raises(Refused, match="true or false"):
        world.fleet.someone_switches("lamp-1", on="maybe")


def test_a_stop_for_all_reaches_every_native_sense_at_once():
    world = World()
    stop = {"epoch": 1, "rev": 1, "stops": [{"id": "s", "zones": None, "senses": ["light", "music", "scent"]}]}
    world.controller.publish(Message(f"{ROOT}/stop", json.dumps(stop).encode(), qos=1, retain=True))
    answers = {device: world.reported(device)["status"] for device in ("lamp-1", "player-1", "scent-1", "fire-1")}
    assert answers == {"lamp-1": "held", "player-1": "held", "scent-1": "held", "fire-1": "applied"}


def test_after_a_broker_outage_everyone_greets_anew():
    world = World()
    world.broker.go_down()
    world.fleet.someone_switches("lamp-1", on=False)
    world.run(200)
    world.broker.forget_retained()
    world.broker.come_back()
    assert world.reported("lamp-1")["state"]["on"] is False
    assert world.avail("lamp-1") == b"online"


def test_heartbeats_are_spread_and_nobody_misses_one():
    world = World(many("malmo", 80), manner=Manner())
    mark = len(world.heard)
    world.run(300)
    beats = {}
    for at, topic, _ in world.heard[mark:]:
        beats.setdefault(topic, []).append(at)
    assert len(beats) == 80
    assert {len(times) for times in beats.values()} == {5}
    first_second = sum(1 for times in beats.values() if times[0] < 1001)
    assert first_second < 12, "a fleet does not beat with one heart"


def test_a_healthy_fleet_in_virtual_time_has_nothing_due():
    world = World(many("malmo", 50), manner=Manner(heartbeats=False, tracks=False))
    assert world.fleet.due() is None


def test_the_same_seed_gives_the_same_bytes():
    def story(seed):
        world = World(seed=seed, manner=Manner(latency_s=(0.01, 0.3)))
        world.controller.publish(desired("lamp-1", 1, {"on": True, "brightness_pct": 10}, fade_s=7))
        world.controller.publish(desired("player-1", 2, {"on": True, "volume_pct": 30, "source": "peak"}, fade_s=2))
        world.run(500)
        return world.heard

    assert story(7) == story(7)
    assert story(7) != story(8)


def test_lights_that_announce_themselves_can_be_seen_and_switched_from_home_assistant():
    world = World(manner=Manner(announces=True))
    topic = "homeassistant/light/sinne_malmo/lamp-1/config"
    announced = json.loads(world.retained(topic))
    own = announced["~"]
    assert announced["state_topic"].replace("~", own) == f"{ROOT}/dev/lamp-1/reported"
    assert announced["availability_topic"].replace("~", own) == f"{ROOT}/dev/lamp-1/avail"
    assert announced["unique_id"] == "sinne_malmo_lamp-1"
    assert world.retained("homeassistant/light/sinne_malmo/player-1/config") is None
    off = announced["command_off_template"].replace("{{ now().timestamp() }}", "1767225600.1")
    world.controller.publish(Message(announced["command_topic"].replace("~", own), off.encode()))
    assert world.reported("lamp-1")["state"]["on"] is False
    world.broker.forget_retained()
    world.controller.publish(Message("homeassistant/status", b"online"))
    assert json.loads(world.retained(topic)) == announced


def test_when_the_fleet_stops_every_will_is_published():
    world = World()
    world.fleet.stop()
    assert {world.avail(device) for device in ("lamp-1", "player-1", "fire-1")} == {b"offline"}


def test_an_id_is_taken_once():
    broker = LoopbackBroker()
    with pytest.raises(ValueError, match="two devices"):
        build_fleet("malmo", [DeviceSpec("a"), DeviceSpec("a")], 1, LoopbackHost(broker, lambda: 0.0))


class FullWindow:
    """A line whose window takes `room` messages until it is emptied."""

    connected = True

    def __init__(self, room):
        self.room, self.sent = room, []

    def publish(self, message):
        if len(self.sent) >= self.room:
            return False
        self.sent.append(message)
        return True

    def lose_power(self): ...
    def power_up(self): ...
    def leave(self): ...


class NarrowHost(LoopbackHost):
    def join(self, client):
        self.client, self.line = client, FullWindow(room=3)
        return self.line


def test_what_a_full_window_refuses_is_said_a_little_later_in_order():
    now = [0.0]
    host = NarrowHost(LoopbackBroker(), lambda: now[0])
    fleet = build_fleet("malmo", [zigbee(number) for number in range(10)], 1, host, Manner(heartbeats=False))
    fleet.start()
    host.client.on_connect()
    assert len(host.line.sent) == 3
    for room in (6, 100):
        host.line.room = room
        now[0] = fleet.due()
        fleet.tick(now[0])
    topics = [message.topic for message in host.line.sent]
    assert topics == ["zigbee2mqtt/bridge/state", *(f"zigbee2mqtt/Bulb {number}" for number in range(10))]
    assert fleet.due() is None


# -- on a real broker


@pytest.fixture
def mosquitto(tmp_path):
    binary = shutil.which("mosquitto") or shutil.which("/usr/sbin/mosquitto")
    if binary is None:
        pytest.skip("mosquitto is not installed")
    port = free_port()
    config = tmp_path / "mosquitto.conf"
    config.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\nmax_queued_messages 100000\n"
    )
    child = subprocess.Popen([binary, "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield BrokerAddress("127.0.0.1", port)
    child.terminate()
    child.wait(PATIENCE_S)


class Witness:
    """A client of the real broker that remembers the last payload of every topic."""

    def __init__(self, address):
        self.last, self.reports, self.statuses, self.up = {}, 0, [], threading.Event()
        self.transport = MqttTransport(address, "witness")
        self.transport.subscribe([f"{ROOT}/dev/+/reported", f"{ROOT}/dev/+/avail", "zigbee2mqtt/#"])
        self.transport.start(self._hear)
        assert self.up.wait(PATIENCE_S)

    def _hear(self, event):
        if isinstance(event, Connected):
            self.up.set()
        elif isinstance(event, Received):
            self.last[event.message.topic] = event.message.payload
            if event.message.topic.endswith("/reported"):
                self.reports += 1
                self.statuses.append((event.message.topic.split("/")[-2], json.loads(event.message.payload)["status"]))

    def reported(self, device):
        payload = self.last.get(f"{ROOT}/dev/{device}/reported")
        return None if payload is None else json.loads(payload)

    def avail(self, device):
        return self.last.get(f"{ROOT}/dev/{device}/avail")


@pytest.fixture
def witness(mosquitto):
    witness = Witness(mosquitto)
    yield witness
    witness.transport.stop()


@pytest.mark.real
def test_the_fleet_on_a_real_broker(mosquitto, witness):
    fleet = build_fleet("malmo", STORE, 1, SwarmHost(mosquitto, "sim"))
    fleet.start()
    try:
        eventually(lambda: witness.avail("fire-1") == witness.avail("lamp-1") == b"online", "all are online")
        witness.transport.publish(desired("lamp-1", 1, {"on": True, "brightness_pct": 50}, fade_s=1.2))
        eventually(lambda: ("lamp-1", "applying") in witness.statuses, "the fade has begun")
        eventually(lambda: witness.reported("lamp-1")["status"] == "applied", "the fade has ended")
        assert witness.reported("lamp-1")["state"]["brightness_pct"] == fleet.truth()["lamp-1"]["brightness_pct"] == 50
        eventually(lambda: "zigbee2mqtt/bridge/state" in witness.last, "the bridge is there")
        witness.transport.publish(Message("zigbee2mqtt/Bulb 1/set", b'{"state":"OFF"}'))
        eventually(lambda: b'"OFF"' in witness.last.get("zigbee2mqtt/Bulb 1", b""), "the bulb answers")
        fleet.lose_power("lamp-1")
        eventually(lambda: witness.avail("lamp-1") == b"offline", "the last will is published")
        witness.transport.publish(desired("lamp-1", 2, {"on": False}))
        fleet.power_up("lamp-1")
        eventually(lambda: witness.reported("lamp-1")["applied_rev"] == 2, "the retained desired is taken")
    finally:
        fleet.stop()
    eventually(lambda: witness.avail("player-1") == b"offline", "every will is published")


@pytest.mark.real
def test_a_press_to_three_hundred_devices_on_a_real_broker_is_answered_once_each(mosquitto, witness):
    specs = many("malmo", 300)
    fleet = build_fleet("malmo", specs, 1, SwarmHost(mosquitto, "sim"))
    fleet.start()
    try:
        eventually(lambda: all(witness.avail(spec.id) == b"online" for spec in specs), "all are online")
        eventually(lambda: all(witness.reported(spec.id) for spec in specs), "all have reported")
        for spec in specs:
            while not witness.transport.publish(desired(spec.id, 1, {"on": True, "brightness_pct": 20})):
                time.sleep(0.005)
        eventually(lambda: all(witness.reported(spec.id)["applied_rev"] == 1 for spec in specs), "all have answered")
        assert {witness.reported(spec.id)["status"] for spec in specs} == {"applied"}
        assert {row["brightness_pct"] for row in fleet.truth().values()} == {round(100 * 51 / 254, 2)}
    finally:
        fleet.stop()
    with pytest.raises(RuntimeError, match="not running"):
        fleet.truth()

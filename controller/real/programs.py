"""The programs of a scenario in real time: mosquitto, the controller and the devices, in a folder that goes with them.

Start-up reads from top to bottom, and the end is its mirror, also when somebody ends it in the middle.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from controller.brokers import started
from controller.ports import Entry
from controller.real.clock import ShiftedClock
from controller.real.controller import ControllerProgram
from controller.real.pipe import Begin
from controller.real.things import RealThings
from controller.settings import make_folder
from controller.storage.memory import StoredMemory
from controller.storage.opening import open_memory
from devices.broker import Mosquitto
from profiles.plan import Plan


class Programs:
    """What runs for a store that begins with `plan` at `start` (aware). Ended with `close`.

    The scenario's time begins when everything is loaded and the broker is there. `memory`: the store's, on disk, to
    read beside the controller. `by_topic`: messages that the controller has published, over all its runs.
    Raises Unavailable where something does not start, and then leaves nothing behind.
    """

    def __init__(self, plan: Plan, seed: int, start: datetime) -> None:
        self._seed, self._start = seed, start
        self.by_topic: Counter[str] = Counter()
        self.controller: ControllerProgram | None = None
        self.broker_is_up = False
        with ExitStack() as shutdown:
            self._folder = Path(tempfile.mkdtemp(prefix="sinne-scenario-"))
            shutdown.callback(shutil.rmtree, self._folder, ignore_errors=True)
            self._folder.chmod(0o711)  # to pass through, for a mosquitto that gives up root's rights
            make_folder(self._store)
            shutdown.callback(self.kill_controller)
            loading = self._spawned()
            self._broker = Mosquitto(self._folder / "broker", store=plan.store.id)
            self._broker.add_devices(device.id for device in plan.devices)
            shutdown.callback(self._broker.stop)
            self.start_broker()
            self.memory: StoredMemory = open_memory(self._store, start, start)
            shutdown.callback(self.memory.close)
            loading.loaded()
            self.clock = ShiftedClock.beginning(start)
            self.memory.publish(plan, "sinne", "", self.clock.now(), Entry("plan.published", {"digest": plan.digest}))
            self.things = RealThings(plan, self._broker, self.clock, seed)
            shutdown.callback(self.things.fleet.stop)
            self.things.fleet.start()
            loading.begin(self._beginning())
            self._shutdown = shutdown.pop_all()

    def close(self) -> None:
        """End everything, and leave nothing behind. May be called twice."""
        self._shutdown.close()

    def start_controller(self) -> None:
        """A new run of the controller on the same folder."""
        self.kill_controller()
        program = self._spawned()
        program.loaded()
        program.begin(self._beginning())

    def kill_controller(self) -> None:
        """SIGKILL. May be called while none runs."""
        if self.controller is not None:
            self.controller.kill()
            self.controller = None

    def start_broker(self) -> None:
        """mosquitto starts, on the same port as before. May be called while it runs."""
        if not self.broker_is_up:
            started(lambda: self._broker)
            self.broker_is_up = True

    def stop_broker(self, forgetful: bool) -> None:
        """mosquitto ends and saves what is retained; `forgetful`: that is deleted."""
        self._broker.stop()
        self.broker_is_up = False
        if forgetful:
            shutil.rmtree(self._folder / "broker" / "retained", ignore_errors=True)

    @property
    def _store(self) -> Path:
        return self._folder / "store"

    def _spawned(self) -> ControllerProgram:
        self.controller = ControllerProgram(self._folder / "controller.log", self.by_topic)
        return self.controller

    def _beginning(self) -> Begin:
        address = self._broker.controller_address
        account = address.credentials
        assert account is not None  # noqa: S101 - a mosquitto of ours has accounts
        return Begin(
            folder=self._store, host=address.host, port=address.port, username=account.username,
            password=account.password, shift_s=self.clock.shift.total_seconds(),
            set_by_s=self.clock.was_set_by.total_seconds(), built=self._start, seed=self._seed)

"""The line to HQ's broker: how patient it is, and that no thousand stores come back in the same second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from controller.errors import Refused
from controller.hq.sealed import MOST_BYTES
from controller.hq.store_ports import Enrolment
from controller.hq.topics import known_by
from devices.address import BrokerAddress, Credentials
from devices.messages import Message
from devices.mqtt import KEEPALIVE_S, MqttTransport
from devices.transport import Transport
from devices.wire import Timings

#: The first pause after the line was lost is drawn from these, another in each store, and doubles up to the longest:
#: 5,000 stores that lose HQ's broker at the same moment come back over some twenty seconds.
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = (1.0, 20.0), 60.0
#: A connection that lasted so long was a good one.
_PROVEN_S = 30.0
#: With everything that is retained before the last answer, a broker that is asked by thousands takes its time.
_GREETING_S = 30.0


def line_to_hq(
    enrolment: Enrolment, will: Message, draw: Callable[[float, float], float], keepalive_s: int = KEEPALIVE_S,
) -> Transport:
    """A connection as the enrolment says, not started. Raises Refused where its address or certificate is no good."""
    try:
        address = replace(BrokerAddress.parse(enrolment.broker), ca_text=enrolment.ca)
        return MqttTransport(
            address, client_id(enrolment), will, credentials=Credentials(enrolment.username, enrolment.password),
            keepalive_s=keepalive_s, max_payload=MOST_BYTES + 1024, timings=Timings(
                first_pause_s=draw(*_FIRST_PAUSE_S), longest_pause_s=_LONGEST_PAUSE_S, proven_s=_PROVEN_S,
                greeting_s=_GREETING_S))
    except ValueError as wrong:
        raise Refused(str(wrong)) from wrong


def client_id(enrolment: Enrolment) -> str:
    """As whom a store enters HQ's broker: whoever comes with it again takes the place of the first, whatever its
    account. So a store is the same after a restart, and no other store can know it.
    """
    return f"sinne-store-{enrolment.store}-{known_by(enrolment.password)}"

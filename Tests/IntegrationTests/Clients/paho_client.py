"""Drives the Paho client against a broker: paho_client.py HOST PORT [PATH [CAFILE]]. Prints "ok NAME" for each scenario that held.

With a path it speaks WebSocket, and with the certificate of an authority WebSocket over TLS.
"""
import queue
import socket
import sys

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

HOST, PORT = sys.argv[1], int(sys.argv[2])
PATH = sys.argv[3] if len(sys.argv) > 3 else None
CAFILE = sys.argv[4] if len(sys.argv) > 4 else None
PATIENCE = 30
VERSIONS = {"3.1": mqtt.MQTTv31, "3.1.1": mqtt.MQTTv311, "5": mqtt.MQTTv5}


class Client:
    """A Paho client whose callbacks become queues that a scenario waits on."""

    def __init__(self, name, version, clean=True, expiry=None, will=None, **connect_properties):
        self.messages, self.connected, self.gone, self.done = (queue.Queue() for _ in range(4))
        is_v5 = version == mqtt.MQTTv5
        self.client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=name, protocol=version, transport="websockets" if PATH else "tcp",
            **({} if is_v5 else {"clean_session": clean}))
        if PATH:
            self.client.ws_set_options(path=PATH)
        if CAFILE:
            self.client.tls_set(ca_certs=CAFILE)
        self.client.on_connect = lambda c, u, flags, reason, properties: self.connected.put((flags, reason, properties))
        self.client.on_disconnect = lambda c, u, flags, reason, properties: self.gone.put(reason)
        self.client.on_message = lambda c, u, message: self.messages.put(message)
        self.client.on_publish = lambda c, u, mid, reason, properties: self.done.put((mid, reason))
        self.client.on_subscribe = lambda c, u, mid, reasons, properties: self.done.put((mid, reasons))
        self.client.on_unsubscribe = lambda c, u, mid, reasons, properties: self.done.put((mid, reasons))
        self.client.max_inflight_messages_set(1000)
        if will:
            self.client.will_set(*will)
        arguments = {}
        if is_v5:
            properties = Properties(PacketTypes.CONNECT)
            if expiry is not None:
                properties.SessionExpiryInterval = expiry
            for key, value in connect_properties.items():
                setattr(properties, key, value)
            arguments = {"clean_start": clean, "properties": properties}
        self.client.connect(HOST, PORT, 60, **arguments)
        self.client.loop_start()
        self.flags, self.reason, self.properties = self.connected.get(timeout=PATIENCE)
        assert not self.reason.is_failure, self.reason

    def answer(self, mid):
        got, reasons = self.done.get(timeout=PATIENCE)
        assert got == mid, (got, mid)
        return reasons

    def subscribe(self, topic, **options):
        return self.answer(self.client.subscribe(topic, **options)[1])

    def unsubscribe(self, topic):
        return self.answer(self.client.unsubscribe(topic)[1])

    def publish(self, topic, payload, **options):
        return self.answer(self.client.publish(topic, payload, **options).mid)

    def expect(self, *payloads):
        got = [self.messages.get(timeout=PATIENCE) for _ in payloads]
        assert [m.payload.decode() for m in got] == list(payloads), [m.payload for m in got]
        return got

    def close(self):
        self.client.disconnect()
        self.gone.get(timeout=PATIENCE)
        self.client.loop_stop()

    def die(self):
        """Ends the connection without DISCONNECT."""
        self.client.on_disconnect = None
        self.client.loop_stop()
        # Behind Paho's own layer for WebSocket, where there is one.
        connection = getattr(self.client.socket(), "_socket", self.client.socket())
        connection.shutdown(socket.SHUT_RDWR)
        connection.close()


def qos_round_trip(name, version):
    reader, writer = Client(f"r{name}", version), Client(f"w{name}", version)
    reader.subscribe(f"qos/{name}/+", qos=2)
    for qos in (0, 1, 2):
        writer.publish(f"qos/{name}/{qos}", f"payload {qos}", qos=qos)
    got = reader.expect("payload 0", "payload 1", "payload 2")
    assert [m.qos for m in got] == [0, 1, 2] and not any(m.retain or m.dup for m in got)
    reader.unsubscribe(f"qos/{name}/+")
    reader.subscribe("end", qos=1)
    writer.publish(f"qos/{name}/1", "not wanted any more", qos=1)
    writer.publish("end", "end", qos=1)
    reader.expect("end")
    reader.close()
    writer.close()


def retained(name, version):
    writer = Client(f"w{name}", version)
    writer.publish(f"kept/{name}", "kept", qos=1, retain=True)
    reader = Client(f"r{name}", version)
    reader.subscribe(f"kept/{name}", qos=1)
    assert reader.expect("kept")[0].retain
    writer.publish(f"kept/{name}", "", qos=1, retain=True)
    assert not reader.expect("")[0].retain
    writer.close()
    reader.close()


def will(name, version):
    watcher = Client(f"r{name}", version)
    watcher.subscribe(f"will/{name}", qos=2)
    Client(f"w{name}", version, will=(f"will/{name}", "gone", 2, False)).die()
    assert watcher.expect("gone")[0].qos == 2
    watcher.close()


def expect_order_within_each_qos(reader, expected):
    """A client shows a QoS 2 message only after PUBREL, so those of different QoS may overtake each other."""
    got = [reader.messages.get(timeout=PATIENCE) for _ in range(sum(map(len, expected.values())))]
    for qos, numbers in expected.items():
        seen = [int(m.payload) for m in got if m.qos == qos]
        assert seen == list(numbers), (qos, seen)


def durable_session(name, version):
    expiry = 3600 if version == mqtt.MQTTv5 else None
    sleeper = Client(f"s{name}", version, clean=False, expiry=expiry)
    sleeper.subscribe(f"session/{name}", qos=2)
    sleeper.close()
    writer = Client(f"w{name}", version)
    for number in range(200):
        writer.publish(f"session/{name}", f"{number}", qos=1 + number % 2)
    sleeper = Client(f"s{name}", version, clean=False, expiry=expiry)
    if version != mqtt.MQTTv31:
        assert sleeper.flags.session_present
    expect_order_within_each_qos(sleeper, {1: range(0, 200, 2), 2: range(1, 200, 2)})
    sleeper.close()
    writer.close()


def window(name, version):
    """More messages than any window holds, sent before the first acknowledgement is looked at."""
    reader, writer = Client(f"r{name}", version), Client(f"w{name}", version)
    reader.subscribe(f"window/{name}", qos=2)
    infos = [writer.client.publish(f"window/{name}", str(number), qos=number % 3) for number in range(900)]
    for info in infos:
        info.wait_for_publish(PATIENCE)
    expect_order_within_each_qos(reader, {qos: range(qos, 900, 3) for qos in (0, 1, 2)})
    reader.close()
    writer.close()


def takeover(name, version):
    first = Client(f"t{name}", version)
    first.client.on_connect = None
    first.client.reconnect_delay_set(600, 600)
    second = Client(f"t{name}", version)
    reason = first.gone.get(timeout=PATIENCE)
    first.client.loop_stop()
    assert version != mqtt.MQTTv5 or reason.value == 0x8E, reason
    second.publish("x", "still here", qos=1)
    second.close()


def publish_properties():
    reader, writer = Client("reader", mqtt.MQTTv5), Client("writer", mqtt.MQTTv5)
    identifier = Properties(PacketTypes.SUBSCRIBE)
    identifier.SubscriptionIdentifier = 42
    reader.subscribe("properties", options=SubscribeOptions(qos=1), properties=identifier)
    sent = Properties(PacketTypes.PUBLISH)
    sent.ContentType, sent.ResponseTopic, sent.CorrelationData = "text/plain", "answers", b"\x00\xff"
    sent.PayloadFormatIndicator, sent.MessageExpiryInterval = 1, 1000
    sent.UserProperty = [("a", "1"), ("a", "2"), ("b", "")]
    writer.publish("properties", "body", qos=1, properties=sent)
    got = reader.expect("body")[0].properties
    assert (got.ContentType, got.ResponseTopic, got.CorrelationData) == ("text/plain", "answers", b"\x00\xff")
    assert got.PayloadFormatIndicator == 1 and 990 <= got.MessageExpiryInterval <= 1000
    assert got.UserProperty == [("a", "1"), ("a", "2"), ("b", "")], got.UserProperty
    assert got.SubscriptionIdentifier == [42], got.SubscriptionIdentifier
    reader.close()
    writer.close()


def topic_alias():
    reader, writer = Client("reader", mqtt.MQTTv5, TopicAliasMaximum=10), Client("writer", mqtt.MQTTv5)
    assert writer.properties.TopicAliasMaximum >= 1
    reader.subscribe("alias/long/topic", qos=1)
    for topic in ("alias/long/topic", ""):
        alias = Properties(PacketTypes.PUBLISH)
        alias.TopicAlias = 1
        writer.publish(topic, f"with '{topic}'", qos=1, properties=alias)
    reader.expect("with 'alias/long/topic'", "with ''")
    reader.close()
    writer.close()


def subscribe_options():
    client, other = Client("local", mqtt.MQTTv5), Client("other", mqtt.MQTTv5)
    other.publish("options/kept", "kept", qos=1, retain=True)
    client.subscribe("options/#", options=SubscribeOptions(qos=1, noLocal=True, retainAsPublished=True,
                                                           retainHandling=SubscribeOptions.RETAIN_DO_NOT_SEND))
    client.publish("options/a", "my own", qos=1)
    other.publish("options/b", "as published", qos=1, retain=True)
    assert client.expect("as published")[0].retain
    client.close()
    other.close()


def reason_codes():
    client = Client("", mqtt.MQTTv5)
    assert client.properties.AssignedClientIdentifier
    assert client.publish("nobody/listens", "x", qos=1).value in (0x00, 0x10)
    assert [r.value for r in client.unsubscribe("never/subscribed")] == [0x11]
    assert [r.value for r in client.subscribe([("a", SubscribeOptions(qos=0)), ("b", SubscribeOptions(qos=2))])] == [0, 2]
    client.close()


def main():
    for label, version in VERSIONS.items():
        for scenario in (qos_round_trip, retained, will, durable_session, window, takeover):
            scenario(f"{scenario.__name__}{label}", version)
            print(f"ok {scenario.__name__} {label}", flush=True)
    for scenario in (publish_properties, topic_alias, subscribe_options, reason_codes):
        scenario()
        print(f"ok {scenario.__name__} 5", flush=True)


main()

"""Who sent what, who got what, and which promise of MQTT was broken."""
import bisect
import collections
import math
import random
import struct
from array import array

EXAMPLES = 5
# Every so manieth value of a retained message is an empty one, which removes it.
REMOVED_EVERY = 7
NOISE = random.Random(1883).randbytes(8192)
LARGEST_PADDING = 1200


class Stream:
    """The messages of one publisher to one topic with one QoS, numbered from 0.

    For each: when it was first sent, when PUBACK or PUBREC came, when all was done, and how often it was published as a
    message of its own, which is how often the broker may deliver it. A time of 0 stands for *not yet*.
    """

    def __init__(self, index, topic, qos, retained=False, ordered=True):
        self.index, self.topic, self.qos = index, topic.encode(), qos
        self.retained, self.ordered = retained, ordered
        self.sent, self.acknowledged, self.done = array("d"), array("d"), array("d")
        self.copies = bytearray()
        self.refused = set()
        self.acknowledged_count = 0
        self.last_acknowledged = -1

    def is_removal(self, number):
        return self.retained and number % REMOVED_EVERY == REMOVED_EVERY - 1

    def payload(self, number):
        """The same for the same number, so that a receiver can tell whether a byte has changed."""
        if self.is_removal(number):
            return b""
        scatter = (number * 2654435761 + self.index * 40503) & 0xFFFFFFFF
        # Mostly small ones, and one in 16 a large one.
        length = scatter % (LARGEST_PADDING if scatter >> 16 & 15 == 0 else 40)
        start = scatter % (len(NOISE) - LARGEST_PADDING)
        return struct.pack(">II", self.index, number) + NOISE[start:start + length]


def number_of(payload):
    """What a payload says it is: the index of its stream, and its number."""
    return struct.unpack_from(">II", payload) if len(payload) >= 8 else (None, None)


class Inbox:
    """What one receiver has got of one stream: how often each, and on which connection last."""

    def __init__(self):
        self.counts, self.connections = bytearray(), array("I")
        self.distinct, self.highest = 0, -1

    def reach(self, length):
        missing = length - len(self.counts)
        if missing > 0:
            # In steps, so that not every message makes it grow.
            self.counts.extend(bytes(missing + 1024))
            self.connections.extend([0] * (missing + 1024))


class Interval:
    """A time in which a receiver was subscribed: when SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK were sent or came."""

    def __init__(self, asked):
        self.asked, self.held, self.ending, self.ended = asked, math.inf, math.inf, math.inf


class Receiver:
    """A session, or a group of sessions with a shared subscription, and what it must get."""

    def __init__(self, name, qos, is_group=False):
        self.name, self.qos, self.is_group = name, qos, is_group
        # Copies that it may get of each message, by the number of its filters that match.
        self.copies = 1
        # Whether it holds its subscriptions all the time.
        self.is_steady = True
        self.intervals = collections.defaultdict(list)
        self.inboxes = collections.defaultdict(Inbox)
        self.deliveries = self.repeats = self.unmarked_repeats = 0
        self.lost = self.required = self.twice = self.disordered = 0
        self.repeats_on_connection = collections.Counter()


class Ledger:
    """`fault_kinds` of what happened, with the first examples of each."""

    def __init__(self, now):
        self.now = now
        self.streams, self.by_topic, self.receivers = [], {}, []
        self.counts, self.examples = collections.Counter(), collections.defaultdict(list)
        self.kills, self.notes = [], collections.Counter()
        self.first_gap = None

    def stream(self, topic, qos, **options):
        stream = Stream(len(self.streams), topic, qos, **options)
        self.streams.append(stream)
        self.by_topic[stream.topic] = stream
        return stream

    def receiver(self, name, qos, is_group=False):
        self.receivers.append(Receiver(name, qos, is_group))
        return self.receivers[-1]

    def fault(self, kind, words):
        self.counts[kind] += 1
        if len(self.examples[kind]) < EXAMPLES:
            self.examples[kind].append(f"round {self.round_of(self.now())}: {words}")

    def round_of(self, time):
        return bisect.bisect(self.kills, time) + 1

    def describe(self, stream, number):
        words = f"{stream.topic.decode()} message {number}, QoS {stream.qos}"
        if number >= len(stream.sent):
            return words + ", never sent"
        words += f", sent in round {self.round_of(stream.sent[number])}"
        acknowledged = stream.acknowledged[number]
        if not acknowledged:
            return words + ", not acknowledged"
        at = self.round_of(acknowledged)
        words += f", acknowledged in round {at}"
        if at <= len(self.kills):
            words += f" {1000 * (self.kills[at - 1] - acknowledged):.1f} ms before the kill"
        return words

    # What publishers do

    def send(self, stream):
        """A new message; returns its number."""
        stream.sent.append(self.now())
        stream.acknowledged.append(0)
        stream.done.append(0)
        stream.copies.append(1)
        return len(stream.sent) - 1

    def send_again(self, stream, number):
        """Published in a way that makes it another message for the broker, as far as MQTT goes."""
        if stream.copies[number] < 255:
            stream.copies[number] += 1

    def acknowledge(self, stream, number):
        if not stream.acknowledged[number]:
            stream.acknowledged[number] = self.now()
            stream.acknowledged_count += 1
            stream.last_acknowledged = max(stream.last_acknowledged, number)

    def complete(self, stream, number):
        self.acknowledge(stream, number)
        stream.done[number] = self.now()

    def refuse(self, stream, number, reason):
        stream.refused.add(number)
        stream.done[number] = self.now()
        self.notes[f"messages refused with {reason:#x}"] += 1

    # What receivers get

    def identify(self, name, topic, payload, retained=False):
        """The stream and number of what came; nothing if it is not what was sent."""
        stream = self.by_topic.get(topic)
        index, number = number_of(payload)
        if stream is None or stream.index != index or number >= len(stream.sent) \
                or payload != stream.payload(number) or (stream.retained and not retained):
            self.fault("corrupted", f"{name} got what nobody sent: topic {topic[:80]!r}, payload {payload[:40].hex()}")
            return None
        return stream, number

    def deliver(self, receiver, stream, number, qos, duplicate, connection):
        receiver.deliveries += 1
        inbox = receiver.inboxes[stream.index]
        if number >= len(inbox.counts):
            inbox.reach(len(stream.sent))
        count = inbox.counts[number]
        if qos != min(stream.qos, receiver.qos):
            self.fault("wrong QoS", f"{receiver.name} got {self.describe(stream, number)} with QoS {qos}")
        if count == 0:
            inbox.counts[number] = 1
            inbox.distinct += 1
            if number > inbox.highest:
                if number > inbox.highest + 1 and self.first_gap is None:
                    self.look_at_gap(receiver, stream, inbox.highest, number)
                inbox.highest = number
            elif stream.ordered and not receiver.is_group:
                receiver.disordered += 1
                self.fault("order", f"{receiver.name} got {self.describe(stream, number)} after {inbox.highest}")
        else:
            inbox.counts[number] = min(count + 1, 255)
            self.repeat(receiver, inbox, stream, number, qos, duplicate, connection)
        inbox.connections[number] = connection

    def look_at_gap(self, receiver, stream, before, after):
        """What is missing there is lost, or will be out of order."""
        if receiver.is_steady and stream.ordered and not receiver.is_group \
                and not stream.refused.issuperset(range(before + 1, after)):
            self.first_gap = f"round {self.round_of(self.now())}: {receiver.name} got " \
                f"{self.describe(stream, after)} right after message {before}"

    def repeat(self, receiver, inbox, stream, number, qos, duplicate, connection):
        receiver.repeats += 1
        copies = stream.copies[number] * receiver.copies
        if qos == 2 and inbox.counts[number] > copies:
            receiver.twice += 1
            self.fault("QoS 2 twice" if stream.ordered else "will twice",
                       f"{receiver.name} got it again: {self.describe(stream, number)}")
        elif qos == 1 and inbox.connections[number] == connection:
            key = connection, stream.index, number
            receiver.repeats_on_connection[key] += 1
            if receiver.repeats_on_connection[key] + 1 > copies:
                receiver.twice += 1
                self.fault("QoS 1 twice on a connection",
                           f"{receiver.name} got it again: {self.describe(stream, number)}")
        elif not duplicate and copies == 1:
            receiver.unmarked_repeats += 1

    def waiting(self):
        """Acknowledged messages that receivers with lasting subscriptions have not got yet."""
        return sum(
            max(0, self.streams[index].acknowledged_count - receiver.inboxes[index].distinct)
            for receiver in self.receivers if receiver.is_steady for index in receiver.intervals)

    # The reckoning

    def settle(self):
        """Finds what was lost, and what came without a subscription."""
        for receiver in self.receivers:
            for index, intervals in sorted(receiver.intervals.items()):
                self.settle_stream(receiver, self.streams[index], intervals)

    def settle_stream(self, receiver, stream, intervals):
        inbox = receiver.inboxes[stream.index]
        inbox.reach(len(stream.sent))
        for number, sent in enumerate(stream.sent):
            acknowledged = stream.acknowledged[number]
            done = stream.done[number] or (acknowledged and self.now())
            got = inbox.counts[number]
            if acknowledged and number not in stream.refused \
                    and any(each.held < sent and done < each.ending for each in intervals):
                receiver.required += 1
                if not got:
                    receiver.lost += 1
                    self.fault("lost" if stream.ordered else "will lost",
                               f"{receiver.name} never got {self.describe(stream, number)}")
            elif got and done and not any(each.asked < done and sent < each.ended for each in intervals):
                self.fault("without a subscription",
                           f"{receiver.name} got {self.describe(stream, number)}, but was not subscribed then")

    def retained_is_right(self, stream, number):
        """Whether the topic's retained message may have this number, or may be none if it is None."""
        allowed = range(max(stream.last_acknowledged, 0), len(stream.sent))
        if number is not None:
            return number in allowed
        return stream.last_acknowledged < 0 or any(stream.is_removal(each) for each in allowed)

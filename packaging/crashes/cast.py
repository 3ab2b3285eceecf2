"""Who takes part: publishers, receivers of all kinds, clients with wills; and what each does while the broker lives."""
import random

from client import Client
from ledger import Interval

TICK_SECONDS = 0.01


class Role:
    """A client and what it does. `random` is asked at moments that differ from run to run, a `plan` is not."""

    def __init__(self, rig, name, version, **options):
        self.rig, self.ledger, self.name = rig, rig.ledger, name
        self.random = random.Random(f"{rig.seed} {name}")
        self.client = Client(rig, self, name, version, **options)

    def plan(self, number):
        """Random choices for a round that depend on the seed alone."""
        return random.Random(f"{self.rig.seed} {self.name} {number}")

    def begin_round(self, number):
        self.client.connect()

    def tick(self):
        pass

    def prepare(self):
        """Before the first round; what it needs may come later than this returns."""
        self.client.connect()

    def is_prepared(self):
        return self.client.is_connected and not self.client.requests

    def begin_end(self):
        """No kill will come any more: all connect and finish."""
        self.client.connect()

    def is_finished(self):
        return self.client.is_connected and not self.client.outgoing and not self.client.requests

    def connected(self, was_there):
        pass

    def session_lost(self):
        pass

    def closed(self):
        pass

    def progressed(self):
        pass

    def delivered(self, stream, number, qos, duplicate):
        self.ledger.fault("without a subscription", f"{self.name} got {self.ledger.describe(stream, number)}")


class Publisher(Role):
    """Publishes to its topics, at a rate or as fast as acknowledgements come; some of them drop their connection."""

    def __init__(self, rig, name, version, topics, window, rate, resets=0.0, retained=False):
        super().__init__(rig, name, version)
        self.streams = [self.ledger.stream(topic, qos, retained=retained) for topic, qos in topics]
        self.window, self.rate, self.resets = window, rate, resets
        self.pace, self.credit, self.is_burst, self.is_last = 0.0, 0.0, False, False
        self.unpublished = []

    def begin_round(self, number):
        super().begin_round(number)
        plan = self.plan(number)
        self.is_burst = plan.random() < 0.4
        self.pace = self.rate * plan.choice((0.3, 1, 2))

    def tick(self):
        if self.rig.is_loading and self.resets and self.random.random() < self.resets * TICK_SECONDS:
            self.client.leave(politely=self.random.random() < 0.3)
            self.client.connect()
        # A burst is limited by what this program can read, too.
        self.credit = min(self.credit + self.pace * (4 if self.is_burst else 1) * TICK_SECONDS, self.window)
        self.progressed()

    def progressed(self):
        client = self.client
        if not client.is_connected:
            return
        if self.is_last:
            self.publish_last()
        elif self.rig.is_loading:
            room = min(self.window, client.window) - len(client.outgoing)
            for _ in range(min(room, int(self.credit))):
                client.publish(self.random.choice(self.streams))
                self.credit -= 1

    def begin_end(self):
        super().begin_end()
        self.is_last = True
        self.unpublished = list(self.streams)

    def publish_last(self):
        while self.unpublished and len(self.client.outgoing) < min(self.window, self.client.window):
            self.client.publish(self.unpublished.pop())

    def is_finished(self):
        return super().is_finished() and not self.unpublished


class Subscriber(Role):
    """Holds its subscriptions from beginning to end. `absence` says in which rounds it is away; `slow` how many
    packets it acknowledges in a tick; `resets` how often a second it drops its connection."""

    def __init__(self, rig, name, version, filters, qos, receiver=None, absence=None, slow=0, resets=0.0,
                 receive_maximum=None):
        super().__init__(rig, name, version, receive_maximum=receive_maximum)
        self.filters, self.qos = filters, qos
        self.receiver = receiver or self.ledger.receiver(name, qos)
        self.absence, self.slow, self.resets = absence, slow, resets
        self.client.is_slow = slow > 0

    def prepare(self):
        super().prepare()
        self.subscribe()

    def subscribe(self):
        intervals = []
        for stream in self.ledger.streams:
            if any(matches(name, stream.topic.decode()) for name in self.filters):
                # Members of a group have subscribed when the last of them has.
                if not self.receiver.intervals[stream.index]:
                    self.receiver.intervals[stream.index].append(Interval(self.ledger.now()))
                intervals.append(self.receiver.intervals[stream.index][0])

        def granted():
            for interval in intervals:
                interval.held = self.ledger.now()
        self.client.subscribe([(name, self.qos) for name in self.filters], granted)

    def session_lost(self):
        # What it was promised stays what counts.
        self.client.requests.clear()
        self.client.subscribe([(name, self.qos) for name in self.filters], lambda: None)

    def begin_round(self, number):
        if self.absence and self.absence(number):
            self.client.leave(politely=self.plan(number).random() < 0.5)
        else:
            super().begin_round(number)

    def tick(self):
        if self.client.is_slow:
            self.client.let_go(self.slow)
        if self.rig.is_loading and self.resets and self.random.random() < self.resets * TICK_SECONDS:
            if self.client.wants_connection:
                self.client.leave(politely=self.random.random() < 0.5)
            else:
                self.client.connect()

    def begin_end(self):
        self.client.is_slow = False
        self.client.let_go(len(self.client.held_back))
        super().begin_end()

    def delivered(self, stream, number, qos, duplicate):
        self.ledger.deliver(self.receiver, stream, number, qos, duplicate, self.client.connection)


class Changer(Role):
    """Subscribes to single topics and unsubscribes again, all along."""

    def __init__(self, rig, name, version, topics, qos, changes):
        super().__init__(rig, name, version)
        self.receiver = self.ledger.receiver(name, qos)
        self.receiver.is_steady = False
        self.topics, self.qos, self.changes = topics, qos, changes
        self.held, self.changing = set(), set()

    def stream(self, topic):
        return self.ledger.by_topic[topic.encode()]

    def tick(self):
        if self.rig.is_loading and self.client.is_connected and self.random.random() < self.changes * TICK_SECONDS:
            topic = self.random.choice(self.topics)
            if topic not in self.changing:
                self.change(topic)

    def change(self, topic):
        intervals = self.receiver.intervals[self.stream(topic).index]
        self.changing.add(topic)
        if topic in self.held:
            def answered():
                intervals[-1].ended = self.ledger.now()
                self.changing.discard(topic)
                self.held.discard(topic)
            intervals[-1].ending = self.ledger.now()
            self.client.unsubscribe([topic], answered)
        else:
            def answered():
                intervals[-1].held = self.ledger.now()
                self.changing.discard(topic)
                self.held.add(topic)
            intervals.append(Interval(self.ledger.now()))
            self.client.subscribe([(topic, self.qos)], answered)

    def session_lost(self):
        for topic in self.held:
            if topic not in self.changing:
                self.client.subscribe([(topic, self.qos)], lambda: None)

    delivered = Subscriber.delivered


class Dying(Role):
    """Connects with a will, is gone without DISCONNECT, by itself or with the broker, and never returns."""

    def __init__(self, rig, name, version, wills, lifetime, delay):
        self.wills, self.number = wills, rig.ledger.send(wills)
        super().__init__(rig, name, version, will=(wills.topic, wills.payload(self.number)), will_delay=delay)
        self.client.connect()
        rig.loop.later(lifetime, self.vanish)

    def connected(self, was_there):
        self.ledger.complete(self.wills, self.number)

    def vanish(self):
        if self.client.is_connected:
            self.client.leave(politely=False)

    def closed(self):
        self.client.wants_connection = False


def matches(name, topic):
    if name.startswith("$share/"):
        name = name.split("/", 2)[2]
    levels, parts = name.split("/"), topic.split("/")
    for index, level in enumerate(levels):
        if level == "#":
            return True
        if index >= len(parts) or level not in ("+", parts[index]):
            return False
    return len(levels) == len(parts)


CHANGING = [f"crash/change/{number}/q{1 + number % 2}" for number in range(12)]
WILLS = "crash/wills"


def make(rig):
    """All roles; publishers first, because receivers look for the topics that match their filters."""
    def topics(publisher, *qualities):
        return [(f"crash/{publisher}/{index}/q{qos}", qos) for index, qos in enumerate(qualities)]
    roles = [
        Publisher(rig, "publisher-1", 4, topics("p1", 1, 1, 2), window=100, rate=800),
        Publisher(rig, "publisher-2", 5, topics("p2", 1, 2, 2), window=60, rate=500),
        Publisher(rig, "publisher-3", 5, topics("p3", 1, 2), window=20, rate=300, resets=2),
        Publisher(rig, "publisher-4", 4, topics("p4", 2), window=10, rate=200),
        Publisher(rig, "herald", 4, [(topic, 2 if topic.endswith("2") else 1) for topic in CHANGING], 30, rate=200),
        Publisher(rig, "keeper-1", 4, [(f"crash/kept/1-{index}", 1) for index in range(10)], 10, 60, retained=True),
        Publisher(rig, "keeper-2", 5, [(f"crash/kept/2-{index}", 2) for index in range(10)], 5, 40, retained=True),
    ]
    rig.wills = rig.ledger.stream(WILLS, 2, ordered=False)
    everything = [f"crash/p{number}/#" for number in range(1, 5)]
    roles += [
        Subscriber(rig, "online-1", 4, everything, 1),
        Subscriber(rig, "online-2", 5, everything, 2, receive_maximum=rig.random.choice((10, 100, 1000))),
        Subscriber(rig, "slow-1", 5, ["crash/p1/#", "crash/p4/#"], 1, slow=2, receive_maximum=5),
        Subscriber(rig, "slow-2", 4, ["crash/p2/#"], 2, slow=1),
        Subscriber(rig, "offline-1", 4, ["crash/+/1/+"], 1, absence=lambda number: number % 3 != 0),
        Subscriber(rig, "offline-2", 5, everything, 2, absence=lambda number: number % 3 != 1),
        Subscriber(rig, "visitor-1", 5, ["crash/p2/#", "crash/p3/#"], 2, resets=8),
        Subscriber(rig, "visitor-2", 4, ["crash/p1/#"], 1, resets=8),
        # Two of its filters match some topics.
        Subscriber(rig, "overlap", 5, ["crash/p1/#", "crash/+/2/+", "crash/p1/0/q1"], 2),
        Subscriber(rig, "watcher", 5, [WILLS], 2),
        Changer(rig, "changer-1", 4, CHANGING[:8], 1, changes=10),
        Changer(rig, "changer-2", 5, CHANGING[4:], 2, changes=10),
    ]
    if not rig.broker.merges_overlaps:
        next(role for role in roles if role.name == "overlap").receiver.copies = 2
    for group, qos, filters in (("first", 1, "crash/p1/#"), ("second", 2, "crash/p2/#")):
        receiver = rig.ledger.receiver(f"group {group}", qos, is_group=True)
        roles += [
            Subscriber(rig, f"member-{group}-{number}", 5 if number else 4, [f"$share/{group}/{filters}"], qos,
                       receiver, absence=(lambda round, number=number: round % 3 == number) if number else None)
            for number in range(3)
        ]
    return roles

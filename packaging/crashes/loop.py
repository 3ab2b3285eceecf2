"""An event loop of our own. asyncio drops what it has not read of a connection on which a write fails, and what a
broker acknowledged right before it was killed is just what the test is after."""
import heapq
import itertools
import selectors
import time

READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
# How long the loop may take to see what happens in no socket: that a process has ended.
LONGEST_WAIT = 0.005


class Loop:
    def __init__(self):
        self.selector = selectors.DefaultSelector()
        self.timers = []
        self.order = itertools.count()
        self.dirty = set()
        self.last = 0.0

    def now(self):
        """Seconds; never the same twice, so that it also tells which of two events was first."""
        self.last = max(time.monotonic(), self.last + 1e-8)
        return self.last

    def later(self, seconds, action):
        heapq.heappush(self.timers, (time.monotonic() + seconds, next(self.order), action))

    def watch(self, socket, action, events=READ):
        """Calls `action` with the events of the socket, instead of what was called before."""
        if socket in self.selector.get_map():
            self.selector.modify(socket, events, action)
        else:
            self.selector.register(socket, events, action)

    def forget(self, socket):
        if socket in self.selector.get_map():
            self.selector.unregister(socket)

    def step(self):
        wait = LONGEST_WAIT
        if self.timers:
            wait = max(0, min(wait, self.timers[0][0] - time.monotonic()))
        for key, events in self.selector.select(wait):
            # A socket may have been closed by what another one brought.
            if self.selector.get_map().get(key.fd) is key:
                key.data(events)
        now = time.monotonic()
        while self.timers and self.timers[0][0] <= now:
            heapq.heappop(self.timers)[2]()
        while self.dirty:
            self.dirty.pop().flush()

    def run_until(self, condition, seconds):
        """Whether the condition came true within so many seconds."""
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() >= deadline:
                return False
            self.step()
        return True

    def run_for(self, seconds):
        self.run_until(lambda: False, seconds)

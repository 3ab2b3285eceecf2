"""Two clients of the Jolokia protocol that others wrote: jolokia_clients.py URL USER PASSWORD BRIDGE.

URL is the TCP port, where user and password are asked for; BRIDGE is a TCP port that leads to the operators' socket.
pyjolokia cannot send a password with today's Python, so it takes the bridge. Prints `ok NAME` for what held.
"""
import sys

from jolokia import JolokiaClient
from pyjolokia import Jolokia

url, user, password, bridge = sys.argv[1:]


def ok(name, condition, seen=None):
    assert condition, f"{name}: {seen}"
    print(f"ok {name}", flush=True)


client = JolokiaClient(url, username=user, password=password)
version = client.version()
ok("jolokia version", version["status"] == 200 and version["value"]["protocol"] == "7.2", version)
one = client.get_attribute(mbean="skep:type=Broker", attribute="Status")
ok("jolokia read", one["value"] == "running", one)
several = client.get_attribute(mbean="skep:type=Broker", attribute=["Connections", "Sessions"])
ok("jolokia bulk read", [answer["value"] for answer in several] == [1, 1], several)
path = client.get_attribute(mbean="skep:type=Restrictions", attribute="Limits", path="mqtt!/max-inflight")
ok("jolokia path", path["value"] == "1000", path)
found = client.search(mbean="metrics:name=com.hivemq.messages.incoming.publish.*")
ok("jolokia search", "metrics:name=com.hivemq.messages.incoming.publish.count" in found["value"], found)
everything = client.list()
ok("jolokia list", {"skep", "metrics"} <= set(everything["value"]), everything["value"].keys())
called = client.execute(mbean="skep:type=Sessions", operation="client", arguments=["watched"])
ok("jolokia execute", called["value"]["state"] == "online", called)
level = client.set_attribute(mbean="skep:type=Logging", attr_value_pairs=("Level", "debug"))
ok("jolokia write", level["status"] == 200 and level["value"] == "info", level)
unknown = client.get_attribute(mbean="skep:type=Nothing", attribute="At")
ok("jolokia unknown", unknown["status"] == 404
   and unknown["error_type"] == "javax.management.InstanceNotFoundException", unknown)

other = Jolokia(f"http://127.0.0.1:{bridge}/jolokia/")
read = other.request(type="read", mbean="metrics:name=com.hivemq.networking.connections.current", attribute="Value")
ok("pyjolokia read", read["value"] == 1, read)
other.add_request(type="read", mbean="skep:type=Stress", attribute="Level")
other.add_request(type="exec", mbean="skep:type=Sessions", operation="disconnect", arguments=["watched", True])
other.add_request(type="search", mbean="skep:type=Listener,*")
bulk = other.getRequests()
ok("pyjolokia bulk", [answer["status"] for answer in bulk] == [200, 200, 200], bulk)
ok("pyjolokia kick", bulk[1]["value"] is True, bulk[1])

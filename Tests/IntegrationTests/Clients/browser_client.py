"""Drives MQTT.js in headless Chromium: browser_client.py BUNDLE URL. Prints "ok NAME" for each scenario that held.

BUNDLE is MQTT.js as browsers load it, URL where the broker speaks WebSocket.
"""
import http.server
import sys
import threading

from playwright.sync_api import sync_playwright

BUNDLE, URL = sys.argv[1:]

# Both clients live in the page, so that every byte passes through the browser's own WebSocket.
CONVERSATION = """
async ([url, protocolVersion]) => {
  const join = clientId => new Promise((resolve, reject) => {
    const client = mqtt.connect(url, { protocolVersion, clientId, reconnectPeriod: 0 })
    client.received = []
    client.on('message', (topic, payload) => client.received.push(payload.length < 100 ? payload.toString() : payload.length))
    client.once('connect', () => resolve(client))
    client.once('error', reject)
    client.once('close', () => reject(new Error('closed')))
  })
  const call = (client, name, ...rest) => new Promise((resolve, reject) =>
    client[name](...rest, (error, answer) => error ? reject(error) : resolve(answer)))
  const reader = await join('browser-reader')
  const writer = await join('browser-writer')
  await call(reader, 'subscribe', 'browser/#', { qos: 2 })
  for (const qos of [0, 1, 2]) await call(writer, 'publish', 'browser/small', `level ${qos}`, { qos })
  await call(writer, 'publish', 'browser/large', new Uint8Array(300000), { qos: 1 })
  while (reader.received.length < 4) await new Promise(resolve => setTimeout(resolve, 5))
  const protocol = reader.stream.socket ? reader.stream.socket.protocol : reader.stream.protocol
  for (const client of [reader, writer]) {
    const closed = new Promise(resolve => client.stream.on('close', resolve))
    client.end()
    await closed
  }
  return reader.received.map(String).sort().join(', ')
}
"""

# What the browser's own WebSocket sees of a refusal, and of the broker's Close after DISCONNECT.
OPENED = """
([url, protocols]) => new Promise(resolve => {
  const socket = new WebSocket(url, protocols)
  socket.binaryType = 'arraybuffer'
  let answer = ''
  socket.onopen = () => socket.send(Uint8Array.of(16, 16, 0, 4, 77, 81, 84, 84, 4, 2, 0, 60, 0, 4, 112, 97, 103, 101))
  socket.onmessage = message => {
    answer += [...new Uint8Array(message.data)].join(' ')
    socket.send(Uint8Array.of(224, 0))
  }
  socket.onclose = event => resolve(`${socket.protocol}; ${answer}; ${event.code} ${event.wasClean}`)
})
"""


class Page(http.server.BaseHTTPRequestHandler):
    """An empty page of this machine: Chromium lets no other page connect to the loopback address."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *arguments):
        pass


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-dev-shm-usage"])
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{server.server_port}/")
        page.add_script_tag(path=BUNDLE)
        for label, version in (("3.1.1", 4), ("5", 5)):
            got = page.evaluate(CONVERSATION, [URL, version])
            assert got == "300000, level 0, level 1, level 2", got
            print(f"ok mqttjs {label}", flush=True)
        for offer, expected in ((["mqtt"], "mqtt; 32 2 0 0; 1000 true"), (["mqttv3.1"], "mqttv3.1; 32 2 0 0; 1000 true")):
            got = page.evaluate(OPENED, [URL, offer])
            assert got == expected, got
            print(f"ok websocket {offer[0]}", flush=True)
        for url, offer in ((URL, ["chat"]), (URL, []), (URL + "x", ["mqtt"])):
            got = page.evaluate(OPENED, [url, offer])
            assert got == "; ; 1006 false", got
        print("ok refused", flush=True)
        browser.close()


main()

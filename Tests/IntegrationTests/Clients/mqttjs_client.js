// Drives MQTT.js against a broker: node mqttjs_client.js HOST PORT [PATH]; with a path it
// speaks WebSocket. Prints "ok NAME" for each scenario that held.
'use strict'
const assert = require('assert')
const mqtt = require('mqtt')

const [host, port, path] = [process.argv[2], Number(process.argv[3]), process.argv[4]]
const versions = { 3.1: 3, '3.1.1': 4, 5: 5 }
// Against hanging only.
setTimeout(() => fail(new Error('not done within two minutes')), 120000).unref()

function fail (error) {
  console.error(error)
  process.exit(1)
}
process.on('unhandledRejection', fail)

/** A client whose events can be waited for. */
class Client {
  static async join (name, protocolVersion, options = {}) {
    const self = new Client()
    self.messages = []
    self.waiting = []
    self.mqtt = mqtt.connect({
      host,
      port,
      protocolVersion,
      protocolId: protocolVersion === 3 ? 'MQIsdp' : 'MQTT',
      clientId: name,
      clean: true,
      reconnectPeriod: 0,
      ...(path ? { protocol: 'ws', path } : {}),
      ...options
    })
    self.mqtt.on('error', fail)
    self.mqtt.on('message', (topic, payload, packet) => {
      self.messages.push(packet)
      self.waiting.splice(0).forEach(wake => wake())
    })
    self.connack = await new Promise(resolve => self.mqtt.once('connect', resolve))
    return self
  }

  subscribe (filter, options) {
    return new Promise((resolve, reject) =>
      this.mqtt.subscribe(filter, options, (error, granted) => (error ? reject(error) : resolve(granted))))
  }

  publish (topic, payload, options) {
    return new Promise((resolve, reject) =>
      this.mqtt.publish(topic, payload, options, (error, packet) => (error ? reject(error) : resolve(packet))))
  }

  /** Waits for as many messages and takes them. */
  async take (count) {
    while (this.messages.length < count) await new Promise(resolve => this.waiting.push(resolve))
    return this.messages.splice(0, count)
  }

  leave () { return new Promise(resolve => this.mqtt.end(false, resolve)) }
}

const texts = packets => packets.map(packet => packet.payload.toString())

async function qos (version) {
  const reader = await Client.join('reader', version)
  const writer = await Client.join('writer', version)
  await reader.subscribe('js/qos/+', { qos: 2 })
  for (const level of [0, 1, 2]) await writer.publish(`js/qos/${level}`, `${level}`, { qos: level })
  const packets = await reader.take(3)
  // QoS 0 may overtake the others.
  packets.sort((a, b) => a.qos - b.qos)
  assert.deepStrictEqual(packets.map(p => [p.topic, p.qos, p.retain]),
    [['js/qos/0', 0, false], ['js/qos/1', 1, false], ['js/qos/2', 2, false]])
  await reader.leave()
  await writer.leave()
}

async function retained (version) {
  const writer = await Client.join('writer', version)
  await writer.publish('js/kept', 'kept', { qos: 1, retain: true })
  const reader = await Client.join('reader', version)
  await reader.subscribe('js/kept', { qos: 1 })
  const [packet] = await reader.take(1)
  assert.ok(packet.retain && packet.payload.toString() === 'kept')
  await writer.publish('js/kept', '', { qos: 1, retain: true })
  await reader.leave()
  await writer.leave()
}

async function will (version) {
  const watcher = await Client.join('watcher', version)
  await watcher.subscribe('js/will', { qos: 1 })
  const device = await Client.join('device', version, { will: { topic: 'js/will', payload: 'gone', qos: 1, retain: false } })
  device.mqtt.stream.destroy()
  assert.deepStrictEqual(texts(await watcher.take(1)), ['gone'])
  await watcher.leave()
}

async function session (version) {
  const durable = { clean: false, properties: version === 5 ? { sessionExpiryInterval: 3600 } : undefined }
  let sleeper = await Client.join('sleeper', version, durable)
  await sleeper.subscribe('js/session', { qos: 2 })
  await sleeper.leave()
  const writer = await Client.join('writer', version)
  const expected = Array.from({ length: 100 }, (_, number) => `${number}`)
  for (const text of expected) await writer.publish('js/session', text, { qos: 1 + Number(text) % 2 })
  sleeper = await Client.join('sleeper', version, durable)
  if (version !== 3) assert.ok(sleeper.connack.sessionPresent)
  const packets = await sleeper.take(100)
  // A QoS 2 message shows only after PUBREL, so those of different QoS may overtake each other.
  for (const level of [1, 2]) {
    assert.deepStrictEqual(texts(packets.filter(p => p.qos === level)), expected.filter(t => 1 + Number(t) % 2 === level))
  }
  await sleeper.leave()
  await writer.leave()
}

async function properties () {
  const reader = await Client.join('reader', 5)
  const writer = await Client.join('', 5)
  assert.ok(writer.connack.properties.assignedClientIdentifier)
  await reader.subscribe('js/properties', { qos: 1, properties: { subscriptionIdentifier: 9 } })
  await writer.publish('js/properties', 'x', {
    qos: 1,
    properties: { contentType: 'text/plain', responseTopic: 'a', correlationData: Buffer.from([0, 255]), userProperties: { key: 'value' } }
  })
  const [packet] = await reader.take(1)
  assert.strictEqual(packet.properties.contentType, 'text/plain')
  assert.strictEqual(packet.properties.responseTopic, 'a')
  assert.deepStrictEqual([...packet.properties.correlationData], [0, 255])
  assert.strictEqual(packet.properties.userProperties.key, 'value')
  assert.strictEqual(packet.properties.subscriptionIdentifier, 9)
  await reader.leave()
  await writer.leave()
}

async function main () {
  for (const [label, version] of Object.entries(versions).sort()) {
    for (const scenario of [qos, retained, will, session]) {
      await scenario(version)
      console.log(`ok ${scenario.name} ${label}`)
    }
  }
  await properties()
  console.log('ok properties 5')
  process.exit(0)
}

main().catch(fail)

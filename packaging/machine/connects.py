#!/usr/bin/env python3
"""Connects to an MQTT broker at a steady rate and tells what became of each connect, as JSON.

    connects.py HOST PORT RATE STOP_FILE

Until STOP_FILE is there (then prints and exits), RATE times a second: opens a socket, sends CONNECT, waits for CONNACK,
disconnects. A connect that the system answers with a reset counts as refused, one whose socket ends before CONNACK as
closed, one without an answer within 20 seconds as unanswered.
"""
import asyncio
import collections
import json
import os
import struct
import sys
import time

PATIENCE = 20
# How far behind its schedule this may fall, in connects: more means that it was this that was too slow.
AT_ONCE = 2000


def connect_packet(identifier):
    name = identifier.encode()
    body = b"\x00\x04MQTT\x04\x02" + struct.pack("!H", 60) + struct.pack("!H", len(name)) + name
    return b"\x10" + bytes([len(body)]) + body


async def attempt(host, port, number):
    try:
        reader, writer = await asyncio.open_connection(host, port)
    except OSError as error:
        return "refused: " + os.strerror(error.errno or 0)
    try:
        writer.write(connect_packet(f"connects-{number}"))
        answer = await reader.readexactly(4)
        if answer[:2] != b"\x20\x02":
            return "no CONNACK: " + answer.hex()
        if answer[3] != 0:
            return f"CONNACK {answer[3]}"
        writer.write(b"\xe0\x00")
        return "accepted"
    except (asyncio.IncompleteReadError, ConnectionError):
        return "closed"
    finally:
        writer.close()


async def timed(host, port, number, results):
    begin = time.monotonic()
    try:
        result = await asyncio.wait_for(attempt(host, port, number), PATIENCE)
    except asyncio.TimeoutError:
        result = "unanswered"
    results.append((result, time.monotonic() - begin))


async def main(host, port, rate, stop_file):
    results, waiting = [], set()
    begin, number = time.monotonic(), 0
    while not os.path.exists(stop_file):
        while number < (time.monotonic() - begin) * rate and len(waiting) < AT_ONCE:
            task = asyncio.create_task(timed(host, port, number, results))
            waiting.add(task)
            task.add_done_callback(waiting.discard)
            number += 1
        await asyncio.sleep(0.005)
    seconds = time.monotonic() - begin
    if waiting:
        await asyncio.wait(set(waiting))
    counts = collections.Counter(result for result, _ in results)
    print(json.dumps({
        "connects": number, "rate": round(number / seconds), "results": dict(counts),
        "longest_seconds": round(max(duration for _, duration in results), 3),
    }))
    return 0 if number > 0 and counts["accepted"] == number else 1


sys.exit(asyncio.run(main(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4])))

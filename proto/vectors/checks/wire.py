"""Envelopes: the body of every command from its fields, the box, and both ways through Tox's onion."""

import struct

from nacl import bindings as nacl

from . import wire_bodies, wire_parts
from .common import hash32, load, same, unhex

HEAD, OVERHEAD, REQUEST_MAX, RESPONSE_MAX = 73, 99, 1174, 1222
HELLO, FIND, DELIVER, BETWEEN_NODES = 1, 2, 9, {10, 12, 13}


def ways_of(case):
    """The first bytes that an envelope may have."""
    command, request = case["command"], case["id"] % 2 == 0
    ways = {case["id"]}
    if command in BETWEEN_NODES or (command == DELIVER and not request):
        return ways
    return ways | {0x85 if request and command != DELIVER else 0x86}


def check_envelope(case, back):
    command, first, inner = case["command"], case["first_byte"], case["id"]
    request = inner % 2 == 0
    same("id", inner, (0xA0 if command in (HELLO, FIND) else 0xA2) + (not request))
    same("way", first in ways_of(case), True)
    make = wire_bodies.request if request else wire_bodies.response
    body = make(command, case["fields"])
    same("body", body.hex(), case["body"])
    sender, receiver = unhex(case["sender_secret"]), unhex(case["receiver_secret"])
    nonce, token = unhex(case["nonce"]), unhex(case["token"])
    head = bytes([first]) + nacl.crypto_scalarmult_base(sender) + token + nonce
    same("head", len(head), HEAD)
    plain = struct.pack(">BQB", inner, case["request_id"], command) + body
    their_key = nacl.crypto_scalarmult_base(receiver)
    envelope = head + nacl.crypto_box(plain, nonce, their_key, sender)
    same("length", len(envelope), OVERHEAD + len(body))
    same("limit", len(envelope) <= (REQUEST_MAX if request else RESPONSE_MAX), True)
    same("echo", nonce[:16].hex(), case["echo"])
    if request and inner == 0xA0 and "demanded" not in case["what"]:
        same("first token", token, hash32(b"toxdrop v2 first token", their_key)[:16])
    datagram = {0x85: envelope + back, 0x86: b"\x8c" + back + envelope}.get(first, envelope)
    same("datagram", datagram.hex(), case["datagram"])


def check_envelopes(cases, back):
    ways, requests, responses, refusals = {}, set(), set(), set()
    for case in cases:
        try:
            check_envelope(case, back)
        except Exception as error:
            raise type(error)(f"{case['what']} by {case['first_byte']:#x}: {error}") from error
        (requests if case["id"] % 2 == 0 else responses).add(case["command"])
        refusals.add(case["fields"].get("refusal"))
        ways.setdefault((case["what"], case["body"]), (set(), ways_of(case)))[0].add(case["first_byte"])
    same("commands with a request", requests, set(range(1, 14)))
    same("commands with a response", responses, set(range(1, 14)))
    same("refusals", refusals - {None}, set(range(1, 17)))
    for (what, _), (seen, all_ways) in ways.items():
        same(f"ways of a {what}", seen, all_ways)
    for command in (HELLO, FIND):
        bodies = [(case["id"] % 2, len(case["body"])) for case in cases if case["command"] == command]
        longest = max(size for response, size in bodies if response)
        same("no answer is longer than what was asked", longest <= max(s for r, s in bodies if not r), True)


def check_onion(sizes):
    """Wraps a payload as a client does, unwraps it as three relays do, and measures each link."""
    payload = b"\x85" + bytes(OVERHEAD + sizes["packet"] - 1)
    nonce = bytes(range(24))
    relays = [bytes([n]) * 32 for n in (1, 2, 3)]
    temporary = [bytes([n]) * 32 for n in (4, 5, 6)]
    hop = wire_bodies.ip_port({"address": "192.0.2.1", "port": 33445})
    inner = payload
    for relay, ours in zip(reversed(relays), reversed(temporary)):
        boxed = nacl.crypto_box(hop + inner, nonce, nacl.crypto_scalarmult_base(relay), ours)
        inner = nacl.crypto_scalarmult_base(ours) + boxed
    # Before the last link, id and nonce stand before what is inside.
    links, back = [25 + len(inner)], b""
    for relay in relays:
        plain = nacl.crypto_box_open(inner[32:], nonce, inner[:32], relay)
        inner = plain[19:]
        # The relay's own nonce, and a secret box of where the packet came from and of what stood there before.
        back = nonce + nacl.crypto_secretbox(hop + back, nonce, relay)
        links.append((25 if relay != relays[-1] else 0) + len(inner) + len(back))
    same("payload", inner, payload)
    same("way back", len(back), 177)
    same("Store request", links, [sizes["store_request"] - shorter for shorter in (0, 8, 16, 49)])
    same("Retrieve answer", len(b"\x8c" + back) + OVERHEAD + 1 + sizes["packet"], sizes["retrieve_answer"])
    same("longest request", links[0] - len(payload) + REQUEST_MAX, 1400)
    same("longest response", 1 + len(back) + RESPONSE_MAX, 1400)


def check():
    vectors = load("wire.json")
    first = vectors["first_token"]
    same("first token", hash32(b"toxdrop v2 first token", unhex(first["key"]))[:16].hex(), first["token"])
    check_envelopes(vectors["envelopes"], unhex(vectors["return_path"]))
    check_onion(vectors["onion_sizes"])
    for case in vectors["hellos"]:
        check_envelope(case["envelope"], unhex(vectors["return_path"]))
        wire_parts.check_demand(case, case["envelope"])
    same("a demand by each carrier", [case["envelope"]["first_byte"] for case in vectors["hellos"]], [0xA0, 0x85])
    return len(vectors["envelopes"]) + len(vectors["hellos"]) + 2 + wire_parts.check(vectors)

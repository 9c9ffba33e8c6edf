"""Tox's onion and announcements: every layer closed and opened by hand."""

import ipaddress
import struct

from nacl import bindings as nacl

from .common import load, same, unhex

RETURN = 59


def ip_port(text):
    host, port = text.rsplit(":", 1)
    address = ipaddress.ip_address(host.strip("[]"))
    family = {4: 2, 6: 10}[address.version]
    return bytes([family]) + address.packed.ljust(16, b"\0") + struct.pack(">H", int(port))


def packed_node(node):
    address = ipaddress.ip_address(node["address"])
    kind = {4: 2, 6: 10}[address.version]
    return bytes([kind]) + address.packed + struct.pack(">H", node["port"]) + unhex(node["key"])


def public(secret):
    return nacl.crypto_scalarmult_base(secret)


def check_path(path):
    nonce = unhex(path["nonce"])
    inside = ip_port(path["to"]) + unhex(path["payload"])
    for relay in reversed(path["relays"]):
        own, theirs = unhex(relay["own_secret"]), public(unhex(relay["secret"]))
        for_it = public(own) + nacl.crypto_box(inside, nonce, theirs, own)
        behind = inside
        inside = ip_port(relay["address"]) + for_it
    same("datagram", (b"\x80" + nonce + for_it).hex(), path["datagram"])
    same("TCP body", (nonce + behind).hex(), path["tcp_body"])
    # And as the relays see it, with a way back behind each.
    packet = unhex(path["datagram"])
    for step, relay in enumerate(path["relays"]):
        same("first byte", packet[0], 0x80 + step)
        back = packet[len(packet) - RETURN * step :] if step else b""
        body = packet[25 : len(packet) - RETURN * step]
        plain = nacl.crypto_box_open(body[32:], nonce, body[:32], unhex(relay["secret"]))
        after = path["relays"][step + 1]["address"] if step < 2 else path["to"]
        same("next", plain[:19], ip_port(after))
        head = bytes([0x81 + step]) + nonce if step < 2 else b""
        packet = head + plain[19:] + bytes(RETURN) + back
    same("arrived", packet, unhex(path["payload"]) + bytes(3 * RETURN))


def check_announcement(case):
    old = case["layout"] == "old"
    node, asker, nonce = (unhex(case[name]) for name in ("node_secret", "asker_secret", "nonce"))
    plain = unhex(case["ping_id"] + case["search"] + case["data_key"] + case["sendback"])
    boxed = nacl.crypto_box(plain, nonce, public(node), asker)
    request = bytes([0x83 if old else 0x87]) + nonce + public(asker) + boxed
    same("announce request", request.hex(), case["request"])
    for state, (word, response) in enumerate(zip(case["states"], case["responses"])):
        nodes = packed_node(case["named"])
        plain = bytes([state]) + unhex(word) + (b"" if old else b"\1") + nodes
        boxed = nacl.crypto_box(plain, nonce, public(asker), node)
        expected = bytes([0x84 if old else 0x88]) + unhex(case["sendback"]) + nonce + boxed
        same("announce response", expected.hex(), response)


def check():
    vectors = load("onion.json")
    check_path(vectors)
    for case in vectors["announcements"]:
        check_announcement(case)
    return 2 + 4 * len(vectors["announcements"])

"""Tox's own packets."""

import ipaddress
import struct

from nacl import bindings as nacl

from .basics import load, same, u64, unhex
from .curve import open_box


def packed_node(node):
    address = ipaddress.ip_address(node["address"])
    kind = {4: 2, 6: 10}[address.version]
    return bytes([kind]) + address.packed + struct.pack(">H", node["port"]) + unhex(node["key"])


def check_tox():
    vectors = load("tox.json")
    request, response = vectors["nodes_request"], vectors["nodes_response"]
    nodes = b"".join(map(packed_node, response["nodes"]))
    plains = {
        "ping request": (0, b"\0" + u64(vectors["ping_id"]), 82),
        "ping response": (1, b"\1" + u64(vectors["ping_id"]), 82),
        "nodes request": (2, unhex(request["target"] + request["sendback"]), 113),
        "nodes response": (4, bytes([len(response["nodes"])]) + nodes + unhex(response["sendback"]), 82 + len(nodes)),
    }
    for case in vectors["boxed"]:
        number, plain, length = plains[case["name"]]
        packet, nonce = unhex(case["packet"]), unhex(case["nonce"])
        sender, receiver = unhex(case["sender_key"]), unhex(case["receiver_secret"])
        same("sender key", nacl.crypto_scalarmult_base(unhex(case["sender_secret"])), sender)
        same("length", len(packet), length)
        same("head", packet[:57], bytes([number]) + sender + nonce)
        same(case["name"], open_box(packet[57:], nonce, sender, receiver), plain)
        boxed = nacl.crypto_box(plain, nonce, unhex(case["receiver_key"]), unhex(case["sender_secret"]))
        same("box", packet[57:], boxed)
    info = vectors["bootstrap_info"]
    same("bootstrap info request", unhex(info["request"]), b"\xf0" + bytes(77))
    answer = b"\xf0" + struct.pack(">I", info["version"]) + info["motd"].encode()
    same("bootstrap info", unhex(info["response"]), answer)
    lan = vectors["lan_discovery"]
    same("LAN discovery", unhex(lan["packet"]), b"\x21" + unhex(lan["key"]))
    return len(vectors["boxed"]) + 3

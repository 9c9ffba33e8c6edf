#!/usr/bin/env python3
"""Checks the test vectors beside this file with PyNaCl and hashlib alone: no code of the project is used.

Prints a line for each group; exits with 1 at the first vector that does not hold, and says which.
Needs PyNaCl (Debian: python3-nacl; PyPI: pynacl).
"""

import ipaddress
import struct
import sys

# The checks leave nothing behind in the repository.
sys.dont_write_bytecode = True

try:
    from nacl import bindings as nacl
    from nacl.exceptions import CryptoError
except ImportError:
    sys.exit("PyNaCl is missing: install python3-nacl (Debian) or pynacl (PyPI)")

from checks import addresses, messages, onion, packets, places, profiles, records, seal_keys, wire, work
from checks.common import Mismatch, load, same, u64, unhex


def open_box(boxed, nonce, their_public, our_secret):
    return nacl.crypto_box_open(boxed, nonce, their_public, our_secret)


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


def main():
    groups = {
        "keys and addresses": addresses.check,
        "places and blinded signatures": places.check_places,
        "pair keys": places.check_pairs,
        "periods and weeks": places.check_times,
        "seal keys": seal_keys.check,
        "Tox profiles": profiles.check,
        "proof of work": work.check,
        "standing": work.check_standings,
        "stamped packets": packets.check,
        "days and weeks of packets": packets.check_lives,
        "inbox records": records.check,
        "tombstones": records.check_tombstones,
        "sealed messages": messages.check,
        "deposits and prepaid mail": messages.check_deposits,
        "Tox packets": check_tox,
        "Tox's onion": onion.check,
        "offline messaging on the wire": wire.check,
    }
    for name, check in groups.items():
        try:
            print(f"ok  {name}: {check()} vectors")
        except (Mismatch, CryptoError, KeyError, ValueError, OSError) as error:
            print(f"WRONG  {name}: {error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

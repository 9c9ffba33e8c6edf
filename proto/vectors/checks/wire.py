"""Datagrams of offline messaging, and the texts that are signed in them."""

import struct

from .basics import load, same, signed, unhex
from .bodies import check_bodies
from .curve import open_box, sign, verify


def check_wire():
    vectors = load("wire.json")
    check_bodies(vectors["datagrams"])
    for case in vectors["datagrams"]:
        datagram, nonce, token = unhex(case["datagram"]), unhex(case["nonce"]), unhex(case["token"])
        sender, receiver = unhex(case["sender_key"]), unhex(case["receiver_secret"])
        same("head", datagram[:73], bytes([case["id"]]) + sender + token + nonce)
        plain = struct.pack(">BQB", case["id"], case["request_id"], case["command"]) + unhex(case["body"])
        same(case["what"], open_box(datagram[73:], nonce, sender, receiver), plain)
        same("length", len(datagram) == 99 + len(plain) - 10 and len(datagram) <= 1232, True)
    hellos = [len(case["datagram"]) for case in vectors["datagrams"] if case["command"] == 1]
    same("a Hello is answered with no more than was asked", hellos[1] <= hellos[0], True)
    for case in vectors["signed"]:
        fields = [unhex(case[name]) for name in ("node", "token", "location")]
        if case["command"] == "subscribe":
            fields += [unhex(case["subscriber"]), unhex(case["subscriber_token"]), struct.pack(">I", case["lifetime"])]
        else:
            fields.append(unhex(case["cursor_or_id"]))
        command = {"list": 4, "retrieve": 5, "subscribe": 6}[case["command"]]
        text = signed(case["network_id"], command, *fields)
        same(case["command"], sign(unhex(case["seed"]), text).hex(), case["signature"])
        same("signature holds", verify(unhex(case["key"]), text, unhex(case["signature"])), True)
    return len(vectors["datagrams"]) + len(vectors["signed"])

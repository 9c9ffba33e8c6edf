"""What nodes keep: stamped packets, inbox records, tombstones."""

import struct

from .basics import AREAS, RECORD, VERSION, hash32, load, same, sha512, signed, u64, unhex
from .curve import public_of, sign, verify
from .places import location_of, record_places
from .work import target_of, value_of


def packet_id(packet):
    return hash32(b"toxdrop v1 packet id", packet[16:])


def check_packets():
    vectors = load("packets.json")
    for case in vectors:
        packet = unhex(case["packet"])
        nonce, expires, version, kind, location = struct.unpack(">QQBB32s", packet[:50])
        same("version", version, VERSION)
        same("nonce", nonce, case["nonce"])
        same("expires", expires, case["expires"])
        same("kind", kind, case["kind"])
        same("location", location.hex(), case["location"])
        same("id", packet_id(packet).hex(), case["id"])
        same("initial hash", sha512(packet[8:]).hex(), case["initial_hash"])
        value = value_of(nonce, sha512(packet[8:]))
        target = target_of(case["nonce_trials_per_byte"], case["extra_bytes"], len(packet), expires - case["now"])
        same("value", value, case["value"])
        same("target", target, case["target"])
        same("work", value <= target, True)
        same("rank", target * 1000 // max(value, 1), case["rank_thousandths"])
        if kind == RECORD:
            same("place", location in record_places(packet[50:]), True)
        else:
            same("length", len(packet) in [207 + area for area in AREAS], True)
    return len(vectors)


def check_records():
    vectors = load("records.json")
    for case in vectors:
        seed, key, salt = unhex(case["seed"]), unhex(case["key"]), unhex(case["salt"])
        numbers = ("sequence", "nonce_trials_per_byte", "extra_bytes", "max_ttl", "expires")
        fields = key + salt + b"".join(u64(case[name]) for name in numbers) + unhex(case["seal_key"])
        same("length of the fields", len(fields), 120)
        text = signed(case["network_id"], 1, fields)
        signature = sign(seed, text)
        same("key", public_of(seed), key)
        same("signature", signature.hex(), case["signature"])
        same("signature holds", verify(key, text, signature), True)
        same("record", (fields + signature).hex(), case["record"])
        same("locations", [place.hex() for place in record_places(fields)], case["locations"])
    return len(vectors)


def check_tombstones():
    vectors = load("tombstones.json")
    for case in vectors:
        seed, key, salt = unhex(case["seed"]), unhex(case["key"]), unhex(case["salt"])
        location, which, packet = unhex(case["location"]), unhex(case["id"]), unhex(case["packet"])
        text = signed(case["network_id"], {1: 2, 2: 3}[case["authority"]], location, which)
        signature = sign(seed, text)
        same("signature", signature.hex(), case["signature"])
        same("signature holds", verify(key, text, signature), True)
        whole = bytes([case["authority"]]) + location + which + key + salt + signature
        same("tombstone", whole.hex(), case["tombstone"])
        same("length", len(whole), 177)
        same("id", packet_id(packet), which)
        same("location", packet[18:50], location)
        if case["authority"] == 1:
            same("owner", location_of(key, salt), location)
        else:
            same("ephemeral key", packet[50:82], key)
            same("salt", salt, bytes(16))
    return len(vectors)

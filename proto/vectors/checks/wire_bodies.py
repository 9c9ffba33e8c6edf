"""The bodies of all requests and responses, from their fields, by the tables of PROTOCOL.md."""

import ipaddress
import struct

from .common import Mismatch, same, u64, unhex

FIND_ROOM = 20


def ip_port(fields):
    packed = ipaddress.ip_address(fields["address"]).packed
    return bytes([{4: 2, 16: 10}[len(packed)]]) + packed.ljust(16, b"\0") + struct.pack(">H", fields["port"])


def packed_node(fields):
    packed = ipaddress.ip_address(fields["address"]).packed
    kind = {4: 2, 16: 10}[len(packed)]
    return bytes([kind]) + packed + struct.pack(">H", fields["port"]) + unhex(fields["key"])


def hello(fields):
    return struct.pack(">BII", 2, fields["network_id"], fields["capabilities"])


def named(fields, *names):
    """Hexadecimal fields, joined."""
    return b"".join(unhex(fields[name]) for name in names)


def counted(pieces):
    return bytes([len(pieces)]) + b"".join(pieces)


def request(command, fields):
    if command == 1:
        return hello(fields) + bytes(43)
    if command == 2:
        same("room", 1 <= fields["room"] <= FIND_ROOM, True)
        return unhex(fields["target"]).ljust(2 + 51 * fields["room"], b"\0")
    if command in (3, 9):
        return unhex(fields["packet"])
    if command == 4:
        return named(fields, "location", "id") + u64(fields["expires"]) + u64(fields["nonce"])
    if command == 5:
        return named(fields, "key", "after", "signature")
    if command == 6:
        return named(fields, "key", "id", "signature")
    if command == 7:
        return counted([unhex(tombstone) for tombstone in fields["tombstones"]])
    if command == 8:
        lifetime = struct.pack(">I", fields["lifetime"])
        return named(fields, "key", "subscriber_token") + lifetime + named(fields, "signature")
    if command == 10:
        return counted([named(offer, "location", "id") + u64(offer["expires"]) for offer in fields["offers"]])
    if command == 11:
        return unhex(fields["location"])
    if command == 12:
        return unhex(fields["cookie"])
    if command == 13:
        return ip_port(fields) + named(fields, "key", "cookie")
    raise Mismatch(f"command {command}")


def refusal(fields):
    code = fields["refusal"]
    if code == 1:
        more = u64(fields["target"]) + unhex(fields.get("record", ""))
    elif code == 3:
        more = u64(fields["max"])
    elif code == 4:
        more = u64(fields["standing"])
    elif code == 13:
        more = unhex(fields["record"])
    elif code == 16:
        more = struct.pack(">I", fields["left"])
    else:
        more = b""
    return bytes([code]) + more


def entry(fields):
    return unhex(fields["id"]) + struct.pack(">BHQ", fields["kind"], fields["size"], fields["expires"])


def response(command, fields):
    if command == 1:
        return hello(fields) + unhex(fields["token"]) + u64(fields["clock"]) + ip_port(fields)
    if command == 2:
        return bytes([fields["stores"]]) + counted([packed_node(node) for node in fields["nodes"]])
    if command == 7:
        return counted([bytes([outcome]) for outcome in fields["outcomes"]])
    if command == 10:
        bitmaps = struct.pack(">HH", fields["wanted"], fields["update"])
        return bitmaps + counted([unhex(tombstone) for tombstone in fields["tombstones"]])
    status = bytes([fields["status"]])
    if "refusal" in fields:
        same("status of a refusal", fields["status"], 3 if command in (3, 4) else 1)
        return status + refusal(fields)
    if command in (3, 4):
        return status + unhex(fields.get("tombstone", ""))
    same("status", fields["status"], 0)
    if command == 5:
        return status + bytes([fields["more"]]) + counted([entry(line) for line in fields["entries"]])
    if command in (6, 11):
        return status + unhex(fields["packet"])
    if command == 8:
        return status + struct.pack(">I", fields["granted"])
    if command == 9:
        return status + unhex(fields["tombstone"])
    if command in (12, 13):
        return status
    raise Mismatch(f"command {command}")

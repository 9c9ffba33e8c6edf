"""Bodies of commands, read field by field by PROTOCOL.md's tables."""

import ipaddress

from .basics import AREAS, MESSAGE, RECORD, VERSION, Mismatch, same, signed, unhex
from .curve import usable, verify
from .places import location_of


class Fields:
    """Takes fields off the front of a body, by PROTOCOL.md's tables."""

    def __init__(self, body):
        self.left = body

    def take(self, size):
        if size > len(self.left):
            raise Mismatch(f"{size} bytes wanted, {len(self.left)} left")
        field, self.left = self.left[:size], self.left[size:]
        return field

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def rest(self):
        return self.take(len(self.left))

    def one_of(self, what, *allowed):
        number = self.number(1)
        if number not in allowed:
            raise Mismatch(f"{what} {number}")
        return number


def read_packet(packet):
    kind, length = packet[17], len(packet)
    same("version", packet[16], VERSION)
    same("kind and length", (kind, length) in [(RECORD, 234)] + [(MESSAGE, 207 + area) for area in AREAS], True)
    same("key in the packet", usable(packet[50:82]), True)


def read_tombstone(fields):
    authority, tombstone = fields.left[0], fields.take(177)
    place, key, salt = tombstone[1:65], tombstone[65:97], tombstone[97:113]
    text = signed(0x54445031, {1: 2, 2: 3}[authority], place)
    same("tombstone's signature", verify(key, text, tombstone[113:]), True)
    if authority == 1:
        same("tombstone's owner", location_of(key, salt), place[:32])


def read_tombstones(fields):
    count = fields.one_of("count of tombstones", *range(7))
    for _ in range(count):
        read_tombstone(fields)


def read_refusal(fields):
    code = fields.one_of("refusal", *range(1, 15))
    if code in (1, 3, 4):
        fields.number(8)
    if code == 13 or (code == 1 and fields.left):
        read_packet(fields.rest())
    return code


def read_node(fields):
    kind = fields.one_of("node type", 2, 10)
    fields.take({2: 4, 10: 16}[kind] + 2 + 32)


def read_request(command, fields):
    if command == 1:
        same("version", fields.number(1), 1)
        fields.take(8)
        same("padding", fields.take(35), bytes(35))
    elif command in (2, 11):
        fields.take(32)
    elif command in (3, 9):
        read_packet(fields.rest())
    elif command == 4:
        fields.take(32 + 32 + 8 + 8)
    elif command in (5, 6):
        same("owner's key", usable(fields.take(32)), True)
        fields.take(16 + 32 + 64)
    elif command == 7:
        read_tombstones(fields)
    elif command == 8:
        same("owner's key", usable(fields.take(32)), True)
        fields.take(16 + 16 + 4 + 64)
    elif command == 10:
        fields.take(72 * fields.one_of("count of offers", *range(15)))
    else:
        raise Mismatch(f"command {command}")


def read_response(command, fields):
    if command == 1:
        same("version", fields.number(1), 1)
        fields.take(8 + 16)
        family = fields.one_of("family", 2, 10)
        mapped = ipaddress.IPv6Address(fields.take(16)).ipv4_mapped
        same("mapped address", mapped is not None, family == 2)
        fields.number(2)
    elif command == 2:
        for _ in range(fields.one_of("count of nodes", *range(9))):
            read_node(fields)
    elif command in (3, 4):
        status = fields.one_of("status", 0, 1, 2, 3)
        if status == 2:
            read_tombstone(fields)
        elif status == 3:
            return read_refusal(fields)
    elif command == 7:
        for _ in range(fields.one_of("count of outcomes", *range(7))):
            fields.one_of("outcome", *range(6))
    elif command == 10:
        fields.take(4)
        read_tombstones(fields)
    elif fields.one_of("status", 0, 1):
        return read_refusal(fields)
    elif command == 5:
        fields.one_of("more", 0, 1)
        fields.take(43 * fields.one_of("count of entries", *range(27)))
    elif command in (6, 11):
        read_packet(fields.rest())
    elif command == 8:
        fields.number(4)
    elif command == 9:
        read_tombstone(fields)
    else:
        raise Mismatch(f"command {command}")
    return None


def check_bodies(datagrams):
    requests, responses, refusals = set(), set(), set()
    for case in datagrams:
        fields, command = Fields(unhex(case["body"])), case["command"]
        same("id of a Hello, and of no other", case["id"] < 0xA2, command == 1)
        try:
            if case["id"] % 2 == 0:
                requests.add(command)
                read_request(command, fields)
            else:
                responses.add(command)
                refusals.add(read_response(command, fields))
            same("bytes after the end", fields.left, b"")
        except Mismatch as error:
            raise Mismatch(f"{case['what']}: {error}") from error
    same("commands with a request", requests, set(range(1, 12)))
    same("commands with a response", responses, set(range(1, 12)))
    same("refusals", refusals - {None}, set(range(1, 15)))

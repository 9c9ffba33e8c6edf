"""Stored packets: their form, ids, stamps and signatures; and the days and weeks that they depend on."""

import struct

from .common import Mismatch, hash32, load, same, sha512, unhex
from .curve import location_of, must_verify, usable
from .places import SKEW, WEEK
from .work import standing_of, target_of, value_of

VERSION = 2
MESSAGE, RECORD, PREPAID, DEPOSIT = 1, 2, 3, 4
DAY = 86400
# Content areas, and bytes that are not content area.
AREAS = {MESSAGE: (128, 288, 512, 812), PREPAID: (128, 288, 512, 716)}
OVERHEAD = {MESSAGE: 212, PREPAID: 308}
LENGTHS = {
    MESSAGE: {340, 500, 724, 1024},
    RECORD: {400},
    PREPAID: {436, 596, 820, 1024},
    DEPOSIT: {152},
}
COMMAND = {RECORD: 1, DEPOSIT: 7, PREPAID: 8}


def signed(network, command, *fields):
    return b"".join((b"toxdrop v2 signature", struct.pack(">IB", network, command), *fields))


class Packet:
    """A packet's fields; refuses what is malformed."""

    def __init__(self, data):
        self.data = data
        self.nonce, self.expires, version, self.kind, self.last, self.location = struct.unpack_from(">QQBBH32s", data)
        same("version", version, VERSION)
        if len(data) not in LENGTHS.get(self.kind, ()):
            raise Mismatch(f"kind {self.kind} with {len(data)} bytes")
        self.id = hash32(b"toxdrop v2 packet id", data[16:])
        self.body = data[52:]
        if self.kind == RECORD:
            week, day = divmod(self.last + 1, 7)
            same("record's last day", (day, week >= 4), (0, True))
            self.week = week - 4
            self.version = int.from_bytes(data[84:92], "big")
            self.terms = data[92:96]
            check_terms(self.terms)
        if self.kind == DEPOSIT:
            self.size = int.from_bytes(data[84:88], "big")
            same("deposit's size", 1 <= self.size <= 65536, True)

    @property
    def ephemeral(self):
        return {MESSAGE: self.data[52:84], PREPAID: self.data[84:116]}[self.kind]

    @property
    def outer(self):
        return {MESSAGE: self.data[84:], PREPAID: self.data[116:-64]}[self.kind]

    @property
    def place_key(self):
        return self.data[52:84]

    @property
    def charged(self):
        return len(self.data) + (self.size if self.kind == DEPOSIT else 0)

    def verify(self, network):
        """Keys and signature: what is left to check when times and work are."""
        if self.kind in AREAS:
            same("ephemeral key", usable(self.ephemeral), True)
        if self.kind != MESSAGE:
            same("place key", usable(self.place_key), True)
            same("place key's location", location_of(self.place_key), self.location)
            text = signed(network, COMMAND[self.kind], self.data[16:-64])
            must_verify("packet", self.place_key, text, self.data[-64:])


def check_terms(terms):
    trials, extra, days, held = terms
    same("terms", trials <= 32 and extra <= 20 and days in (1, 2, 4, 7, 14, 28) and held <= 5, True)
    same("no terms are not held", held == 0 or (trials, extra, days) != (0, 0, 28), True)


def check():
    vectors = load("packets.json")
    for case in vectors:
        packet = Packet(unhex(case["packet"]))
        for name in ("nonce", "expires", "kind", "last"):
            same(name, getattr(packet, name), case[name])
        same("location", packet.location.hex(), case["location"])
        same("id", packet.id.hex(), case["id"])
        initial = sha512(packet.data[8:])
        same("initial hash", initial.hex(), case["initial_hash"])
        same("charged", packet.charged, case["charged_len"])
        ttl = packet.expires - case["now"]
        target = target_of(case["nonce_trials_per_byte"], case["extra_bytes"], packet.charged, ttl)
        value = value_of(packet.nonce, initial)
        same("target", target, case["target"])
        same("value", value, case["value"])
        same("work", value <= target, True)
        same("standing", standing_of(value, packet.charged), case["standing"])
        same("time", 0 < ttl <= 28 * DAY + SKEW and packet.expires <= (packet.last + 1) * DAY, True)
        if packet.kind != RECORD:
            same("last day", packet.last <= (case["now"] + SKEW) // DAY + 28, True)
        packet.verify(case["network_id"])
    return len(vectors)


def check_lives():
    vectors = load("lives.json")
    for case in vectors["days"]:
        now = case["now"]
        same("day", now // DAY, case["day"])
        same("last day", now // DAY + 28, case["last_for"])
        same("latest last day", (now + SKEW) // DAY + 28, case["latest_last"])
        same("last day's end", (now // DAY + 29) * DAY, case["last_end"])
    for case in vectors["sealed_in"]:
        same("first week", max(case["last"] - 28, 0) * DAY // WEEK, case["first_week"])
        latest = min(case["now"], (case["last"] + 1) * DAY) + 2 * SKEW
        same("last week", latest // WEEK, case["last_week"])
    for case in vectors["dropped"]:
        longest = case["now"] + 28 * DAY + 2 * SKEW
        same("drop after", min(case["not_after"], longest), case["drop_after"])
    return sum(map(len, vectors.values()))

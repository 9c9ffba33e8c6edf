"""Inbox records: sealed and signed again for several places, opened, their version numbers and terms; tombstones."""

import struct

from nacl import bindings as nacl

from .common import hash32, load, same, sha512, u64, unhex
from .curve import blind, location_of, must_verify, salt_of, sign_blinded
from .messages import ephemeral_seed, inbox_of
from .packets import DAY, RECORD, Packet, signed
from .places import SKEW, WEEK

POINTS = range(16, 20)
NONE = bytes((0, 0, 28, 0))


def version_of(inbox, salt, revision):
    start = int.from_bytes(sha512(b"toxdrop v2 record start", inbox, salt)[:8], "big") >> 4
    steps = b"".join(
        sha512(b"toxdrop v2 record steps", inbox, salt, struct.pack(">I", block))
        for block in range((revision + 15) // 16)
    )
    return start + revision + sum(struct.unpack(f">{len(steps) // 4}I", steps)[:revision])


def contents_of(case):
    contents = struct.pack(">IQ", case["revision"], case["made"]) + unhex(case["front_door"])
    contents += unhex(case["terms"]) + u64(case["week"]) + b"".join(map(unhex, case["seal_keys"]))
    same("length of the contents", len(contents), 200)
    same("week", case["made"] // WEEK, case["week"])
    return contents


def check_place(case, at, inbox, contents):
    place, packet = at["place"], Packet(unhex(at["packet"]))
    salt = salt_of(place["class"], place["period"], unhex(place["secret"]))
    key = blind(inbox.key, salt)
    same("place key", key.hex(), place["key"])
    same("location", location_of(key).hex(), place["location"])
    version = version_of(inbox.key, salt, case["revision"])
    same("version", version, at["version"])
    clear = NONE if place["class"] in POINTS else unhex(case["terms"])
    same("terms in clear", clear.hex(), at["terms_in_clear"])
    sealed_under = hash32(b"toxdrop v2 record key", inbox.key, salt)
    nonce = sha512(b"toxdrop v2 record nonce", sealed_under, u64(version), contents)[:24]
    box = nacl.crypto_secretbox(contents, nonce, sealed_under)
    end = (case["week"] + 4) * WEEK
    head = struct.pack(">BBH", 2, RECORD, end // DAY - 1) + location_of(key)
    unsigned = head + key + u64(version) + clear + nonce + box
    signature = sign_blinded(inbox, salt, signed(case["network_id"], 1, unsigned))
    same("packet, made again", (u64(0) + u64(end) + unsigned + signature).hex(), at["packet"])
    same("week by the last day", packet.week, case["week"])
    packet.verify(case["network_id"])
    same("opened", nacl.crypto_secretbox_open(packet.data[120:336], packet.data[96:120], sealed_under), contents)


def log2_above(figure, floor):
    return 0 if figure <= max(floor, 1) else (figure - 1).bit_length()


def check():
    case = load("records.json")
    inbox, contents = inbox_of(case["inbox"]), contents_of(case)
    same("contents", contents.hex(), case["contents"])
    for at in case["at"]:
        check_place(case, at, inbox, contents)
    for number in case["versions"]:
        salt = salt_of(number["class"], number["period"], bytes(16))
        version = version_of(unhex(number["inbox_key"]), salt, number["revision"])
        same("version", version, number["version"])
    for asked in case["terms_asked"]:
        days = max(days for days in (1, 2, 4, 7, 14, 28) if days <= asked["max_ttl"] // DAY)
        trials, extra = asked["nonce_trials_per_byte"], asked["extra_bytes"]
        terms = bytes((log2_above(trials, 1000), log2_above(extra, 1000), days, 0))
        same("terms", terms.hex(), asked["terms"])
    for bound in case["bound"]:
        held = unhex(bound["terms"])[3]
        same("weeks held", held, min(bound["held"], 5))
        begins = (bound["week"] + 1 - held) * 7
        same("may be older", bound["last"] < begins + 28, bound["may_be_older"])
    return sum(len(case[name]) for name in ("at", "versions", "terms_asked", "bound"))


def check_tombstones():
    vectors = load("tombstones.json")
    for case in vectors:
        packet, which = Packet(unhex(case["packet"])), unhex(case["id"])
        location, key = unhex(case["location"]), unhex(case["key"])
        same("id and location", (packet.id, packet.location), (which, location))
        inbox, place = inbox_of(case["inbox"]), case["place"]
        salt = salt_of(place["class"], place["period"], unhex(place["secret"]))
        text = signed(case["network_id"], {1: 2, 2: 3}[case["authority"]], location, which)
        if case["authority"] == 1:
            same("place key", blind(inbox.key, salt), key)
            same("place key's location", location_of(key), location)
            signature, tail = sign_blinded(inbox, salt, text), b""
        else:
            seed = ephemeral_seed(unhex(case["message_secret"]), inbox.key, location, case["part"])
            public, secret = nacl.crypto_sign_seed_keypair(seed)
            same("ephemeral key", (public, packet.ephemeral), (key, key))
            signature, tail = nacl.crypto_sign(text, secret)[:64], location
        same("signature", signature.hex(), case["signature"])
        must_verify("tombstone", key, text, signature)
        whole = bytes([case["authority"]]) + key + which + tail + signature
        same("tombstone", whole.hex(), case["tombstone"])
        same("length", len(whole), {1: 129, 2: 161}[case["authority"]])
        same("kept until", (packet.last + 1) * DAY + SKEW, case["kept_until"])
    return len(vectors)

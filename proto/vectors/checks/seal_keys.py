"""The ratchet of seal keys."""

from nacl import bindings as nacl

from .common import hash32, load, same, unhex
from .places import SKEW, WEEK


def link_after(link, weeks):
    for _ in range(weeks):
        link = hash32(b"toxdrop v2 seal chain", link)
    return link


def seal_secret(link):
    return hash32(b"toxdrop v2 seal secret", link)


def check():
    vectors = load("seal-keys.json")
    first, link = vectors["first_week"], unhex(vectors["first_link"])
    for case in vectors["weeks"]:
        at = link_after(link, case["week"] - first)
        same("link", at.hex(), case["link"])
        same("seal secret", seal_secret(at).hex(), case["secret"])
        same("seal key", nacl.crypto_scalarmult_base(seal_secret(at)).hex(), case["public"])
    begin = vectors["record_week"]
    keys = [
        nacl.crypto_scalarmult_base(seal_secret(link_after(link, begin - first + i))).hex() for i in range(5)
    ]
    same("record's keys", keys, vectors["record_keys"])
    same("record's end", (begin + 4) * WEEK, vectors["record_end"])
    for case in vectors["senders_use"]:
        in_force = case["time"] < vectors["record_end"] + SKEW
        same("sender's week", max(case["time"] // WEEK, begin) if in_force else None, case["week"])
    return len(vectors["weeks"]) + len(vectors["senders_use"]) + 1

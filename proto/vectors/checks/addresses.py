"""Addresses: bech32m, Tox IDs, Tox public keys; and the keys that are refused."""

import string

from .common import load, same, unhex
from .curve import Inbox, from_tox, is_inbox_key, to_tox

VERSION = 2
CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def polymod(values):
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            check ^= generator if top >> i & 1 else 0
    return check


def expand(hrp):
    return [ord(c) >> 5 for c in hrp] + [0] + [ord(c) & 31 for c in hrp]


def bech32m_of(public):
    data = bytes([VERSION]) + public
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    rest = polymod(expand("toxdrop") + words + [0] * 6) ^ 0x2BC830A3
    words += [rest >> 5 * (5 - i) & 31 for i in range(6)]
    return "toxdrop1" + "".join(CHARSET[word] for word in words)


def read_bech32m(text):
    """The key; None for what is no address."""
    if text.lower() != text and text.upper() != text:
        return None
    hrp, found, data = text.lower().partition("1")
    if hrp != "toxdrop" or not found or any(c not in CHARSET for c in data):
        return None
    words = [CHARSET.index(c) for c in data]
    if polymod(expand(hrp) + words) != 0x2BC830A3:
        return None
    bits = "".join(f"{word:05b}" for word in words[:-6])
    if len(bits) != 265 or int(bits[264:], 2) or int(bits[:8], 2) != VERSION:
        return None
    key = int(bits[8:264], 2).to_bytes(32, "big")
    return key if is_inbox_key(key) else None


def checksum(data):
    total = bytearray(2)
    for i, byte in enumerate(data):
        total[i % 2] ^= byte
    return bytes(total)


def tox_id_of(tox_key, nospam):
    return (tox_key + nospam + checksum(tox_key + nospam)).hex().upper()


def read_address(text):
    """(key, nospam or None); None for what is no address."""
    if not text or any(c not in string.hexdigits for c in text):
        key = read_bech32m(text)
        return key and (key, None)
    if len(text) not in (64, 76):
        return None
    data = unhex(text)
    if len(data) == 38 and checksum(data[:36]) != data[36:]:
        return None
    key = from_tox(data[:32])
    return key and (key, data[32:36] or None)


def check():
    vectors = load("addresses.json")
    for case in vectors["valid"]:
        inbox = Inbox(case["kind"], unhex(case["secret"]))
        nospam = unhex(case["nospam"])
        tox_key = to_tox(inbox.key)
        same("public key", inbox.key.hex(), case["public_key"])
        same("Tox public key", tox_key.hex(), case["tox_public_key"])
        same("inbox key of the Tox key", from_tox(tox_key), inbox.key)
        same("address", bech32m_of(inbox.key), case["address"])
        same("Tox ID", tox_id_of(tox_key, nospam), case["tox_id"])
        for text, read in (
            (case["address"], (inbox.key, None)),
            (case["tox_id"], (inbox.key, nospam)),
            (case["tox_public_key"], (inbox.key, None)),
        ):
            same("address is read", read_address(text), read)
            same("lower case", read_address(text.lower()), read)
            same("upper case", read_address(text.upper()), read)
    for case in vectors["invalid"]:
        same(f"address: {case['why']}", read_address(case["text"]), None)
    for case in vectors["refused_keys"]:
        same(f"key: {case['why']}", is_inbox_key(unhex(case["key"])), False)
    for case in vectors["refused_tox_keys"]:
        same(f"Tox key: {case['why']}", from_tox(unhex(case["key"])), None)
    return sum(map(len, vectors.values()))

"""Addresses (bech32m, BIP-350) and the rules for keys."""

from nacl import bindings as nacl

from .basics import VERSION, load, same, unhex
from .curve import public_of, usable, x25519_public, x25519_secret

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


def address_of(public):
    data = bytes([VERSION]) + public
    bits = "".join(f"{byte:08b}" for byte in data)
    bits += "0" * (-len(bits) % 5)
    words = [int(bits[i : i + 5], 2) for i in range(0, len(bits), 5)]
    rest = polymod(expand("toxdrop") + words + [0] * 6) ^ 0x2BC830A3
    words += [rest >> 5 * (5 - i) & 31 for i in range(6)]
    return "toxdrop1" + "".join(CHARSET[word] for word in words)


def is_address(text):
    if text.lower() != text and text.upper() != text:
        return False
    hrp, found, data = text.lower().partition("1")
    if hrp != "toxdrop" or not found or any(c not in CHARSET for c in data):
        return False
    words = [CHARSET.index(c) for c in data]
    if polymod(expand(hrp) + words) != 0x2BC830A3:
        return False
    bits = "".join(f"{word:05b}" for word in words[:-6])
    return len(bits) == 265 and int(bits[264:], 2) == 0 and int(bits[:8], 2) == VERSION


def check_addresses():
    vectors = load("addresses.json")
    for case in vectors["valid"]:
        seed, public = unhex(case["seed"]), unhex(case["public_key"])
        same("public key", public_of(seed), public)
        same("usable", usable(public), True)
        secret = x25519_secret(seed)
        same("x25519 public", x25519_public(public).hex(), case["x25519_public"])
        same("x25519 public of the secret", nacl.crypto_scalarmult_base(secret).hex(), case["x25519_public"])
        clamped = bytearray(unhex(case["x25519_secret"]))
        clamped[0] &= 248
        clamped[31] = clamped[31] & 127 | 64
        same("x25519 secret", secret, bytes(clamped))
        same("address", address_of(public), case["address"])
        same("address is read", is_address(case["address"]), True)
    for case in vectors["invalid"]:
        same(f"address: {case['why']}", is_address(case["text"]), False)
    for case in vectors["refused_keys"]:
        same(f"key: {case['why']}", usable(unhex(case["key"])), False)
    return sum(map(len, vectors.values()))

"""Tox profiles, as libtoxcore wrote them."""

import hashlib
import struct

from nacl import bindings as nacl
from nacl.exceptions import CryptoError

from .addresses import tox_id_of
from .common import HERE, Mismatch, load, same, unhex
from .curve import Inbox, from_tox


def decrypt(data, passphrase):
    same("head of an encrypted profile", data[:8], b"toxEsave")
    salt, nonce, sealed = data[8:40], data[40:64], data[64:]
    password = hashlib.sha256(passphrase).digest()
    key = hashlib.scrypt(password, salt=salt, n=2**14, r=8, p=2, maxmem=2**26, dklen=32)
    return nacl.crypto_secretbox_open(sealed, nonce, key)


def sections(data):
    same("head of a profile", data[:8], bytes(4) + struct.pack("<I", 0x15ED1B1F))
    at, found = 8, {}
    while True:
        length, kind, mark = struct.unpack_from("<IHH", data, at)
        same("section's mark", mark, 0x01CE)
        same("section's length fits", at + 8 + length <= len(data), True)
        if kind == 255:
            return found
        found[kind] = data[at + 8 : at + 8 + length]
        at += 8 + length


def check():
    vectors = load("profiles.json")
    for case in vectors:
        data = (HERE / case["file"]).read_bytes()
        if case["passphrase"] is not None:
            try:
                decrypt(data, b"wrong")
            except CryptoError:
                pass
            else:
                raise Mismatch("a wrong passphrase opened a profile")
            data = decrypt(data, case["passphrase"].encode())
        found = sections(data)
        nospam, public, secret = found[1][:4], found[1][4:36], found[1][36:68]
        same("public key", public.hex(), case["public_key"])
        same("secret key", secret.hex(), case["secret_key"])
        same("key pair", nacl.crypto_scalarmult_base(secret), public)
        same("Tox ID", tox_id_of(public, nospam), case["tox_id"])
        same("name", found[4].decode() or None, case["name"])
        same("inbox key", Inbox("tox", secret).key, from_tox(public))
    return len(vectors)

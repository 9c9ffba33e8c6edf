"""What all checks use: comparing, loading, hashing."""

import hashlib
import json
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent.parent


class Mismatch(Exception):
    pass


def same(what, ours, theirs):
    if ours != theirs:
        raise Mismatch(f"{what}: computed {ours!r}, the vector says {theirs!r}")


def load(name):
    return json.loads((HERE / name).read_text())


def unhex(text):
    return bytes.fromhex(text)


def sha512(*fields):
    return hashlib.sha512(b"".join(fields)).digest()


def hash32(domain, *fields):
    return sha512(domain, *fields)[:32]


def u64(number):
    return struct.pack(">Q", number)

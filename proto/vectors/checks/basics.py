"""What all checks need: reading vectors, comparing, and the texts that are hashed and signed."""

import hashlib
import json
import pathlib
import struct

VECTORS = pathlib.Path(__file__).resolve().parent.parent
VERSION, MESSAGE, RECORD = 1, 1, 2
AREAS = (96, 256, 512, 897)


class Mismatch(Exception):
    """A vector that does not hold."""


def same(what, ours, theirs):
    if ours != theirs:
        raise Mismatch(f"{what}: computed {ours!r}, the vector says {theirs!r}")


def load(name):
    return json.loads((VECTORS / name).read_text())


def unhex(text):
    return bytes.fromhex(text)


def sha512(*fields):
    return hashlib.sha512(b"".join(fields)).digest()


def hash32(domain, *fields):
    return sha512(domain, *fields)[:32]


def u64(number):
    return struct.pack(">Q", number)


def signed(network, command, *fields):
    return b"".join((b"toxdrop v1 signature", struct.pack(">IB", network, command), *fields))

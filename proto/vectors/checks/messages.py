"""Sealed messages: their ephemeral keys, and all that opens."""

import hmac
import struct

from nacl.exceptions import CryptoError

from .basics import AREAS, Mismatch, load, same, sha512, unhex
from .curve import open_box, public_of, x25519_public, x25519_secret
from .places import location_of


def ephemeral_seed(sender_seed, receiver, location, message_id, part):
    for counter in range(128):
        text = receiver + location + message_id + bytes([part]) + struct.pack(">I", counter)
        seed = hmac.digest(sender_seed, b"toxdrop v1 ephemeral seed" + text, "sha512")[:32]
        if not public_of(seed)[31] & 0x80:
            return seed
    raise Mismatch("no ephemeral seed with a clear sign bit")


def open_message(packet, receiver_seed):
    location, ephemeral, outer = packet[18:50], packet[50:82], packet[82:]
    receiver, secret = public_of(receiver_seed), x25519_secret(receiver_seed)
    nonce = sha512(b"toxdrop v1 outer nonce", packet[16:18], location, ephemeral, receiver)[:24]
    plain = open_box(outer, nonce, x25519_public(ephemeral), secret)
    sender, inner_nonce, inner = plain[:32], plain[32:56], plain[56:]
    return sender, open_box(inner, inner_nonce, x25519_public(sender), secret)


def check_messages():
    vectors = load("messages.json")
    for case in vectors:
        sender_seed, receiver_seed = unhex(case["sender_seed"]), unhex(case["receiver_seed"])
        receiver, location = unhex(case["receiver_key"]), unhex(case["location"])
        same("sender key", public_of(sender_seed).hex(), case["sender_key"])
        same("receiver key", public_of(receiver_seed), receiver)
        same("location", location_of(receiver, bytes(16)), location)
        joined = b""
        for part in case["parts"]:
            packet = unhex(part["packet"])
            seed = ephemeral_seed(sender_seed, receiver, location, unhex(case["message_id"]), part["part"])
            same("ephemeral seed", seed.hex(), part["ephemeral_seed"])
            same("ephemeral key", public_of(seed).hex(), part["ephemeral_key"])
            same("ephemeral key in the packet", packet[50:82].hex(), part["ephemeral_key"])
            sender, plain = open_message(packet, receiver_seed)
            same("sender", sender.hex(), case["sender_key"])
            fields = struct.unpack(">16sBBQQBH", plain[:37])
            message_id, index, count, sent, not_after, kind, length = fields
            same("message id", message_id.hex(), case["message_id"])
            same("part", (index, count), (part["part"], part["parts"]))
            same("parts", count, len(case["parts"]))
            same("times", (sent, not_after), (case["sent"], case["not_after"]))
            same("content type", kind, case["content_type"])
            content, padding = plain[37 : 37 + length], plain[37 + length :]
            same("content", content.hex(), part["content"])
            same("padding", padding, bytes(len(padding)))
            same("area", len(plain) - 37, min(area for area in AREAS if area >= length))
            joined += content
            for at in (16, 17, 18, 49, 50, 81, 82, len(packet) - 1):
                damaged = bytearray(packet)
                damaged[at] ^= 1
                try:
                    open_message(bytes(damaged), receiver_seed)
                except (CryptoError, RuntimeError, ValueError):
                    continue
                raise Mismatch(f"opened although byte {at} was changed")
        same("content", joined.hex(), case["content"])
        if case["content_type"] == 2:
            name = joined[1 : 1 + joined[0]].decode()
            same("file name has no path", "/" in name, False)
    return len(vectors)

"""Sealed messages: sealed again from their secret, opened, and not opened once changed; deposits and prepaid parts."""

import struct

from nacl import bindings as nacl
from nacl.exceptions import CryptoError

from .common import Mismatch, hash32, load, same, sha512, u64, unhex
from .curve import Inbox, blind, location_of, must_verify, salt_of, to_tox
from .packets import AREAS, DAY, DEPOSIT, MESSAGE, PREPAID, Packet, signed
from .work import standing_of, value_of


def inbox_of(case):
    inbox = Inbox(case["kind"], unhex(case["secret"]))
    same("inbox key", inbox.key.hex(), case["key"])
    return inbox


def pair_of(writer, reader, period):
    """The pair key's public half and libsodium's secret."""
    shared = nacl.crypto_scalarmult(writer.clamped, to_tox(reader.key))
    seed = hash32(b"toxdrop v2 pair key", shared, writer.key, reader.key, u64(period))
    return nacl.crypto_sign_seed_keypair(seed)


def ephemeral_seed(secret, receiver, location, part):
    return hash32(b"toxdrop v2 ephemeral seed", secret, receiver, location, struct.pack(">H", part))


def outer_nonce(kind, last, location, ephemeral, sealed_for):
    head = struct.pack(">BBH", 2, kind, last)
    return sha512(b"toxdrop v2 outer nonce", head, location, ephemeral, sealed_for)[:24]


def inner_key(own_clamped, other, sender, receiver):
    shared = nacl.crypto_scalarmult(own_clamped, to_tox(other))
    return hash32(b"toxdrop v2 inner key", shared, sender, receiver)


def open_message(packet, receiver, secret):
    """Sender and inner plaintext; `secret` is the X25519 secret that it was sealed for."""
    sealed_for = nacl.crypto_scalarmult_base(secret)
    nonce = outer_nonce(packet.kind, packet.last, packet.location, packet.ephemeral, sealed_for)
    ephemeral = nacl.crypto_sign_ed25519_pk_to_curve25519(packet.ephemeral)
    plain = nacl.crypto_box_open(packet.outer, nonce, ephemeral, secret)
    sender, inner_nonce, inner = plain[:32], plain[32:56], plain[56:]
    key = inner_key(receiver.clamped, sender, sender, receiver.key)
    return sender, inner_nonce, nacl.crypto_secretbox_open(inner, inner_nonce, key)


def payload_of(case, content):
    name, contacts, nospam = case["name"], case["contacts"], case["nospam"]
    flags, payload = 0, b""
    if name is not None:
        flags, payload = flags | 1, bytes([len(name.encode())]) + name.encode()
    if contacts is not None:
        flags, payload = flags | 2, payload + unhex(contacts)
    if nospam is not None:
        flags, payload = flags | 4, payload + unhex(nospam)
    return flags, payload + content


def plains_of(case, kind):
    """The inner plaintext of each part."""
    flags, payload = payload_of(case, unhex(case["content"]))
    size = AREAS[kind][-1]
    pieces = [payload[at : at + size] for at in range(0, len(payload), size)] or [b""]
    for part, piece in enumerate(pieces):
        area = min(area for area in AREAS[kind] if area >= len(piece))
        head = unhex(case["message_id"]) + struct.pack(">HH", part, len(pieces))
        head += u64(case["sent"]) + u64(case["not_after"])
        head += struct.pack(">BBH", case["content_type"], 0 if part else flags, len(piece))
        same("inner header", len(head), 40)
        yield head + piece.ljust(area, b"\0")


def seal_part(case, kind, part, plain, sender, receiver, sealed_for, location):
    """Everything of the packet after the stamp, without a prepaid part's key and signature."""
    secret = unhex(case["message_secret"])
    inner_nonce = sha512(b"toxdrop v2 inner nonce", secret, plain)[:24]
    key = inner_key(sender.clamped, receiver.key, sender.key, receiver.key)
    outer_plain = sender.key + inner_nonce + nacl.crypto_secretbox(plain, inner_nonce, key)
    seed = ephemeral_seed(secret, receiver.key, location, part)
    ephemeral, ephemeral_secret = nacl.crypto_sign_seed_keypair(seed)
    nonce = outer_nonce(kind, case["last"], location, ephemeral, sealed_for)
    own = nacl.crypto_sign_ed25519_sk_to_curve25519(ephemeral_secret)
    return ephemeral, nacl.crypto_box(outer_plain, nonce, sealed_for, own)


def stays_shut(packet, receiver, secret):
    """Whatever holders see can't be changed without notice, a prepaid part's key and signature aside."""
    skip = range(52, 84) if packet.kind == PREPAID else ()
    end = len(packet.data) - (64 if packet.kind == PREPAID else 0)
    for at in {16, 17, 18, 19, 20, 51, 83, 84, 115, 116, end - 1} - set(skip):
        damaged = bytearray(packet.data)
        damaged[at] ^= 1
        try:
            open_message(Packet(bytes(damaged)), receiver, secret)
        except (CryptoError, RuntimeError, ValueError, Mismatch):
            continue
        raise Mismatch(f"opened although byte {at} was changed")


def check_message(case):
    sender, receiver = inbox_of(case["sender"]), inbox_of(case["receiver"])
    kind = PREPAID if case["pair"] else MESSAGE
    secret = unhex(case["message_secret"])
    same("message id", hash32(b"toxdrop v2 message id", secret)[:16].hex(), case["message_id"])
    if case["pair"]:
        pair, pair_secret = pair_of(sender, receiver, case["pair"]["period"])
        same("pair key", pair.hex(), case["pair"]["key"])
        location = location_of(pair)
    else:
        place = case["place"]
        location = location_of(blind(receiver.key, salt_of(place["class"], place["period"], unhex(place["secret"]))))
    same("location", location.hex(), case["location"])
    opens = unhex(case["seal_secret"]) if case["seal_secret"] else receiver.clamped
    sealed_for = nacl.crypto_scalarmult_base(opens)
    plains = list(plains_of(case, kind))
    same("parts", len(plains), len(case["parts"]))
    joined = b""
    for index, (part, plain) in enumerate(zip(case["parts"], plains, strict=True)):
        packet = Packet(unhex(part["packet"]))
        same("kind and last day", (packet.kind, packet.last), (kind, case["last"]))
        same("part", (part["part"], part["parts"]), (index, len(plains)))
        seed = ephemeral_seed(secret, receiver.key, location, index)
        same("ephemeral seed", seed.hex(), part["ephemeral_seed"])
        ephemeral, outer = seal_part(case, kind, index, plain, sender, receiver, sealed_for, location)
        same("ephemeral key", ephemeral.hex(), part["ephemeral_key"])
        body = ephemeral + outer
        if case["pair"]:
            text = signed(case["network_id"], 8, packet.data[16:52] + pair + body)
            body = pair + body + nacl.crypto_sign(text, pair_secret)[:64]
        same("body, sealed again", body.hex(), packet.body.hex())
        packet.verify(case["network_id"])
        found, _, opened = open_message(packet, receiver, opens)
        same("sender", found, sender.key)
        same("inner plaintext", opened.hex(), plain.hex())
        length = int.from_bytes(plain[38:40], "big")
        intro = len(payload_of(case, b"")[1]) if index == 0 else 0
        same("content of the part", plain[40 + intro : 40 + length].hex(), part["content"])
        joined += unhex(part["content"])
        stays_shut(packet, receiver, opens)
        if case["seal_secret"]:
            try:
                open_message(packet, receiver, receiver.clamped)
            except CryptoError:
                continue
            raise Mismatch("what was sealed for a week's key opens with the inbox's own")
    same("content", joined.hex(), case["content"])
    if case["content_type"] == 2:
        same("file name has no path", "/" in joined[1 : 1 + joined[0]].decode(), False)


def check():
    vectors = load("messages.json")
    for case in vectors:
        check_message(case)
    return len(vectors)


def check_deposits():
    case = load("deposits.json")
    pair, secret = pair_of(inbox_of(case["writer"]), inbox_of(case["reader"]), case["period"])
    same("pair key", pair.hex(), case["pair_key"])
    deposit = Packet(unhex(case["deposit"]))
    same("kind and size", (deposit.kind, deposit.size), (DEPOSIT, case["size"]))
    text = signed(case["network_id"], 7, deposit.data[16:-64])
    same("signature", nacl.crypto_sign(text, secret)[:64], deposit.data[-64:])
    must_verify("deposit", pair, text, deposit.data[-64:])
    deposit.verify(case["network_id"])
    value = value_of(deposit.nonce, sha512(deposit.data[8:]))
    same("standing", standing_of(value, len(deposit.data) + deposit.size), case["standing"])
    used = 0
    for paid in case["paid"]:
        packet = Packet(unhex(paid["packet"]))
        packet.verify(case["network_id"])
        same("place", (packet.kind, packet.place_key), (PREPAID, pair))
        same("used before", used, paid["used_before"])
        lives = packet.expires <= min(deposit.expires, (deposit.last + 1) * DAY)
        pays = lives and used + len(packet.data) <= deposit.size
        same("used after", used + len(packet.data) if pays else None, paid["used_after"])
        used += len(packet.data) if pays else 0
    return len(case["paid"]) + 1

#!/usr/bin/env python3
"""Checks the test vectors beside this file with PyNaCl and hashlib alone: no code of the project is used.

Prints a line for each group; exits with 1 at the first vector that does not hold, and says which.
Needs PyNaCl (Debian: python3-nacl; PyPI: pynacl).
"""

import hashlib
import hmac
import ipaddress
import json
import pathlib
import struct
import sys

try:
    from nacl import bindings as nacl
    from nacl.exceptions import CryptoError
except ImportError:
    sys.exit("PyNaCl is missing: install python3-nacl (Debian) or pynacl (PyPI)")

HERE = pathlib.Path(__file__).resolve().parent
VERSION, MESSAGE, RECORD = 1, 1, 2
AREAS = (96, 256, 512, 897)


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


# Ed25519 and X25519 ------------------------------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def public_of(seed):
    public, _ = nacl.crypto_sign_seed_keypair(seed)
    return public


def sign(seed, text):
    _, secret = nacl.crypto_sign_seed_keypair(seed)
    return nacl.crypto_sign(text, secret)[:64]


def verify(public, text, signature):
    try:
        nacl.crypto_sign_open(signature + text, public)
    except CryptoError:
        return False
    return int.from_bytes(signature[32:], "little") < L


def x25519_secret(seed):
    _, secret = nacl.crypto_sign_seed_keypair(seed)
    return nacl.crypto_sign_ed25519_sk_to_curve25519(secret)


def x25519_public(public):
    return nacl.crypto_sign_ed25519_pk_to_curve25519(public)


def point(encoded):
    """Decodes strictly; None for what is not a canonical point (RFC 8032, 5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign_bit, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P or (x == 0 and sign_bit):
        return None
    return (P - x if x & 1 != sign_bit else x), y


def add(a, b):
    (x1, y1), (x2, y2) = a, b
    k = D * x1 * x2 * y1 * y2 % P
    x = (x1 * y2 + x2 * y1) * pow(1 + k, P - 2, P) % P
    y = (y1 * y2 + x1 * x2) * pow(1 - k, P - 2, P) % P
    return x, y


def usable(public):
    """The rule for inbox keys and ephemeral keys: canonical, sign bit clear, not of small order."""
    if public[31] & 0x80:
        return False
    at = point(public)
    if at is None:
        return False
    for _ in range(3):
        at = add(at, at)
    return at != (0, 1)


def open_box(boxed, nonce, their_public, our_secret):
    return nacl.crypto_box_open(boxed, nonce, their_public, our_secret)


# bech32m (BIP-350) -------------------------------------------------------------------------------

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


# Groups ------------------------------------------------------------------------------------------


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


def location_of(public, salt):
    return hash32(b"toxdrop v1 location", public, salt)


def record_points_of(public):
    return [hash32(b"toxdrop v1 record point", public, bytes([i])) for i in range(4)]


def check_locations():
    vectors = load("locations.json")
    for case in vectors:
        public = unhex(case["public_key"])
        same("location", location_of(public, unhex(case["salt"])).hex(), case["location"])
        same("record points", [p.hex() for p in record_points_of(public)], case["record_points"])
    return len(vectors)


def target_of(ntpb, extra, length, ttl):
    ttl = max(ttl, 300)
    trials = ntpb * (length + extra + ttl * (length + extra) // 2**16)
    return min(2**64 // trials, 2**64 - 1) if trials else 2**64 - 1


def value_of(nonce, initial_hash):
    return int.from_bytes(sha512(sha512(u64(nonce), initial_hash))[:8], "big")


def check_pow():
    vectors = load("pow.json")
    for case in vectors["targets"]:
        ours = target_of(case["nonce_trials_per_byte"], case["extra_bytes"], case["len"], case["ttl"])
        same("target", ours, case["target"])
    for case in vectors["values"]:
        same("value", value_of(case["nonce"], unhex(case["initial_hash"])), case["value"])
    for case in vectors["objects"]:
        thing = unhex(case["object"])
        ours = value_of(int.from_bytes(thing[:8], "big"), sha512(thing[8:]))
        same("object", ours, case["value"])
    return sum(map(len, vectors.values()))


def packet_id(packet):
    return hash32(b"toxdrop v1 packet id", packet[16:])


def check_packets():
    vectors = load("packets.json")
    for case in vectors:
        packet = unhex(case["packet"])
        nonce, expires, version, kind, location = struct.unpack(">QQBB32s", packet[:50])
        same("version", version, VERSION)
        same("nonce", nonce, case["nonce"])
        same("expires", expires, case["expires"])
        same("kind", kind, case["kind"])
        same("location", location.hex(), case["location"])
        same("id", packet_id(packet).hex(), case["id"])
        same("initial hash", sha512(packet[8:]).hex(), case["initial_hash"])
        value = value_of(nonce, sha512(packet[8:]))
        target = target_of(case["nonce_trials_per_byte"], case["extra_bytes"], len(packet), expires - case["now"])
        same("value", value, case["value"])
        same("target", target, case["target"])
        same("work", value <= target, True)
        same("rank", target * 1000 // max(value, 1), case["rank_thousandths"])
        if kind == RECORD:
            same("place", location in record_places(packet[50:]), True)
        else:
            same("length", len(packet) in [207 + area for area in AREAS], True)
    return len(vectors)


def signed(network, command, *fields):
    return b"".join((b"toxdrop v1 signature", struct.pack(">IB", network, command), *fields))


def record_places(body):
    key, salt = body[:32], body[32:48]
    return [*record_points_of(key), location_of(key, salt)]


def check_records():
    vectors = load("records.json")
    for case in vectors:
        seed, key, salt = unhex(case["seed"]), unhex(case["key"]), unhex(case["salt"])
        numbers = ("sequence", "nonce_trials_per_byte", "extra_bytes", "max_ttl", "expires")
        fields = key + salt + b"".join(u64(case[name]) for name in numbers) + unhex(case["seal_key"])
        same("length of the fields", len(fields), 120)
        text = signed(case["network_id"], 1, fields)
        signature = sign(seed, text)
        same("key", public_of(seed), key)
        same("signature", signature.hex(), case["signature"])
        same("signature holds", verify(key, text, signature), True)
        same("record", (fields + signature).hex(), case["record"])
        same("locations", [place.hex() for place in record_places(fields)], case["locations"])
    return len(vectors)


def check_tombstones():
    vectors = load("tombstones.json")
    for case in vectors:
        seed, key, salt = unhex(case["seed"]), unhex(case["key"]), unhex(case["salt"])
        location, which, packet = unhex(case["location"]), unhex(case["id"]), unhex(case["packet"])
        text = signed(case["network_id"], {1: 2, 2: 3}[case["authority"]], location, which)
        signature = sign(seed, text)
        same("signature", signature.hex(), case["signature"])
        same("signature holds", verify(key, text, signature), True)
        whole = bytes([case["authority"]]) + location + which + key + salt + signature
        same("tombstone", whole.hex(), case["tombstone"])
        same("length", len(whole), 177)
        same("id", packet_id(packet), which)
        same("location", packet[18:50], location)
        if case["authority"] == 1:
            same("owner", location_of(key, salt), location)
        else:
            same("ephemeral key", packet[50:82], key)
            same("salt", salt, bytes(16))
    return len(vectors)


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


def packed_node(node):
    address = ipaddress.ip_address(node["address"])
    kind = {4: 2, 6: 10}[address.version]
    return bytes([kind]) + address.packed + struct.pack(">H", node["port"]) + unhex(node["key"])


def check_tox():
    vectors = load("tox.json")
    request, response = vectors["nodes_request"], vectors["nodes_response"]
    nodes = b"".join(map(packed_node, response["nodes"]))
    plains = {
        "ping request": (0, b"\0" + u64(vectors["ping_id"]), 82),
        "ping response": (1, b"\1" + u64(vectors["ping_id"]), 82),
        "nodes request": (2, unhex(request["target"] + request["sendback"]), 113),
        "nodes response": (4, bytes([len(response["nodes"])]) + nodes + unhex(response["sendback"]), 82 + len(nodes)),
    }
    for case in vectors["boxed"]:
        number, plain, length = plains[case["name"]]
        packet, nonce = unhex(case["packet"]), unhex(case["nonce"])
        sender, receiver = unhex(case["sender_key"]), unhex(case["receiver_secret"])
        same("sender key", nacl.crypto_scalarmult_base(unhex(case["sender_secret"])), sender)
        same("length", len(packet), length)
        same("head", packet[:57], bytes([number]) + sender + nonce)
        same(case["name"], open_box(packet[57:], nonce, sender, receiver), plain)
        boxed = nacl.crypto_box(plain, nonce, unhex(case["receiver_key"]), unhex(case["sender_secret"]))
        same("box", packet[57:], boxed)
    info = vectors["bootstrap_info"]
    same("bootstrap info request", unhex(info["request"]), b"\xf0" + bytes(77))
    answer = b"\xf0" + struct.pack(">I", info["version"]) + info["motd"].encode()
    same("bootstrap info", unhex(info["response"]), answer)
    lan = vectors["lan_discovery"]
    same("LAN discovery", unhex(lan["packet"]), b"\x21" + unhex(lan["key"]))
    return len(vectors["boxed"]) + 3


class Fields:
    """Takes fields off the front of a body, by PROTOCOL.md's tables."""

    def __init__(self, body):
        self.left = body

    def take(self, size):
        if size > len(self.left):
            raise Mismatch(f"{size} bytes wanted, {len(self.left)} left")
        field, self.left = self.left[:size], self.left[size:]
        return field

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def rest(self):
        return self.take(len(self.left))

    def one_of(self, what, *allowed):
        number = self.number(1)
        if number not in allowed:
            raise Mismatch(f"{what} {number}")
        return number


def read_packet(packet):
    kind, length = packet[17], len(packet)
    same("version", packet[16], VERSION)
    same("kind and length", (kind, length) in [(RECORD, 234)] + [(MESSAGE, 207 + area) for area in AREAS], True)
    same("key in the packet", usable(packet[50:82]), True)


def read_tombstone(fields):
    authority, tombstone = fields.left[0], fields.take(177)
    place, key, salt = tombstone[1:65], tombstone[65:97], tombstone[97:113]
    text = signed(0x54445031, {1: 2, 2: 3}[authority], place)
    same("tombstone's signature", verify(key, text, tombstone[113:]), True)
    if authority == 1:
        same("tombstone's owner", location_of(key, salt), place[:32])


def read_tombstones(fields):
    count = fields.one_of("count of tombstones", *range(7))
    for _ in range(count):
        read_tombstone(fields)


def read_refusal(fields):
    code = fields.one_of("refusal", *range(1, 15))
    if code in (1, 3, 4):
        fields.number(8)
    if code == 13 or (code == 1 and fields.left):
        read_packet(fields.rest())
    return code


def read_node(fields):
    kind = fields.one_of("node type", 2, 10)
    fields.take({2: 4, 10: 16}[kind] + 2 + 32)


def read_request(command, fields):
    if command == 1:
        same("version", fields.number(1), 1)
        fields.take(8)
        same("padding", fields.take(35), bytes(35))
    elif command in (2, 11):
        fields.take(32)
    elif command in (3, 9):
        read_packet(fields.rest())
    elif command == 4:
        fields.take(32 + 32 + 8 + 8)
    elif command in (5, 6):
        same("owner's key", usable(fields.take(32)), True)
        fields.take(16 + 32 + 64)
    elif command == 7:
        read_tombstones(fields)
    elif command == 8:
        same("owner's key", usable(fields.take(32)), True)
        fields.take(16 + 16 + 4 + 64)
    elif command == 10:
        fields.take(72 * fields.one_of("count of offers", *range(15)))
    else:
        raise Mismatch(f"command {command}")


def read_response(command, fields):
    if command == 1:
        same("version", fields.number(1), 1)
        fields.take(8 + 16)
        family = fields.one_of("family", 2, 10)
        mapped = ipaddress.IPv6Address(fields.take(16)).ipv4_mapped
        same("mapped address", mapped is not None, family == 2)
        fields.number(2)
    elif command == 2:
        for _ in range(fields.one_of("count of nodes", *range(9))):
            read_node(fields)
    elif command in (3, 4):
        status = fields.one_of("status", 0, 1, 2, 3)
        if status == 2:
            read_tombstone(fields)
        elif status == 3:
            return read_refusal(fields)
    elif command == 7:
        for _ in range(fields.one_of("count of outcomes", *range(7))):
            fields.one_of("outcome", *range(6))
    elif command == 10:
        fields.take(4)
        read_tombstones(fields)
    elif fields.one_of("status", 0, 1):
        return read_refusal(fields)
    elif command == 5:
        fields.one_of("more", 0, 1)
        fields.take(43 * fields.one_of("count of entries", *range(27)))
    elif command in (6, 11):
        read_packet(fields.rest())
    elif command == 8:
        fields.number(4)
    elif command == 9:
        read_tombstone(fields)
    else:
        raise Mismatch(f"command {command}")
    return None


def check_bodies(datagrams):
    requests, responses, refusals = set(), set(), set()
    for case in datagrams:
        fields, command = Fields(unhex(case["body"])), case["command"]
        same("id of a Hello, and of no other", case["id"] < 0xA2, command == 1)
        try:
            if case["id"] % 2 == 0:
                requests.add(command)
                read_request(command, fields)
            else:
                responses.add(command)
                refusals.add(read_response(command, fields))
            same("bytes after the end", fields.left, b"")
        except Mismatch as error:
            raise Mismatch(f"{case['what']}: {error}") from error
    same("commands with a request", requests, set(range(1, 12)))
    same("commands with a response", responses, set(range(1, 12)))
    same("refusals", refusals - {None}, set(range(1, 15)))


def check_wire():
    vectors = load("wire.json")
    check_bodies(vectors["datagrams"])
    for case in vectors["datagrams"]:
        datagram, nonce, token = unhex(case["datagram"]), unhex(case["nonce"]), unhex(case["token"])
        sender, receiver = unhex(case["sender_key"]), unhex(case["receiver_secret"])
        same("head", datagram[:73], bytes([case["id"]]) + sender + token + nonce)
        plain = struct.pack(">BQB", case["id"], case["request_id"], case["command"]) + unhex(case["body"])
        same(case["what"], open_box(datagram[73:], nonce, sender, receiver), plain)
        same("length", len(datagram) == 99 + len(plain) - 10 and len(datagram) <= 1232, True)
    hellos = [len(case["datagram"]) for case in vectors["datagrams"] if case["command"] == 1]
    same("a Hello is answered with no more than was asked", hellos[1] <= hellos[0], True)
    for case in vectors["signed"]:
        fields = [unhex(case[name]) for name in ("node", "token", "location")]
        if case["command"] == "subscribe":
            fields += [unhex(case["subscriber"]), unhex(case["subscriber_token"]), struct.pack(">I", case["lifetime"])]
        else:
            fields.append(unhex(case["cursor_or_id"]))
        command = {"list": 4, "retrieve": 5, "subscribe": 6}[case["command"]]
        text = signed(case["network_id"], command, *fields)
        same(case["command"], sign(unhex(case["seed"]), text).hex(), case["signature"])
        same("signature holds", verify(unhex(case["key"]), text, unhex(case["signature"])), True)
    return len(vectors["datagrams"]) + len(vectors["signed"])


def main():
    groups = {
        "addresses and keys": check_addresses,
        "locations and record points": check_locations,
        "proof of work": check_pow,
        "stamped packets": check_packets,
        "inbox records": check_records,
        "tombstones": check_tombstones,
        "sealed messages": check_messages,
        "Tox packets": check_tox,
        "offline-messaging datagrams": check_wire,
    }
    for name, check in groups.items():
        try:
            print(f"ok  {name}: {check()} vectors")
        except (Mismatch, CryptoError, KeyError, ValueError, OSError) as error:
            print(f"WRONG  {name}: {error}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

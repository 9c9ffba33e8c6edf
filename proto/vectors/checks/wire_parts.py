"""Tokens, cookies, puzzles, challenges, dial-back's datagram, and what owners sign."""

import ipaddress
import struct

from nacl import bindings as nacl

from .common import hash32, same, sha512, u64, unhex
from .curve import Inbox, blind, location_of, must_verify, salt_of, sign_blinded

EPOCH = 60


def mac(case, purpose, epoch):
    address = ipaddress.ip_address(case["address"])
    if address.version == 4:
        address = ipaddress.ip_address(f"::ffff:{address}")
    text = bytes([purpose]) + u64(epoch) + unhex(case["own"]) + address.packed
    text += struct.pack(">H", case["port"]) + unhex(case["sender"])
    return nacl.crypto_shorthash_siphashx24(text, unhex(case["secret"])).hex()


def check_minted(cases):
    for case in cases:
        epoch = case["now"] // EPOCH
        same("token", mac(case, 1, epoch), case["token"])
        same("delivery token", mac(case, 2, 0), case["delivery_token"])
        same("cookie", mac(case, 3, epoch), case["cookie"])
        same("puzzle's seed", mac(case, 4, epoch), case["puzzle_seed"])
    return len(cases)


def check_puzzles(cases, seed):
    for case in cases:
        node, asker = unhex(case["node"]), unhex(case["asker"])

        def value(solution):
            hashed = sha512(b"toxdrop v2 puzzle", unhex(case["seed"]), node, asker, u64(solution))
            return int.from_bytes(hashed[:8], "big")

        same("seed", case["seed"], seed)
        least = next(n for n in range(1 << 24) if value(n) >> (64 - case["bits"]) == 0)
        same("least solution", least, case["least_solution"])
        same("value", value(least), case["value"])
        field = hash32(b"toxdrop v2 first token", node)[:8] + u64(least)
        same("token field", field.hex(), case["token_field"])
    return len(cases)


def check_challenges(cases):
    for case in cases:
        first, last = {"cookie": (0xA4, b""), "puzzle": (0x86, bytes([case["bits"]]))}[case["what"]]
        whole = bytes([first]) + unhex(case["node"] + case["nonce"] + case["value"]) + last
        same(case["what"], whole.hex(), case["bytes"])
        same("shorter than an envelope", len(whole) < 99, True)
    return len(cases)


def check_demand(case, envelope):
    """A Hello's token field is the cookie, or solves the puzzle, that its node demanded of its sender."""
    epoch, token = case["now"] // EPOCH, unhex(envelope["token"])
    sender, own = (nacl.crypto_scalarmult_base(unhex(envelope[f"{who}_secret"])) for who in ("sender", "receiver"))
    same("who", (sender.hex(), own.hex()), (case["sender"], case["own"]))
    begin = own + unhex(case["nonce"])
    if envelope["first_byte"] == 0xA0:
        cookie = unhex(mac(case, 3, epoch))
        same("cookie", token, cookie)
        challenge = b"\xa4" + begin + cookie
    else:
        seed = unhex(mac(case, 4, epoch))
        same("mark", token[:8], hash32(b"toxdrop v2 first token", own)[:8])
        hashed = sha512(b"toxdrop v2 puzzle", seed, own, sender, token[8:])
        same("solved", int.from_bytes(hashed[:8], "big") >> (64 - case["bits"]), 0)
        challenge = b"\x86" + begin + seed + bytes([case["bits"]])
    same("challenge", challenge.hex(), case["challenge"])


def check_dialled(case):
    fields = unhex(case["cookie"] + case["asker"] + case["dialer"])
    whole = b"\xa5" + unhex(case["dialer"]) + hash32(b"toxdrop v2 dialled", fields)[:16]
    same("dialled", whole.hex(), case["datagram"])
    return 1


def signed_fields(command, fields):
    if command == 6:
        return unhex(fields["subscriber"] + fields["subscriber_token"]) + struct.pack(">I", fields["lifetime"])
    return unhex(fields[{4: "after", 5: "id"}[command]])


def check_signed(cases):
    for case in cases:
        inbox = Inbox(case["kind"], unhex(case["inbox_secret"]))
        salt = salt_of(case["class"], case["period"], unhex(case["place_secret"]))
        key = blind(inbox.key, salt)
        same("place key", key.hex(), case["key"])
        command = case["command"]
        text = b"toxdrop v2 signature" + struct.pack(">IB", case["network_id"], command)
        text += unhex(case["node"] + case["token"]) + location_of(key) + signed_fields(command, case["own_fields"])
        same("length of the text", len(text), {4: 137, 5: 137, 6: 157}[command])
        same("signature", sign_blinded(inbox, salt, text).hex(), case["signature"])
        must_verify("signature", key, text, unhex(case["signature"]))
    return len(cases)


def check(vectors):
    """Checks all but the envelopes; gives back how many there were."""
    minted = vectors["minted"]
    return (
        check_minted(minted)
        + check_puzzles(vectors["puzzles"], minted[0]["puzzle_seed"])
        + check_challenges(vectors["challenges"])
        + check_dialled(vectors["dialled"])
        + check_signed(vectors["signed"])
    )

"""BitMessage's proof of work, and the standing that it gives."""

from .common import load, same, sha512, u64, unhex


def target_of(ntpb, extra, length, ttl):
    ttl = max(ttl, 300)
    trials = ntpb * (length + extra + ttl * (length + extra) // 2**16)
    return min(2**64 // trials, 2**64 - 1) if trials else 2**64 - 1


def value_of(nonce, initial_hash):
    return int.from_bytes(sha512(sha512(u64(nonce), initial_hash))[:8], "big")


def standing_of(value, charged):
    """Trials per byte, in units of 1/65,536."""
    return min(2**80 // (max(value, 1) * max(charged, 1)), 2**64 - 1)


def check():
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


def check_standings():
    vectors = load("standings.json")
    for case in vectors:
        standing = standing_of(case["value"], case["bytes"])
        same("standing", standing, case["standing"])
        needed = 2 * max(standing, 1)
        same("needed", needed if needed < 2**64 else None, case["needed_to_displace"])
        greatest = min(2**80 // max(standing, 1) // max(case["bytes"], 1), 2**64 - 1)
        same("greatest value", greatest or None, case["greatest_value"])
        if greatest:
            same("it reaches the standing", standing_of(greatest, case["bytes"]) >= standing, True)
    return len(vectors)

"""Proof of work: targets and values."""

from .basics import load, same, sha512, u64, unhex


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

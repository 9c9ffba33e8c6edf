"""Places, pair keys, periods and weeks."""

from nacl import bindings as nacl

from .common import hash32, load, same, u64, unhex
from .curve import Inbox, blind, location_of, must_verify, salt_of, sign_blinded, to_tox

PERIOD, WEEK, SKEW = 28 * 86400, 7 * 86400, 3 * 3600


def check_places():
    vectors = load("places.json")
    keys = set()
    for case in vectors:
        inbox = Inbox(case["kind"], unhex(case["inbox_secret"]))
        salt = salt_of(case["class"], case["period"], unhex(case["secret"]))
        key, text, signature = (unhex(case[name]) for name in ("key", "signed", "signature"))
        same("inbox key", inbox.key.hex(), case["inbox_key"])
        same("blinded key", blind(inbox.key, salt), key)
        same("location", location_of(key).hex(), case["location"])
        same("signed text's domain", text[:20], b"toxdrop v2 signature")
        same("signature", sign_blinded(inbox, salt, text), signature)
        must_verify("blinded signature", key, text, signature)
        keys.add(key)
    same("every place has a key of its own", len(keys), len(vectors))
    same("classes", {case["class"] for case in vectors}, {1, 2, 16, 17, 18, 19})
    # The nonce's point R is another one under each key, although the text is the same.
    same("signed texts", len({case["signed"] for case in vectors}), 1)
    same("nonces", len({case["signature"][:64] for case in vectors}), len(vectors))
    return len(vectors)


def check_pairs():
    vectors = load("pairs.json")
    for case in vectors:
        writer = Inbox(case["writer_kind"], unhex(case["writer_secret"]))
        reader = Inbox(case["reader_kind"], unhex(case["reader_secret"]))
        same("writer's key", writer.key.hex(), case["writer_key"])
        same("reader's key", reader.key.hex(), case["reader_key"])
        shared = nacl.crypto_scalarmult(writer.clamped, to_tox(reader.key))
        same("shared secret", nacl.crypto_scalarmult(reader.clamped, to_tox(writer.key)), shared)
        seed = hash32(b"toxdrop v2 pair key", shared, writer.key, reader.key, u64(case["period"]))
        public, secret = nacl.crypto_sign_seed_keypair(seed)
        text = unhex(case["signed"])
        same("pair key", public.hex(), case["key"])
        same("location", location_of(public).hex(), case["location"])
        same("signature", nacl.crypto_sign(text, secret)[:64].hex(), case["signature"])
        must_verify("pair signature", public, text, unhex(case["signature"]))
    return len(vectors)


def check_times():
    vectors = load("times.json")
    for case in vectors:
        now = case["time"]
        period, week = now // PERIOD, now // WEEK
        same("period", period, case["period"])
        same("period's begin", period * PERIOD, case["period_begin"])
        same("period's end", (period + 1) * PERIOD, case["period_end"])
        # Mail that may be alive was stored between 28 days and 3 h ago and 3 h from now.
        read = [p for p in range(period + 2) if p * PERIOD <= now + SKEW and now - SKEW - PERIOD < (p + 1) * PERIOD]
        same("periods read", read, case["periods_read"])
        same("week", week, case["week"])
        same("week's begin", week * WEEK, case["week_begin"])
        same("seal secret's end", (week + 1) * WEEK + 28 * 86400 + 6 * 3600, case["seal_secret_due"])
        oldest = next(w for w in range(week + 1) if (w + 1) * WEEK + 28 * 86400 + 6 * 3600 > now)
        same("oldest week needed", oldest, case["oldest_week_needed"])
    return len(vectors)

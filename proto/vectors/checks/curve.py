"""Ed25519 and X25519: Tox keys as inbox keys, blinding, signatures by blinded keys."""

from nacl import bindings as nacl
from nacl.exceptions import CryptoError

from .common import Mismatch, hash32, same, sha512, u64

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P


def scalar(wide):
    """A little-endian number, modulo the group order, in 32 bytes."""
    return nacl.crypto_core_ed25519_scalar_reduce(wide.ljust(64, b"\0"))


def is_inbox_key(key):
    """Canonical, on the curve, of prime order (libsodium's word), and with a clear sign bit."""
    return not key[31] & 0x80 and nacl.crypto_core_ed25519_is_valid_point(key)


def clamp(secret):
    secret = bytearray(secret)
    secret[0] &= 248
    secret[31] = secret[31] & 127 | 64
    return bytes(secret)


def from_tox(tox_key):
    """The inbox key of a Tox public key; None for what is refused."""
    u = int.from_bytes(tox_key, "little")
    if u >= P or (u + 1) % P == 0:
        return None
    y = (u - 1) * pow(u + 1, P - 2, P) % P
    key = y.to_bytes(32, "little")
    return key if is_inbox_key(key) else None


def to_tox(key):
    return nacl.crypto_sign_ed25519_pk_to_curve25519(key)


class Inbox:
    """An inbox's secret: its scalar a, the clamped one for X25519, and K."""

    def __init__(self, kind, secret):
        if kind == "seed":
            self.clamped = clamp(sha512(secret)[:32])
            public, _ = nacl.crypto_sign_seed_keypair(secret)
            key = public[:31] + bytes([public[31] & 0x7F])
        else:
            self.clamped = clamp(secret)
            key = from_tox(nacl.crypto_scalarmult_base(secret))
        self.scalar = scalar(self.clamped)
        point = nacl.crypto_scalarmult_ed25519_base_noclamp(self.scalar)
        if point[31] & 0x80:
            self.scalar = nacl.crypto_core_ed25519_scalar_negate(self.scalar)
            point = nacl.crypto_scalarmult_ed25519_base_noclamp(self.scalar)
        same("K, by the scalar and by the key pair", point, key)
        same("X25519 image", nacl.crypto_scalarmult_base(self.clamped), to_tox(key))
        self.key = key


def factor(key, salt):
    return scalar(sha512(b"toxdrop v2 blinding", key, salt))


def salt_of(place_class, period, secret):
    return bytes([place_class]) + u64(period) + secret


def blind(key, salt):
    return nacl.crypto_scalarmult_ed25519_noclamp(factor(key, salt), key)


def sign_blinded(inbox, salt, text):
    secret = nacl.crypto_core_ed25519_scalar_mul(factor(inbox.key, salt), inbox.scalar)
    blinded = nacl.crypto_scalarmult_ed25519_base_noclamp(secret)
    own = hash32(b"toxdrop v2 nonce prefix", inbox.scalar)
    prefix = hash32(b"toxdrop v2 blinded prefix", own, blinded)
    nonce = scalar(sha512(prefix, text))
    commitment = nacl.crypto_scalarmult_ed25519_base_noclamp(nonce)
    challenge = scalar(sha512(commitment, blinded, text))
    product = nacl.crypto_core_ed25519_scalar_mul(challenge, secret)
    return commitment + nacl.crypto_core_ed25519_scalar_add(nonce, product)


def location_of(place_key):
    return hash32(b"toxdrop v2 location", place_key)


def verify(public, text, signature):
    try:
        nacl.crypto_sign_open(signature + text, public)
    except CryptoError:
        return False
    return int.from_bytes(signature[32:], "little") < L


def must_verify(what, public, text, signature):
    if not verify(public, text, signature):
        raise Mismatch(f"{what}: libsodium refuses the signature")


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
    """The rule for keys that sign: canonical, not of small order."""
    at = point(public)
    if at is None:
        return False
    for _ in range(3):
        at = add(at, at)
    return at != (0, 1)

"""Ed25519 and X25519, by libsodium; and by plain arithmetic what it does not offer."""

from nacl import bindings as nacl
from nacl.exceptions import CryptoError

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

"""Where an inbox and its record lie."""

from .basics import hash32, load, same, unhex


def location_of(public, salt):
    return hash32(b"toxdrop v1 location", public, salt)


def record_points_of(public):
    return [hash32(b"toxdrop v1 record point", public, bytes([i])) for i in range(4)]


def record_places(body):
    key, salt = body[:32], body[32:48]
    return [*record_points_of(key), location_of(key, salt)]


def check_locations():
    vectors = load("locations.json")
    for case in vectors:
        public = unhex(case["public_key"])
        same("location", location_of(public, unhex(case["salt"])).hex(), case["location"])
        same("record points", [p.hex() for p in record_points_of(public)], case["record_points"])
    return len(vectors)

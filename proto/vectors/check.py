#!/usr/bin/env python3
"""Checks the test vectors beside this file with PyNaCl and hashlib alone: no code of the project is used.

Prints a line for each group; exits with 1 at the first vector that does not hold, and says which.
Needs PyNaCl (Debian: python3-nacl; PyPI: pynacl). The checks themselves lie in `checks`, one file a topic.
"""

import sys

try:
    from nacl.exceptions import CryptoError
except ImportError:
    sys.exit("PyNaCl is missing: install python3-nacl (Debian) or pynacl (PyPI)")

from checks import addresses, messages, places, stored, tox, wire, work
from checks.basics import Mismatch


def main():
    groups = {
        "addresses and keys": addresses.check_addresses,
        "locations and record points": places.check_locations,
        "proof of work": work.check_pow,
        "stamped packets": stored.check_packets,
        "inbox records": stored.check_records,
        "tombstones": stored.check_tombstones,
        "sealed messages": messages.check_messages,
        "Tox packets": tox.check_tox,
        "offline-messaging datagrams": wire.check_wire,
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

#!/usr/bin/env python3
"""Makes the Tox profiles in this folder, and ../profiles.json that says what is in them, with libtoxcore alone.

Needs libtoxcore 0.2.18 (Debian: libtoxcore2). The keys are random: every run makes other profiles, so it is run only
when there is reason to. No network is used: the instances never iterate.
"""

import ctypes
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
tox = ctypes.CDLL("libtoxcore.so.2")
pointer, size = ctypes.c_void_p, ctypes.c_size_t

for name, result, arguments in (
    ("tox_options_new", pointer, [pointer]),
    ("tox_options_set_udp_enabled", None, [pointer, ctypes.c_bool]),
    ("tox_options_set_local_discovery_enabled", None, [pointer, ctypes.c_bool]),
    ("tox_new", pointer, [pointer, pointer]),
    ("tox_self_set_name", ctypes.c_bool, [pointer, ctypes.c_char_p, size, pointer]),
    ("tox_self_set_status_message", ctypes.c_bool, [pointer, ctypes.c_char_p, size, pointer]),
    ("tox_self_set_nospam", None, [pointer, ctypes.c_uint32]),
    ("tox_friend_add_norequest", ctypes.c_uint32, [pointer, ctypes.c_char_p, pointer]),
    ("tox_self_get_address", None, [pointer, ctypes.c_char_p]),
    ("tox_self_get_public_key", None, [pointer, ctypes.c_char_p]),
    ("tox_self_get_secret_key", None, [pointer, ctypes.c_char_p]),
    ("tox_get_savedata_size", size, [pointer]),
    ("tox_get_savedata", None, [pointer, ctypes.c_char_p]),
    ("tox_pass_encrypt", ctypes.c_bool, [ctypes.c_char_p, size, ctypes.c_char_p, size, ctypes.c_char_p, pointer]),
):
    function = getattr(tox, name)
    function.restype, function.argtypes = result, arguments


def read(function, instance, length):
    buffer = ctypes.create_string_buffer(length)
    function(instance, buffer)
    return buffer.raw


def new():
    options = tox.tox_options_new(None)
    tox.tox_options_set_udp_enabled(options, False)
    tox.tox_options_set_local_discovery_enabled(options, False)
    instance = tox.tox_new(options, None)
    assert instance, "tox_new failed"
    return instance


def encrypt(savedata, passphrase):
    buffer = ctypes.create_string_buffer(len(savedata) + 80)
    assert tox.tox_pass_encrypt(savedata, len(savedata), passphrase, len(passphrase), buffer, None)
    return buffer.raw


def profile(file, name, passphrase=None, nospam=None, friends=0):
    instance = new()
    if name:
        assert tox.tox_self_set_name(instance, name, len(name), None)
        assert tox.tox_self_set_status_message(instance, b"here", 4, None)
    if nospam is not None:
        tox.tox_self_set_nospam(instance, nospam)
    for _ in range(friends):
        friend = read(tox.tox_self_get_public_key, new(), 32)
        assert tox.tox_friend_add_norequest(instance, friend, None) != 0xFFFFFFFF
    savedata = read(tox.tox_get_savedata, instance, tox.tox_get_savedata_size(instance))
    written = savedata if passphrase is None else encrypt(savedata, passphrase)
    (HERE / file).write_bytes(written)
    return {
        "file": f"profiles/{file}",
        "passphrase": None if passphrase is None else passphrase.decode(),
        "public_key": read(tox.tox_self_get_public_key, instance, 32).hex(),
        "secret_key": read(tox.tox_self_get_secret_key, instance, 32).hex(),
        "tox_id": read(tox.tox_self_get_address, instance, 38).hex().upper(),
        "name": name.decode() or None,
    }


profiles = [
    profile("plain.tox", b"Alice"),
    profile("unnamed.tox", b""),
    profile("friends.tox", "Bob Müller".encode(), nospam=0xD34DB33F, friends=2),
    profile("encrypted.tox", b"Carol", passphrase=b"correct horse"),
    profile("encrypted-utf8.tox", b"Dora", passphrase="Pässwort ✓".encode()),
]
(HERE.parent / "profiles.json").write_text(json.dumps(profiles, indent=2, ensure_ascii=False) + "\n")

"""Makes a Tox profile with libtoxcore alone, as any Tox client does, and prints its Tox ID.

Usage: FILE NAME. The instance never iterates, so that no network is used.
"""

import ctypes
import pathlib
import sys

tox = ctypes.CDLL("libtoxcore.so.2")
pointer, size = ctypes.c_void_p, ctypes.c_size_t

for function, result, arguments in (
    ("tox_options_new", pointer, [pointer]),
    ("tox_options_set_udp_enabled", None, [pointer, ctypes.c_bool]),
    ("tox_options_set_local_discovery_enabled", None, [pointer, ctypes.c_bool]),
    ("tox_new", pointer, [pointer, pointer]),
    ("tox_self_set_name", ctypes.c_bool, [pointer, ctypes.c_char_p, size, pointer]),
    ("tox_self_get_address", None, [pointer, ctypes.c_char_p]),
    ("tox_get_savedata_size", size, [pointer]),
    ("tox_get_savedata", None, [pointer, ctypes.c_char_p]),
):
    entry = getattr(tox, function)
    entry.restype, entry.argtypes = result, arguments


def read(function, instance, length):
    buffer = ctypes.create_string_buffer(length)
    function(instance, buffer)
    return buffer.raw


file, name = pathlib.Path(sys.argv[1]), sys.argv[2].encode()
options = tox.tox_options_new(None)
tox.tox_options_set_udp_enabled(options, False)
tox.tox_options_set_local_discovery_enabled(options, False)
instance = tox.tox_new(options, None)
if not instance or not tox.tox_self_set_name(instance, name, len(name), None):
    sys.exit("libtoxcore made no profile")
file.write_bytes(read(tox.tox_get_savedata, instance, tox.tox_get_savedata_size(instance)))
print(read(tox.tox_self_get_address, instance, 38).hex().upper())

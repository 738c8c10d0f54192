# Whose limits can be touched? To look at them is refused as to lower them is, and harms nobody where it isn't.
import os
import resource
import socket

import numpy

_FILE = numpy.__file__
_OTHERS = [TEST_PID, os.getppid(), *range(max(1, os.getppid() - 300), os.getppid())]
_ours = []
for _pid in _OTHERS:
    try:
        resource.prlimit(_pid, resource.RLIMIT_CORE)
        _ours.append(f"the limits of {_pid}")
    except (OSError, ProcessLookupError):
        pass


def _change_times():
    os.utime(_FILE, (0, 0))
    if os.stat(_FILE).st_mtime != 0:
        raise OSError


for _try in (
    _change_times,
    lambda: os.setxattr(_FILE, "user.mine", b"1"),
    lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW),
    lambda: __import__("fcntl").fcntl(open(_FILE), 1024, 0),
    lambda: __import__("fcntl").fcntl(0, 8, os.getppid()),
):
    try:
        _try()
        _ours.append(_try.__code__.co_firstlineno)
    except OSError:
        pass

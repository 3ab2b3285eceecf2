#!/usr/bin/env python3
"""Stops one thread of a process from outside until the process has ended: an event loop that hangs.

    hang.py THREAD

SIGSTOP would stop all threads of a process; ptrace(2) stops a single one, and the process itself notices nothing.
"""
import ctypes
import os
import sys

PTRACE_SEIZE = 0x4206
PTRACE_INTERRUPT = 0x4207
# Threads other than the first of a process are only waited for with this.
WALL = 0x40000000

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, thread):
    if libc.ptrace(request, thread, None, None) != 0:
        error = ctypes.get_errno()
        sys.exit(f"hang.py: ptrace: {os.strerror(error)}")


thread = int(sys.argv[1])
ptrace(PTRACE_SEIZE, thread)
ptrace(PTRACE_INTERRUPT, thread)
os.waitpid(thread, WALL)
print("stopped", flush=True)
while True:
    try:
        _, status = os.waitpid(thread, WALL)
    except ChildProcessError:
        break
    if os.WIFEXITED(status) or os.WIFSIGNALED(status):
        break
print("gone", flush=True)

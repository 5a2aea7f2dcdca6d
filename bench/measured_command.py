"""Run one command from a small process and print its wall and processor time, peak memory and status.

Linux counts the peak memory of a process from before its exec, when it is still a copy of its parent; therefore the
parent must be small. Started by bench/process.py as
``python -I -S measured_command.py <timeout> <output file> <command>``.
"""

import os
import signal
import sys
import time

timeout, output, command = float(sys.argv[1]), sys.argv[2], sys.argv[3:]
flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
actions = [(os.POSIX_SPAWN_OPEN, 1, output, flags, 0o600), (os.POSIX_SPAWN_DUP2, 1, 2)]
start = time.perf_counter()
pid = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGKILL))
signal.setitimer(signal.ITIMER_REAL, timeout)
_, status, usage = os.wait4(pid, 0)
seconds, processor = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
sys.stdout.write(f"{seconds} {processor} {usage.ru_maxrss} {os.waitstatus_to_exitcode(status)}\n")

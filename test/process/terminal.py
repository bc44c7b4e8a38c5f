"""Runs a program in a terminal of its own and closes that when the program has printed a pattern; a shell would tell it too.
Prints what ended the program: its exit code, or the signal's number below zero."""

import os
import pty
import re
import signal
import sys

pattern, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)
seen = b""
while not re.search(pattern.encode(), seen):
    seen += os.read(terminal, 65536)
os.close(terminal)
for telling in (signal.SIGHUP, signal.SIGCONT, signal.SIGHUP):
    os.kill(child, telling)
_, status = os.waitpid(child, 0)
print(os.waitstatus_to_exitcode(status))

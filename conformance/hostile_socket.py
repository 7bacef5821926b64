#!/usr/bin/env python3
"""hostile_socket.py MODE CONFIG - for tests: an implementation on descriptor 3 that confuses packets in flight.

It translates by `xlatlab translate` (XLATLAB), and does to what comes out:
  honest     nothing
  swap       packets that are there at the same time get each other's last octets
  reverse    what is there at the same time comes out the other way round, between barriers that stay
  die, drop  as it says, for packets with a type of service that is not 0
  slow       takes 5 ms whenever it is woken, as one that polls does
"""
import os
import select
import signal
import socket
import subprocess
import sys
import time

mode, config = sys.argv[1:]
outside = socket.socket(fileno=3)
inside, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
inner = subprocess.Popen([os.environ['XLATLAB'], 'translate', '-q', '-c', config, '--socket', str(theirs.fileno())],
                         pass_fds=[theirs.fileno()])
theirs.close()


def is_barrier(p):
    return b'xlatlab-barrier!' in p


def has_tos(p):
    return bool(p[1] if p[0] >> 4 == 4 else p[0] & 15 or p[1] >> 4)


def there(s):
    """All that can be read now; None: the other end is gone."""
    packets = []
    while select.select([s], [], [], 0)[0] and len(packets) < 64:
        packets.append(s.recv(1 << 17))
        if not packets[-1]:
            return None
    return packets


def act(packets):
    if mode == 'die' and any(has_tos(p) and not is_barrier(p) for p in packets):
        os.kill(os.getpid(), signal.SIGABRT)
    if mode == 'drop':
        return [p for p in packets if not has_tos(p) or is_barrier(p)]
    mine = [i for i, p in enumerate(packets) if not is_barrier(p)]
    if mode == 'reverse':
        for a, b in zip(mine[:len(mine) // 2], reversed(mine)):
            packets[a], packets[b] = packets[b], packets[a]
    if mode == 'swap':
        for a, b in zip(mine[::2], mine[1::2]):
            p, q = packets[a], packets[b]
            packets[a], packets[b] = p[:-4] + q[-4:], q[:-4] + p[-4:]
    return packets


while True:
    ready = select.select([outside, inside], [], [])[0]
    if mode in ('swap', 'reverse'):
        time.sleep(0.002)  # so that more than one is there; the verdicts do not depend on it
    if mode == 'slow':
        time.sleep(0.005)
    for s in ready:
        packets = there(s)
        if packets is None:
            inside.close()
            inner.wait()
            sys.exit(0)
        for p in packets if s is outside else act(packets):
            (inside if s is outside else outside).send(p)

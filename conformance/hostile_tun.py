#!/usr/bin/env python3
"""hostile_tun.py MODE CONFIG - for tests: an implementation on the TUN device XLATLAB_TUN that does wrong.

It translates by `xlatlab translate` (XLATLAB) over a pipe; MODE is what it does to the packets that come out.
Barriers are left alone unless MODE says so, or nothing but the barrier would be tested.
"""
import fcntl
import os
import select
import signal
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_MULTI_QUEUE, IFF_NO_PI = 0x400454ca, 1, 0x100, 0x1000
RECORD = struct.Struct('=IIII')
mode, config = sys.argv[1:]

if mode == 'exit':
    sys.exit('no thanks')
if mode == 'hang':
    time.sleep(3600)
if mode == 'daemon':
    if os.fork():
        time.sleep(3600)
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if os.fork():
        os._exit(0)

tun = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tun, TUNSETIFF, struct.pack('16sH22x', os.environ['XLATLAB_TUN'].encode(), IFF_TUN | IFF_NO_PI |
                                      (IFF_MULTI_QUEUE if mode == 'queues' else 0)))
if mode == 'deaf':
    time.sleep(3600)
inner = subprocess.Popen([os.environ['XLATLAB'], 'translate', '-q', '-c', config], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, bufsize=0)
inner.stdin.write(struct.pack('=IHHIIII', 0xa1b23c4d, 2, 4, 0, 0, 65535, 101))
buf, head_seen = b'', False


def other_side(p):
    """An IPv4 packet as an IPv6 one of the same octets, or the other way: on the wrong side, in any case."""
    return bytes([p[0] ^ 0x20]) + p[1:]


def act(p):
    if b'xlatlab-barrier!' in p:
        return [p]
    if mode == 'die':
        os.kill(os.getpid(), signal.SIGABRT)
    if mode == 'talk':
        print('<script>\x1b[31mnot ok 1\x07', flush=True)
    if mode == 'flood':
        for _ in range(1000000):
            try:
                os.write(tun, p)
            except OSError:
                pass
    return {'drop': [], 'twice': [p, p], 'garbage': [os.urandom(len(p) - 1) + b'x'],
            'wrong-side': [other_side(p)], 'oversized': [p + bytes(65000)]}.get(mode, [p])


held, ledger = [], open(config + '.ledger', 'a', 1) if mode == 'ledger' else None
while True:
    for fd in select.select([tun, inner.stdout], [], [])[0]:
        if fd == tun:
            p = os.read(tun, 65575)
            if mode == 'ledger' and b'xlatlab-barrier!' not in p:
                ledger.write(p.hex() + '\n')
            inner.stdin.write(RECORD.pack(0, 0, len(p), len(p)) + p)
            continue
        more = os.read(inner.stdout.fileno(), 1 << 20)
        if not more:
            sys.exit('the translator ended')
        buf += more
        if not head_seen:
            if len(buf) < 24:
                continue
            buf, head_seen = buf[24:], True
        while len(buf) >= 16 and len(buf) >= 16 + RECORD.unpack(buf[:16])[2]:
            n = RECORD.unpack(buf[:16])[2]
            out = act(buf[16:16 + n])
            if mode in ('late', 'reordered'):
                barrier = b'xlatlab-barrier!' in out[0]
                held = held + out if not barrier else held
                out = out + (held if barrier and mode == 'reordered' else []) if barrier else []
                if out and mode == 'reordered':
                    held, ledger = [], open(config + '.ledger', 'a', 1) if mode == 'ledger' else None
            buf = buf[16 + n:]
            for p in out:
                try:
                    os.write(tun, p)
                except OSError as e:
                    print('cannot write %d octets: %s' % (len(p), e), file=sys.stderr, flush=True)

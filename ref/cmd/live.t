#!/usr/bin/env python3
"""xlatlab translate --tun: its life on a device, in a network namespace made for this test."""
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, 'scripts')
from netns import enter  # noqa: E402
enter()
from tap import *  # noqa: E402,F403

CONF = '''
prefix6: 2001:db8:64::/96
eamt: [{ipv4: 192.0.2.33/32, ipv6: "2001:db8:%s::33/128"}]
own: {ipv4: 192.0.2.254, ipv6: "2001:db8:ffff::1"}
%s
'''
SIIT = write('siit.yaml', CONF % ('aaaa', ''))
H4, H4_6 = '198.51.100.2', '2001:db8:64::c633:6402'
DEVICE = 'xl-live'


def until(holds, what):
    """Waits for a condition; the deadline is for what never comes."""
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            ok(False, 'in time: ' + what)
            return
        time.sleep(0.005)


def ioctl(request, name, value=b''):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        return fcntl.ioctl(s, request, struct.pack('16s24s', name.encode(), value))[16:]


def mtu(name):
    return struct.unpack('i', ioctl(0x8921, name)[:4])[0]


def is_there(name):
    return name in [n for _, n in socket.if_nameindex()]


def hold(name, flags):
    """A device as somebody else makes it, held until the file is closed."""
    fd = os.open('/dev/net/tun', os.O_RDWR)
    fcntl.ioctl(fd, 0x400454ca, struct.pack('16sH22x', name.encode(), flags | 0x1000))
    return fd


def make(name, flags=1):
    """A persistent one."""
    fd = hold(name, flags)
    fcntl.ioctl(fd, 0x400454cb, 1)
    os.close(fd)


class Live:
    def __init__(self, *args, conf=SIIT, device=DEVICE):
        self.log = b''
        self.p = subprocess.Popen([XLATLAB, 'translate', '-c', conf, '--tun', device, *args],
                                  stderr=subprocess.PIPE)
        os.set_blocking(self.p.stderr.fileno(), False)
        self.said('translating, MTU')
        self.wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))
        self.wire.bind((device, 3))

    def said(self, text, times=1):
        def heard():
            self.log += self.p.stderr.read() or b''
            return self.log.count(text.encode()) >= times
        until(heard, 'standard error says %r %d times' % (text, times))

    def put(self, packet):
        kind = 0x0800 if packet[0] >> 4 == 4 else 0x86dd
        self.wire.sendto(packet, (self.wire.getsockname()[0], kind))

    def take(self, wanted=lambda p: True):
        """The next packet that came out of the translator and is none of the kernel's own noise."""
        while select.select([self.wire], [], [], 60)[0]:
            packet, (_, _, kind, _, _) = self.wire.recvfrom(70000)
            if kind != 4 and wanted(packet):
                return packet
        return None

    def end(self, sig=signal.SIGTERM):
        self.p.send_signal(sig)
        status = self.p.wait(60)
        os.set_blocking(self.p.stderr.fileno(), True)
        self.log += self.p.stderr.read()
        self.wire.close()
        return status, self.log.decode()


def packet(n):
    return ip4(H4, '192.0.2.33', udp(H4, '192.0.2.33', b'%06d' % n))


def translated(n, net='aaaa'):
    dst = '2001:db8:%s::33' % net
    return ip6(H4_6, dst, udp(H4_6, dst, b'%06d' % n), hlim=63)


def is_udp(p):
    return p[0] >> 4 == 4 and p[9] == 17 or p[0] >> 4 == 6 and p[6] == 17


# ---- both ways, and each way to end ----
for sig in signal.SIGINT, signal.SIGTERM:
    live = Live()
    same(mtu(DEVICE), 1500, 'a device that is made has 1500')
    live.put(packet(1))
    same(live.take(is_udp), translated(1), 'IPv4 to IPv6')
    live.put(ip6('2001:db8:aaaa::33', H4_6, udp('2001:db8:aaaa::33', H4_6)))
    back = live.take(is_udp)
    same(back[:4] + back[6:10] + back[12:],
         (lambda p: p[:4] + p[6:10] + p[12:])(ip4('192.0.2.33', H4, ttl=63, frag=0)), 'IPv6 to IPv4')
    status, log = live.end(sig)
    same(status, 0, '%s ends it in order' % sig.name)
    has(log, 'translated-4to6', 'with the counters')
    ok(not is_there(DEVICE), 'and the device it made goes')

# ---- counters on demand; packets in the queue are none the worse for a signal ----
live = Live()
for n in range(50):
    live.put(packet(n))
    live.p.send_signal(signal.SIGUSR1)
same([live.take(is_udp) for n in range(50)], [translated(n) for n in range(50)],
     'packets between signals come out, in order')
live.p.send_signal(signal.SIGUSR1)
live.said('        50  translated-4to6')
ok(True, 'SIGUSR1 prints the counters')

# ---- the configuration anew ----
write('siit.yaml', CONF % ('bbbb', ''))
live.p.send_signal(signal.SIGHUP)
live.said('the new configuration is in force')
live.put(packet(50))
same(live.take(is_udp), translated(50, 'bbbb'), 'SIGHUP: the new configuration is in force')
for text, why in (('prefix6: 2001:db8::/97\n', 'siit.yaml:1:10: '),
                  (CONF % ('aaaa', 'interfaces: [{name: a, side: v4, mtu: 1400}, {name: b, side: v6, mtu: 1500}]'),
                   "mtu 1500 of interface 'b', but 1400 of 'a'"),
                  (CONF % ('aaaa', 'interfaces: [{name: a, side: v4, mtu: 1200}, {name: b, side: v6}]'),
                   "mtu 1200 of interface 'a'")):
    refused = live.log.count(b'stays in force')
    write('siit.yaml', text)
    live.p.send_signal(signal.SIGHUP)
    live.said('the one before stays in force', refused + 1)
    has(live.log.decode(), why, 'a broken file: says why')
    live.put(packet(51))
    same(live.take(is_udp), translated(51, 'bbbb'), 'and the one before stays in force')
write('siit.yaml', CONF % ('aaaa', 'interfaces: [{name: a, side: v4, mtu: 1400}, {name: b, side: v6}]'))
in_force = live.log.count(b'is in force')
live.p.send_signal(signal.SIGHUP)
live.said('is in force', in_force + 1)
same(mtu(DEVICE), 1400, 'an MTU that the configuration gives is set')
big = ip6('2001:db8:aaaa::33', H4_6, udp('2001:db8:aaaa::33', H4_6, bytes(1300)))
live.put(big)
ok(live.take(lambda p: is_udp(p) and len(p) == 1328), 'what fits passes')

# ---- while packets pass ----
N = 600
for n in range(N):
    if n % 100 == 0:
        write('siit.yaml', CONF % ('bbbb' if n % 200 else 'aaaa', ''))
        live.p.send_signal(signal.SIGHUP)
    live.put(packet(n))
    got = live.take(is_udp)
    if got not in (translated(n), translated(n, 'bbbb')):
        ok(False, 'packet %d while the configuration is read' % n)
        break
else:
    ok(True, 'no packet is lost or half translated while the configuration is read')
status, log = live.end()
same(status, 0, 'ended')
has(log, '%12d  translated-4to6' % (50 + 1 + 3 + N), 'counters add up over configurations')

# ---- devices that are there ----
make('xl-kept')
ioctl(0x8922, 'xl-kept', struct.pack('i', 1300))
live = Live(device='xl-kept')
has(live.log.decode(), 'MTU 1300', 'the MTU is that of the device')
live.put(packet(1))
ok(live.take(is_udp), 'a device that is there translates')
p = run('translate', '-c', SIIT, '--tun', 'xl-kept')
same(p.returncode, 3, 'two on one device: exit status')
has(p.err, 'xl-kept: another program holds this device', 'two on one device')
live.end()
ok(is_there('xl-kept'), 'and stays')

make('xl-mq', 0x101)
make('xl-tap', 2)
make('xl-tiny')
ioctl(0x8922, 'xl-tiny', struct.pack('i', 1279))
for device, status, why in (('xl-mq', 3, 'has several queues: allowed is'), ('xl-tap', 3, 'is a TAP device: allowed'),
                            ('lo', 3, 'lo: is no TUN device'), ('a b', 3, "'a b' names no device: allowed are"),
                            ('', 3, 'names no device'), ('x' * 16, 3, 'names no device'), ('t%d', 3, 'names no device'),
                            ('xl-tiny', 2, 'its MTU is 1279: an IPv6 link needs at least 1280')):
    p = run('translate', '-c', SIIT, '--tun', device)
    same(p.returncode, status, '%r: exit status' % device)
    has(p.err, why, '%r: why' % device)
two = write('two.yaml', CONF % ('aaaa', 'interfaces: [{name: a, side: v4, mtu: 1400}, {name: b, side: v6, mtu: 1500}]'))
p = run('translate', '-c', two, '--tun', DEVICE)
same(p.returncode, 2, 'two MTUs: exit status')
has(p.err, "two.yaml:5:", 'two MTUs: where')
has(p.err, "mtu 1500 of interface 'b', but 1400 of 'a': %s is one device and has one MTU" % DEVICE, 'two MTUs')
ok(not is_there(DEVICE), 'no device is left of what did not start')

# ---- options ----
one = 'allowed is one of -r and -w, --socket, --link and --tun'
for args, why in ((['-r', 'x'], one), (['-w', 'x'], one), (['--socket', '3'], one),
                  (['--link', 'v4=lo,192.0.2.1,192.0.2.2'], one), (['-c', SIIT], 'allowed is one -c')):
    p = run('translate', '-c', SIIT, '--tun', DEVICE, *args)
    same(p.returncode, 2, '%s: exit status' % args)
    has(p.err, why, '%s: why' % args)
has(run('translate', '-c', SIIT, '--no-offload').err, '--no-offload goes with --tun', '--no-offload alone')
has(run('translate', '-c', SIIT, '--socket', '3', '-w', 'x').err, one, '--socket with -w')

# ---- a device that goes ----
live = Live()
subprocess.run(['ip', 'link', 'del', DEVICE], check=True)
same(live.p.wait(60), 3, 'a device that goes: exit status')
live.said('cannot read')
done()

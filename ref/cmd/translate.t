#!/usr/bin/env python3
"""xlatlab translate: captures of every kind, chains, sockets, and each way to fail."""
import os
import select
import socket
import struct
import subprocess
import sys

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

SIIT = write('siit.yaml', '''
prefix6: 2001:db8:64::/96
eamt:
  - {ipv4: 192.0.2.33/32, ipv6: "2001:db8:aaaa::33/128"}
own: {ipv4: 192.0.2.254, ipv6: "2001:db8:ffff::1"}
''')
# 464XLAT without state: the CLAT knows its host by an EAM, the PLAT the same host by another address
CLAT = write('clat.yaml', '''
prefix6: 64:ff9b:1:1::/96
eamt: [{ipv4: 192.168.1.2/32, ipv6: "2001:db8:c1a7::2/128"}]
own: {ipv4: 192.168.1.1, ipv6: "2001:db8:c1a7::1"}
''')
PLAT = write('plat.yaml', '''
prefix6: 64:ff9b:1:1::/96
eamt: [{ipv4: 203.0.113.9/32, ipv6: "2001:db8:c1a7::2/128"}]
own: {ipv4: 203.0.113.1, ipv6: "2001:db8:9999::1"}
''')

H4, H6 = '198.51.100.2', '192.0.2.33'
H4_6, H6_6 = '2001:db8:64::c633:6402', '2001:db8:aaaa::33'
PACKET = ip4(H4, H6)
WANT = ip6(H4_6, H6_6, udp(H4_6, H6_6), hlim=63)


def ethernet(packet, kind=0x0800):
    return (b'\2\0\0\0\0\1\2\0\0\0\0\2' + kind.to_bytes(2, 'big') + packet).ljust(60, b'\0')


def ng(linktype, packet):
    """A pcapng file of one section, one interface and one packet."""
    def block(kind, body):
        body += b'\0' * (-len(body) % 4)
        size = struct.pack('<I', len(body) + 12)
        return struct.pack('<I', kind) + size + body + size

    return (block(0x0a0d0d0a, struct.pack('<IHHq', 0x1a2b3c4d, 1, 0, -1)) +
            block(1, struct.pack('<HHI', linktype, 0, 0)) +
            block(6, struct.pack('<IIIII', 0, 0, 0, len(packet), len(packet)) + packet))


# ---- captures in and out ----

p = run('translate', '-c', SIIT, '-r', write('in', pcap(PACKET, PACKET)), '-w', path('out'))
same((p.returncode, p.out), (0, b''), 'a file into a file')
same(unpcap(read('out')), [(1700000000, 0, WANT), (1700000001, 1, WANT)],
     'packets are translated and keep their nanoseconds')
has(p.err, '2 packets, 2 sent', 'the summary counts packets')
has(p.err, 'translated-4to6', 'the summary names the rule')
p = run('translate', '-c', SIIT, stdin=pcap(ip4(H4, H6, b'\x07\xd0\x0f\xa0\0\x08\0\0')))
same([l for l in p.err.splitlines() if ' event ' in l],
     [SIIT + ': event udp-zero-dropped (rfc7915-4.5-udp-zero-drop): 198.51.100.2 > 192.0.2.33 '
      'ports 2000 > 4000'], 'an event names its rule, addresses and ports, each once')
has(p.err, 'rfc7915-', 'and its clause')
p = run('translate', '-c', SIIT, stdin=pcap(PACKET))
same(unpcap(p.out), [(1700000000, 0, WANT)], 'standard input to standard output')
p = run('translate', '-qc', SIIT, stdin=pcap(PACKET))
same(p.err, '', '-q says nothing')
back = ip6(H6_6, H4_6, udp(H6_6, H4_6, sport=4000, dport=2000))
got = unpcap(run('translate', '-c', SIIT, stdin=pcap(back)).out)
same([g[2][:4] + g[2][8:10] + g[2][12:20] for g in got],
     [b'\x45\0\0\x21\x3f\x11' + address(H6) + address(H4)], 'an IPv6 packet enters by the v6 side')
p = run('translate', '-c', SIIT, stdin=pcap(ethernet(PACKET), ethernet(b'', 0x0806), linktype=1))
same([g[2] for g in unpcap(p.out)], [WANT], 'Ethernet: padding is gone')
has(p.err, '1 not translated: no IP packet in the frame', 'Ethernet: ARP is counted')
p = run('translate', '-c', SIIT, stdin=pcap(b'\0\0\0\1\0\6\2\0\0\0\0\1\0\0\x08\0' + PACKET,
                                            linktype=113))
same([g[2] for g in unpcap(p.out)], [WANT], 'Linux cooked')
p = run('translate', '-c', SIIT, stdin=pcap(PACKET, PACKET, magic=0xa1b2c3d4))
same([g[:2] for g in unpcap(p.out)], [(1700000000, 0), (1700000001, 1000)],
     'microseconds become nanoseconds')
p = run('translate', '-c', SIIT, stdin=pcap())
same((p.returncode, unpcap(p.out)), (0, []), 'a capture without packets')
data = pcap(PACKET)
cut = data[:32] + (30).to_bytes(4, 'little') + (33).to_bytes(4, 'little') + PACKET[:30]
p = run('translate', '-qc', SIIT, stdin=cut + pcap(PACKET)[24:])
same((p.returncode, len(unpcap(p.out))), (0, 1), 'a packet cut by the snapshot length is left out')
has(p.err, "1 not translated: cut by the capture's snapshot length", 'and counted, also with -q')
p = run('translate', '-c', SIIT, stdin=pcap(b'\x50' + PACKET[1:], bytes(70000)))
has(p.err, '2 not translated: no IP packet', 'neither IPv4 nor IPv6')
p = run('translate', '-c', SIIT, stdin=pcap(b'\x45' + bytes(70000)))
has(p.err, '1 not translated: longer than an IP packet can be', 'longer than any IP packet')
steps_back = pcap(PACKET, start=2000) + pcap(PACKET, start=1000)[24:]
same([g[0] for g in unpcap(run('translate', '-c', SIIT, stdin=steps_back).out)], [2000, 1000],
     'times that step back are kept')

# ---- as a program under test: each answer before the next question ----

child = subprocess.Popen([XLATLAB, 'translate', '-qc', SIIT], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
stream = pcap(PACKET, PACKET, PACKET)
record = 16 + len(PACKET)
reply = b''
for turn in range(3):
    begin = 0 if turn == 0 else 24 + record * turn
    child.stdin.write(stream[begin:24 + record * (turn + 1)])
    child.stdin.flush()
    want = 24 + (16 + len(WANT)) * (turn + 1)
    while len(reply) < want and select.select([child.stdout], [], [], 20)[0]:
        more = os.read(child.stdout.fileno(), 65536)
        if not more:
            break
        reply += more
    same(len(reply), want, 'packet %d comes out before the next goes in' % (turn + 1))
child.stdin.close()
same(child.wait(20), 0, 'and it ends when its input ends')

ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
ours.settimeout(20)
child = subprocess.Popen([XLATLAB, 'translate', '-qc', SIIT, '--socket', str(its.fileno())],
                         pass_fds=[its.fileno()])
its.close()
for i in range(3):
    ours.send(PACKET)
    same(ours.recv(70000), WANT, 'datagram %d on a socket' % (i + 1))
ours.send(ip4(H4, H6, b'\x11\0\0\0', proto=2))
ours.send(PACKET)
same(ours.recv(70000), WANT, 'a dropped datagram has no answer')
big = ip6(H6_6, H4_6, bytes(65535), nh=99)
ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 262144)
ours.send(big)
ours.send(PACKET)
first = ours.recv(70000)
ok(first != WANT and ours.recv(70000) == WANT, 'the longest datagram is answered, and the next')
ours.close()
same(child.wait(20), 0, 'and it ends when the peer goes')

# ---- chains ----

p = run('translate', '-c', CLAT, '-c', PLAT, stdin=pcap(ip4('192.168.1.2', H4)))
same([g[2] for g in unpcap(p.out)],
     [ip4('203.0.113.9', H4, ttl=62, ident=0, frag=0)[:4] + unpcap(p.out)[0][2][4:8] +
      ip4('203.0.113.9', H4, ttl=62)[8:10] + unpcap(p.out)[0][2][10:12] +
      ip4('203.0.113.9', H4, ttl=62)[12:]], '464XLAT: CLAT, then PLAT')
same(ones_sum(unpcap(p.out)[0][2][:20]), 0, '464XLAT: the header checksum holds')
ok('clat.yaml: 1 packet, 1 sent' in p.err and 'plat.yaml: 1 packet, 1 sent' in p.err,
   'each stage has its summary')
p = run('translate', '-c', SIIT, '-c', SIIT, stdin=pcap(PACKET))
ok('1:%s: 1 packet' % SIIT in p.err and '2:%s: 1 packet' % SIIT in p.err,
   'stages of the same file are told apart')
reverse = ip4(H4, '203.0.113.9')
for what, args in (('the stages turned round', ['-c', PLAT, '-c', CLAT]),
                   ('--if 2:v4', ['-c', CLAT, '-c', PLAT, '--if', '2:v4'])):
    got = [g[2] for g in unpcap(run('translate', *args, stdin=pcap(reverse)).out)]
    same([g[12:20] for g in got], [address(H4) + address('192.168.1.2')], '464XLAT back: ' + what)
p = run('translate', '-c', CLAT, '-c', PLAT, stdin=pcap(ip4('192.168.1.2', H4, ttl=2)))
got = [g[2] for g in unpcap(p.out)]
same([(g[9], g[20], g[16:20]) for g in got], [(1, 11, address('192.168.1.2'))],
     "the second stage's Time Exceeded comes back through the first")
p = run('translate', '-c', SIIT, '--if', 'eth0', stdin=pcap(PACKET))
same(p.returncode, 2, 'an interface that is not there')
has(p.err, '--if eth0: no such interface: allowed are 1:v4, 1:v6', 'says which there are')

# ---- bad input ----

p = run('translate', '-c', write('two.yaml', """
prefix6: 2001:db8:64::/96
address-spaces: [{name: a, interfaces: [nope], prefix6: 2001:db8:65::/96}]
zzz: 1
"""), stdin=pcap(PACKET))
same([l.split(':')[1] for l in p.err.splitlines()], ['3', '3', '3', '4'], 'faults of a configuration come in its order')

good = pcap(PACKET, PACKET)
for what, data, want, n in (
        ('zero-byte file', b'', 'at octet 0: the file is empty', None),
        ('stops in mid-record', good[:-3], 'at octet 73: the file ends inside a record', 1),
        ('stops in a record header', good[:75], "at octet 73: the file ends inside a record's", 1),
        ('2 GB record', good[:81] + b'\0\0\0\x80' + good[85:], 'at octet 81: a record of 2147483648',
         1),
        ('2 GB record first', good[:32] + b'\0\0\0\x80' + good[36:], 'at octet 32: a record of', None),
        ('unknown link type', pcap(PACKET, linktype=105), 'at octet 20: link type 105', None),
        ('unknown link type in pcapng', ng(105, PACKET), 'at octet 48: link type 105', None),
        ('stops in its header', good[:23], 'at octet 0: the file ends inside its header', None),
        ('no capture', b'#!/bin/sh\n', 'at octet 0: starts with 23 21 2f 62', None)):
    for how in ('file', 'standard input'):
        args = ['-r', write('bad', data)] if how == 'file' else []
        write('out', 'what was here')
        p = run('translate', '-qc', SIIT, *args, '-w', path('out'), stdin=data)
        same(p.returncode, 3, '%s, %s: exit status' % (what, how))
        has(p.err, (path('bad') if args else 'standard input') + ': ' + want,
            '%s, %s: file and octet' % (what, how))
        same(p.err.count('\n'), 1, '%s, %s: one message' % (what, how))
        if n is None:
            same(read('out'), b'what was here', '%s, %s: the output is left alone' % (what, how))
        else:
            same(len(unpcap(read('out'))), n, '%s, %s: what came before is kept' % (what, how))
write('out', 'what was here')
p = run('translate', '-c', SIIT, '-r', path('nowhere'), '-w', path('out'))
same((p.returncode, read('out')), (3, b'what was here'), 'no input: the output is left alone')
p = run('translate', '-c', SIIT, '-r', path('nowhere'))
same((p.returncode, p.err.count('\n')), (3, 1), 'a capture that is not there')
has(p.err, 'nowhere: cannot open: No such file', 'is named')
for size, n in (('at close', 1), ('while writing', 2000)):
    p = run('translate', '-qc', SIIT, '-r', write('in', pcap(*[PACKET] * n)), '-w', '/dev/full')
    same((p.returncode, p.err), (3, '/dev/full: cannot write: No space left on device\n'),
         'full disk, seen ' + size)
with open('/dev/full', 'wb') as full:
    p = run('translate', '-qc', SIIT, stdin=pcap(PACKET), stdout=full)
    same((p.returncode, p.err), (3, 'standard output: cannot write: No space left on device\n'),
         'full disk, per packet')
    p = run('translate', '--help', stdout=full)
    same(p.returncode, 3, 'full disk under --help')
if os.geteuid() == 0 and os.path.ismount('/proc'):
    # a file system of 64 KB, in a mount namespace of its own
    script = ('mount -t tmpfs -o size=65536 none "$1" && shift && exec "$@"')
    p = subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', tmp.name + '/small', XLATLAB,
                        'translate', '-qc', SIIT, '-r', write('in', pcap(*[PACKET] * 2000)), '-w',
                        tmp.name + '/small/out'], stderr=subprocess.PIPE, text=True) \
        if os.makedirs(tmp.name + '/small', exist_ok=True) is None else None
    if p.returncode in (1, 32):
        ok(True, 'small tmpfs # SKIP no right to mount')
    else:
        same((p.returncode, p.stderr), (3, tmp.name + '/small/out: cannot write: No space left on '
                                        'device\n'), 'a small file system fills up')
write('in', good)
p = run('translate', '-c', SIIT, '-r', path('in'), '-w', path('in'))
same((p.returncode, read('in')), (2, good), 'output onto the input is refused, the input unharmed')
p = run('translate')
same(p.returncode, 2, 'no configuration')
has(p.err, '-c CONFIG is missing', 'is said')
p = run('translate', '-c', path('nowhere.yaml'), stdin=good)
same((p.returncode, p.out), (2, b''), 'a configuration that is not there')
faults = write('faults.yaml', '''role: sit
prefix6: 2001:db8::/33
mtu: {lowest-ipv6: 1279}
hairpinning: maybe
udp-zero-checksum: ignore
traffic-class: 256
own: {ipv4: 300.1.2.3}
interfaces: [{name: v4, side: v5, mtu: 1500}, {name: v6, side: v6, mtu: 12}]
nonsense: 1
''')
p = run('translate', '-c', faults, stdin=good)
same((p.returncode, p.out), (2, b''), 'a configuration with ten faults')
lines = [l for l in p.err.split('\n') if l.startswith(faults + ':')]
same(len(lines), 10, 'has them all reported in one run')
for n in range(1, 10):
    ok(any(l.startswith('%s:%d:' % (faults, n)) for l in lines), 'the fault of line %d' % n)
done()

"""tap.py - what the script tests share: numbered checks, captures and packets made octet by octet.

Packets and checksums are made here from the RFCs alone, so that a fault in the program cannot hide.
"""
import os
import socket
import struct
import subprocess
import sys
import tempfile

XLATLAB = os.path.abspath(os.path.join(os.environ.get('BUILD_DIR', 'build/debug'), 'xlatlab'))
ran = bad = 0
tmp = tempfile.TemporaryDirectory()


def ok(good, what):
    global ran, bad
    ran += 1
    bad += not good
    print('%sok %d - %s' % ('' if good else 'not ', ran, what), flush=True)
    return bool(good)


def same(got, want, what):
    if not ok(got == want, what):
        print('#   got  %r\n#   want %r' % (got, want), flush=True)


def has(text, part, what):
    if not ok(part in text, what):
        print('#   no %r in %r' % (part, text), flush=True)


def done():
    print('1..%d' % ran)
    sys.exit(bad > 0 or ran == 0)


def path(name):
    return os.path.join(tmp.name, name)


def write(name, data):
    with open(path(name), 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())
    return path(name)


def read(name):
    with open(path(name), 'rb') as f:
        return f.read()


def run(*args, stdin=b'', **more):
    """Runs xlatlab; .out are octets, .err is text."""
    p = subprocess.run([XLATLAB, *args], input=stdin, stderr=subprocess.PIPE, timeout=600,
                       **{'stdout': subprocess.PIPE, **more})
    p.out, p.err = p.stdout, p.stderr.decode()
    return p


def ones_sum(octets):
    if len(octets) % 2:
        octets += b'\0'
    total = sum(struct.unpack('!%dH' % (len(octets) // 2), octets))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def address(text):
    return socket.inet_pton(socket.AF_INET6 if ':' in text else socket.AF_INET, text)


def udp(src, dst, data=b'hello', sport=2000, dport=4000):
    head = struct.pack('!HHH', sport, dport, 8 + len(data))
    pseudo = address(src) + address(dst) + struct.pack('!HH', 17, 8 + len(data))
    return head + struct.pack('!H', ones_sum(pseudo + head + b'\0\0' + data) or 0xffff) + data


def ip4(src, dst, payload=None, proto=17, ttl=64, ident=1, frag=0x4000, tos=0):
    payload = udp(src, dst) if payload is None else payload
    head = struct.pack('!BBHHHBB', 0x45, tos, 20 + len(payload), ident, frag, ttl, proto)
    ends = address(src) + address(dst)
    return head + struct.pack('!H', ones_sum(head + b'\0\0' + ends)) + ends + payload


def ip6(src, dst, payload=None, nh=17, hlim=64):
    payload = udp(src, dst) if payload is None else payload
    return (struct.pack('!IHBB', 6 << 28, len(payload), nh, hlim) + address(src) + address(dst) +
            payload)


def pcap(*packets, linktype=101, start=1700000000, magic=0xa1b23c4d):
    """A capture; packet i has the time start + i seconds and i nanoseconds (or microseconds)."""
    out = struct.pack('<IHHIIII', magic, 2, 4, 0, 0, 262144, linktype)
    for i, p in enumerate(packets):
        out += struct.pack('<IIII', start + i, i, len(p), len(p)) + p
    return out


def unpcap(data):
    """[(seconds, fraction, packet)] of what the program wrote."""
    magic, major, minor, _, _, _, linktype = struct.unpack('<IHHIIII', data[:24])
    assert (magic, major, minor, linktype) == (0xa1b23c4d, 2, 4, 101), data[:24]
    out, at = [], 24
    while at < len(data):
        s, frac, n, orig = struct.unpack('<IIII', data[at:at + 16])
        assert n == orig
        out.append((s, frac, data[at + 16:at + 16 + n]))
        at += 16 + n
    return out

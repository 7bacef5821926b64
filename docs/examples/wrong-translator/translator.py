#!/usr/bin/env python3
"""A translator for UDP and TCP by one /96 prefix: a capture on standard input, one on standard output.

Three faults are in it on purpose; docs/adapters.md finds them.
"""
import ipaddress
import json
import struct
import sys

try:
    with open(sys.argv[1]) as f:
        prefix = ipaddress.ip_network(json.load(f)['prefix6'])
except (TypeError, KeyError, ValueError):
    sys.exit('a configuration without a prefix')
if prefix.prefixlen != 96:
    sys.exit('a prefix of 96 bits is all I know')
PREFIX = prefix.network_address.packed[:12]


def sum16(octets):
    total = sum(struct.unpack('!%dH' % (len(octets) // 2), octets + b'\0' * (len(octets) % 2)))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return total


def adjusted(payload, proto, old, new):
    """The payload with its checksum over other addresses (RFC 1624)."""
    at = {6: 16, 17: 6}[proto]
    was, = struct.unpack_from('!H', payload, at)
    now = ~sum16(struct.pack('!HHH', ~was & 0xffff, ~sum16(old) & 0xffff, sum16(new))) & 0xffff
    return payload[:at] + struct.pack('!H', now) + payload[at + 2:]


def to_ipv6(p):
    tos, length, _, fragment, ttl, proto = struct.unpack_from('!xBHHHBB', p)
    if p[0] != 0x45 or fragment & 0x3fff or proto not in (6, 17):
        return None
    new = PREFIX + p[12:16] + PREFIX + p[16:20]
    payload = adjusted(p[20:length], proto, p[12:20], new)
    return struct.pack('!IHBB', 6 << 28, len(payload), proto, ttl) + new + payload


def to_ipv4(p):
    first, length, proto, hlim = struct.unpack_from('!IHBB', p)
    if proto not in (6, 17) or p[8:20] != PREFIX or p[24:36] != PREFIX or hlim < 2:
        return None
    new = p[20:24] + p[36:40]
    payload = adjusted(p[40:40 + length], proto, p[8:40], new)
    head = struct.pack('!BBHHHBBH', 0x45, first >> 20 & 255, 20 + length, 0, 0, hlim - 1, proto, 0)
    return head[:10] + struct.pack('!H', ~sum16(head + new) & 0xffff) + new + payload


read, write = sys.stdin.buffer.read, sys.stdout.buffer.write
write(read(24))  # the header of the capture: the same
while len(record := read(16)) == 16:
    packet = read(struct.unpack('=IIII', record)[2])
    out = to_ipv6(packet) if packet[0] >> 4 == 4 else to_ipv4(packet)
    if out:
        write(record[:8] + struct.pack('=II', len(out), len(out)) + out)
    sys.stdout.buffer.flush()

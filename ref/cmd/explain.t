#!/usr/bin/env python3
"""xlatlab explain: text and JSON, rules with their sections, chains, bad input."""
import json
import sys

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

SIIT = write('siit.yaml', '''
prefix6: 2001:db8:64::/96
eamt:
  - {ipv4: 192.0.2.33/32, ipv6: "2001:db8:aaaa::33/128"}
own: {ipv4: 192.0.2.254, ipv6: "2001:db8:ffff::1"}
''')
PLAT = write('plat.yaml', '''
prefix6: 2001:db8:64::/96
eamt: [{ipv4: 203.0.113.9/32, ipv6: "2001:db8:aaaa::33/128"}]
own: {ipv4: 203.0.113.1, ipv6: "2001:db8:9999::1"}
''')
H4, H6 = '198.51.100.2', '192.0.2.33'
PACKET = ip4(H4, H6)


def lines(p):
    return [json.loads(line) for line in p.out.decode().splitlines()]


p = run('explain', '-c', SIIT, '-r', write('in', pcap(PACKET)))
text = p.out.decode()
same((p.returncode, p.err), (0, ''), 'a capture is explained')
has(text, 'into v4 at 1700000000.000000000: IPv4 198.51.100.2 > 192.0.2.33 ttl 64 UDP '
    '2000 > 4000 data 5, 33 octets',
    'text tells the packet that enters')
has(text, 'out of v6: IPv6 2001:db8:64::c633:6402 > 2001:db8:aaaa::33 hlim 63 UDP '
    '2000 > 4000 data 5, 53 octets',
    'and the one that leaves')
hop = [i for i, l in enumerate(text.splitlines()) if 'hop-limit:' in l]
same(len(hop), 1, 'one note about the hop limit')
has(text.splitlines()[hop[0]], 'RFC 7915 4.1', 'with its section')
has(text.splitlines()[hop[0] + 1], 'ipv4.ttl 64  ->  ipv6.hlim 63', 'and the field before and after')
has(text, '=> sent: ', 'and the verdict')

p = run('explain', '-c', SIIT, '-r', '-', '--json', stdin=pcap(PACKET, ip4(H4, H6, b'\x11\0\0\0', 2)))
got = lines(p)
same([g['type'] for g in got if g['type'] != 'note'], ['packet', 'sent', 'verdict'] +
     ['packet', 'verdict'], 'JSON: one line a packet, note, packet sent and verdict')
same([g['input'] for g in got if g['type'] == 'packet'], [1, 2], 'JSON: numbered')
same(bytes.fromhex(got[0]['packet']), PACKET, 'JSON: the packet as it entered')
sent = [bytes.fromhex(g['packet']) for g in got if g['type'] == 'sent'][0]
src, dst = '2001:db8:64::c633:6402', '2001:db8:aaaa::33'
same(sent, ip6(src, dst, udp(src, dst), hlim=63), 'JSON: the packet as it left')


def spans(was, now, notes):
    """What a note says that is in a packet lies in it."""
    for g in notes:
        for side, octets in (('was', was), ('is', now)):
            span = g.get(side)
            if span and span['n_bits'] <= 512:
                whole = int.from_bytes(octets, 'big')
                shift = 8 * len(octets) - span['at_bit'] - span['n_bits']
                same(int(span['value'], 16), whole >> shift & ((1 << span['n_bits']) - 1),
                     'JSON: %s: %s is what lies at bit %d' % (g['rule'], side, span['at_bit']))


spans(PACKET, sent, [g for g in got if g['type'] == 'note' and g['input'] == 1])
verdicts = [g for g in got if g['type'] == 'verdict']
same([v['act'] for v in verdicts], ['sent', 'dropped'], 'JSON: verdicts')
has(verdicts[1]['clause'], 'rfc7915-4.2', 'JSON: the clause of the drop')
has(verdicts[1]['section'], 'RFC 7915 4.2', 'JSON: its section')

p = run('explain', '-c', SIIT, '--json', '--packet', '[ipv4: {src: %s, dst: %s, ttl: 1}, udp: {}]' %
        (H4, H6))
same([(g['type'], g.get('act')) for g in lines(p) if g['type'] in ('sent', 'verdict')],
     [('sent', None), ('verdict', 'answered')], 'a packet written as text')
p = run('explain', '-c', SIIT, '--packet', '[ipv5: {}]')
same((p.returncode, p.out), (2, b''), 'a packet that cannot be')
has(p.err, 'packet:1:2: ', 'is told with its place')
p = run('explain', '-c', SIIT, '--packet', '[ipv4: {src: 192.0.2.1')
has(p.err, 'packet:1:23: ', 'a bracket that is not closed: behind the text, not in a second line')

p = run('explain', '-c', SIIT, '-c', PLAT, '--json', stdin=pcap(ip4(H6, H4)))
same(p.returncode, 2, 'neither capture nor packet')
has(p.err, 'one of -r IN.pcap and --packet LAYERS', 'is said')
p = run('explain', '-c', SIIT, '-c', PLAT, '-r', '-', '--json', stdin=pcap(ip4(H6, H4)))
same([g['stage'] for g in lines(p) if g['type'] == 'packet'], [SIIT, PLAT], 'each stage of a chain')
p = run('explain', '-c', SIIT, '-r', '-', '-n', '1', stdin=pcap(PACKET, PACKET))
same(p.out.decode().count('=>'), 1, '-n 1 is one packet')
p = run('explain', '-c', SIIT, '-r', '-', stdin=pcap(PACKET, PACKET)[:-1])
same((p.returncode, p.out.decode().count('=>'), p.err.count('\n')), (3, 1, 1),
     'a capture that stops in mid-record: what came before, one message')
p = run('explain', '-c', SIIT, '-r', '-', '-n', '0', stdin=pcap(PACKET))
same(p.returncode, 2, '-n 0 is refused')

# RFC 7757 4.2.2: to IPv4 and at once back
M1, M2 = '2001:db8:aaaa::44', '2001:db8:64::c000:221'
HAIRPIN = write('hairpin.yaml', '''
prefix6: 2001:db8:64::/96
eamt:
  - {ipv4: 192.0.2.33/32, ipv6: "2001:db8:aaaa::33/128"}
  - {ipv4: 192.0.2.44/32, ipv6: "2001:db8:aaaa::44/128"}
own: {ipv4: 192.0.2.254, ipv6: "2001:db8:ffff::1"}
''')
BACK = ip6(M1, M2, udp(M1, M2))
p = run('explain', '-c', HAIRPIN, '-r', write('in', pcap(BACK)))
text = p.out.decode()
for was, now in (('ipv6.hlim 64', 'ipv4.ttl 63'), ('ipv4.ttl 63', 'ipv6.hlim 63'),
                 ('ipv6.src %s' % M1, 'ipv4.src 192.0.2.44'),
                 ('ipv4.src 192.0.2.44', 'ipv6.src 2001:db8:64::c000:22c')):
    has(text, '%s  ->  %s' % (was, now), 'a hairpin: fields of the packet at hand')
hops = [l.split(':')[0].strip() for l in text.splitlines() if 'hop-limit' in l or ' ttl:' in l]
same(hops, ['RFC 7915 5.1    ttl', 'RFC 7757 4.2.2  hop-limit-hairpinned'],
     'a hairpin: decremented once')
has(text, 'between the two: IPv4 192.0.2.44 > 192.0.2.33 ttl 63 UDP 2000 > 4000 '
    'data 5, 33 octets',
    'a hairpin: the packet between')
p = run('explain', '-c', HAIRPIN, '-r', '-', '--json', stdin=pcap(BACK))
got = lines(p)
at = [i for i, g in enumerate(got) if g['type'] in ('packet', 'between', 'sent')]
same([got[i]['type'] for i in at], ['packet', 'between', 'sent'], 'JSON: a hairpin')
made = [bytes.fromhex(got[i]['packet']) for i in at]
for k in range(2):
    spans(made[k], made[k + 1], [g for g in got[at[k]:at[k + 1]] if g['type'] == 'note'])

# cut on its way: spans are those of the first fragment
p = run('explain', '-c', SIIT, '--packet',
        '[ipv4: {src: %s, dst: %s, id: 77}, udp: {}, data: {len: 1300}]' % (H4, H6))
text = p.out.decode()
notes = text.splitlines()
sums = [notes[i + 1] for i, l in enumerate(notes) if 'l4-checksum-6:' in l]
same(len(sums), 1, 'a packet that is cut: one note about its checksum')
has(sums[0], '->  udp.sum 0x', 'which is where it lies behind the Fragment header')


def fields(text):
    """What each rule is told to have made, in order, rule by rule."""
    told, made = [], None
    for line in text.splitlines():
        if line.startswith('  RFC') and ': ' in line:
            made = (line.split(': ')[0].split()[-1], [])
            told.append(made)
        elif '  ->  ' in line:
            made[1].append(line.strip())
    return told


def made(rule, text):
    return [m for r, m in fields(text) if r == rule]


def now(*each):
    return ['(nothing)  ->  ' + f for f in each]


# RFC 7915 4.1: 1308 octets behind the IPv4 header; 1232 fit into 1280 behind two headers of 48
same(made('fragmented-6', text),
     [now('ipv6.len 1240', 'fragment.off 0', 'fragment.m 1'),
      now('ipv6.len 84', 'fragment.off 154', 'fragment.m 0')], 'each fragment: length, offset and M')
same((made('fragment-more-6', text), made('fragment-offset-6', text)), ([], []),
     'of what came whole neither is copied')
has(text, 'fragment.id 0x0000004d', 'its identification is')
same(made('payload-length', text), [['ipv4.len 1328  ->  ipv6.len 1316']],
     'a length is a number also where the fragment has another')
NARROW = write('narrow.yaml', read('siit.yaml').decode() + "interfaces: [{name: a, side: v4, mtu: 600}, {name: b, side: v6}]\n")
p = run('explain', '-c', NARROW, '--packet',
        '[ipv6: {src: "%s", dst: "%s"}, udp: {}, data: {len: 1000}]' % (dst, src))
same(made('fragmented-4', p.out.decode()),
     [now('ipv4.len 596', 'ipv4.off 0', 'ipv4.mf 1'),
      now('ipv4.len 452', 'ipv4.off 72', 'ipv4.mf 0')], 'and each IPv4 fragment')

# errors of the translator's own: RFC 792, RFC 1191, RFC 4443
for packet, rule, want in (
        ('[ipv4: {src: %s, dst: %s, ttl: 1}, udp: {}]' % (H4, H6), 'answer-4',
         ('icmpv4.type 11', 'icmpv4.code 0')),
        ('[ipv4: {src: %s, dst: %s, df: 1}, udp: {}, data: {len: 1460}]' % (H4, H6), 'answer-4',
         ('icmpv4.type 3', 'icmpv4.code 4', 'icmpv4.mtu 1480')),
        ('{packet: [ipv4: {src: %s, dst: %s}, udp: {}, data: {len: 9}], truncate: 30}' % (H4, H6),
         'answer-4', ('icmpv4.type 12', 'icmpv4.code 0', 'icmpv4.pointer 2')),
        ('[ipv6: {src: "%s", dst: "%s"}, udp: {}, data: {len: 1600}]' % (dst, src), 'answer-6',
         ('icmpv6.type 2', 'icmpv6.code 0', 'icmpv6.mtu 1520')),
        ('[ipv6: {src: "%s", dst: "%s"}, routing: {left: 1}, udp: {}]' % (dst, src),
         'answer-6', ('icmpv6.type 4', 'icmpv6.code 0', 'icmpv6.pointer 43'))):
    p = run('explain', '-c', SIIT, '--packet', packet)
    text = p.out.decode()
    same(made(rule, text), [now(*want)], 'an error: ' + ', '.join(want))
    has(text, want[0].split('.')[0].replace('icmp', 'ICMP') + ' ', 'and what is sent says so')
    same(made('answer-source-' + rule[-1], text),
         [now('ipv4.src 192.0.2.254' if rule[-1] == '4' else 'ipv6.src 2001:db8:ffff::1')],
         'which comes from the translator')
    same(len(made('answer-quote-' + rule[-1], text)), 1, 'and quotes')

# what an ICMP error quotes, field by field
p = run('explain', '-c', SIIT, '--packet',
        '[ipv6: {src: "%s", dst: "%s"}, icmpv6: {type: 2, mtu: 1400}, quote: [ipv6: {src: "%s", '
        'dst: "%s"}, fragment: {id: 5}, udp: {}]]' % (dst, src, src, dst))
quoted = made('quote6-translated', p.out.decode())[0]
for line in ('quote.ipv6.len 16  ->  quote.ipv4.len 28', 'quote.ipv6.hlim 64  ->  quote.ipv4.ttl 64',
             'quote.ipv6.nh 44  ->  quote.ipv4.proto 17',
             'quote.ipv6.src %s  ->  quote.ipv4.src %s' % (src, H4),
             'quote.ipv6.dst %s  ->  quote.ipv4.dst %s' % (dst, H6),
             'quote.fragment.id 0x0005  ->  quote.ipv4.id 0x0005',
             'quote.fragment.m 0  ->  quote.ipv4.mf 0'):
    ok(line in quoted, line)
ok(not any('bits ' in l for l in quoted), 'no field of it is without a name')
has(quoted[-1], 'quote.udp.sum 0x', 'its checksum')
p = run('explain', '-c', SIIT, '--packet',
        '[ipv4: {src: %s, dst: %s}, icmpv4: {type: 3, code: 3}, quote: [ipv4: {src: %s, dst: %s, '
        'options: 0101010101010100}, icmpv4: {type: 8}]]' % (H4, H6, H6, H4))
quoted = made('quote4-translated', p.out.decode())[0]
for line in ('quote.ipv4.len 36  ->  quote.ipv6.len 8', 'quote.ipv4.ttl 64  ->  quote.ipv6.hlim 64',
             'quote.icmpv4.type 8  ->  quote.icmpv6.type 128'):
    ok(line in quoted, line)
done()

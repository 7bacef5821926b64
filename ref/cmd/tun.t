#!/usr/bin/env python3
"""Real transfers across `xlatlab translate --tun`, IPv4 to IPv6 and back, in network namespaces made for this test.

    IPv4 host  v4 ---- r4  router with xl0  r6 ---- v6  IPv6 host
"""
import hashlib
import os
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading

sys.path.insert(0, 'scripts')
from netns import Net, enter  # noqa: E402
enter()
from tap import *  # noqa: E402,F403

if not shutil.which('ip'):
    print('1..0 # SKIP no ip(8) here')
    sys.exit(0)

SIZE = 8 << 20
DATA = b''.join(hashlib.sha256(b'%d' % i).digest() for i in range(SIZE // 32))
V4, V4_AS_6 = '192.0.2.1', '2001:db8:64::c000:201'
V6, V6_AS_4 = '2001:db8:b::2', '198.51.100.2'
CONF = write('conf.yaml', '''
prefix6: 2001:db8:64::/96
eamt: [{ipv4: 198.51.100.2/32, ipv6: "2001:db8:b::2/128"}]
own: {ipv4: 198.51.100.254, ipv6: "2001:db8:f::1"}
''')

host4, router, host6 = Net(), Net(fresh=False), Net()
router.ip('link add r4 type veth peer name v4 netns ' + host4.path, 'link add r6 type veth peer name v6 netns ' + host6.path,
          'tuntap add dev xl0 mode tun', 'link set r4 up', 'link set r6 up', 'link set xl0 up')
router.set(net_ipv4_ip__forward=1, net_ipv6_conf_all_forwarding=1, net_ipv4_conf_all_rp__filter=0,
           net_ipv4_conf_default_rp__filter=0)
router.ip('address add 192.0.2.254/24 dev r4', '-6 address add 2001:db8:b::fe/64 dev r6 nodad',
          'route add 198.51.100.0/24 dev xl0', '-6 route add 2001:db8:64::/96 dev xl0')
host4.ip('link set lo up', 'link set v4 up', 'address add 192.0.2.1/24 dev v4', 'route add default via 192.0.2.254')
host6.ip('link set lo up', 'link set v6 up', '-6 address add 2001:db8:b::2/64 dev v6 nodad',
         '-6 route add default via 2001:db8:b::fe')


class Live:
    """The translator in the router; its counters when it has ended."""
    def __init__(self, *args):
        self.p = router.start(XLATLAB, 'translate', '-c', CONF, '--tun', 'xl0', *args, stderr=subprocess.PIPE, text=True)
        self.ready = self.p.stderr.readline()

    def end(self):
        self.p.send_signal(signal.SIGTERM)
        log = self.p.stderr.read()
        same(self.p.wait(60), 0, 'the translator ends in order')
        ok('could not be sent' not in log and 'not translated' not in log, 'nothing was left out')
        return {m[1]: int(m[0]) for m in re.findall(r'^ *(\d+)  (\S+)', log, re.M)}


def carry(sender, receiver, address, options=()):
    """The data over one TCP connection. What arrived, and the sender's idea of the path's MTU."""
    got = hashlib.sha256()
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    with receiver.socket(socket.AF_INET6 if receiver is host6 else socket.AF_INET) as server, sender.socket(family) as s:
        server.bind(('::' if receiver is host6 else '0.0.0.0', 0))
        server.listen()
        for o in options:
            s.setsockopt(*o)
        s.settimeout(120)
        server.settimeout(120)
        s.connect((address, server.getsockname()[1]))
        peer, _ = server.accept()
        peer.settimeout(120)

        def send():
            s.sendall(DATA)
            s.shutdown(socket.SHUT_WR)
        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        n = 0
        while more := peer.recv(1 << 20):
            got.update(more)
            n += len(more)
        thread.join()
        mtu = struct.unpack_from('I', s.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104), 60)[0]  # tcpi_pmtu
        peer.close()
    return (n, got.digest()), mtu


WHOLE = (SIZE, hashlib.sha256(DATA).digest())
SEGMENTS = SIZE // 1440
to6 = host4, host6, V6_AS_4
to4 = host6, host4, V4_AS_6


def forget():
    """What the hosts learnt about paths; they would offer a smaller MSS, and nothing would be left to find."""
    host4.ip('route flush cache')
    host6.ip('-6 route flush cache')


def each_way(name, want_mtu=None, options6=(), options4=(), small_link=(None, None)):
    for way, what, options, small in ((to6, 'IPv4 to IPv6', options6, small_link[0]),
                                      (to4, 'IPv6 to IPv4', options4, small_link[1])):
        if small:  # only there: this end of a veth drops what comes in longer
            router.ip('link set %s mtu %d' % small)
        got, mtu = carry(*way, options)
        if small:
            router.ip('link set %s mtu 1500' % small[0])
        same(got, WHOLE, '%s, %s: arrives unharmed' % (name, what))
        if want_mtu:
            same(mtu, want_mtu[way is to4], '%s, %s: the sender knows the MTU of the path' % (name, what))
        forget()


for args in (), ('--no-offload',):
    how = 'without offload' if args else 'with offload'
    live = Live(*args)
    has(live.ready, 'no offload' if args else 'MTU 1500', how)
    each_way(how)
    counters = live.end()
    packets = [counters['translated-4to6'], counters['translated-6to4']]
    if 'offload of' in live.ready:
        ok(max(packets) < SEGMENTS, '%s: many segments pass at once (%s packets for %d)' % (how, packets, SEGMENTS))
    else:
        ok(min(packets) > SEGMENTS, '%s: each segment passes alone (%s packets for %d)' % (how, packets, SEGMENTS))

    live = Live(*args)
    each_way(how + ', a smaller link behind', (1360, 1420), small_link=(('r6', 1380), ('r4', 1400)))
    live.end()
    router.ip('link set xl0 mtu 1400')
    live = Live(*args)
    has(live.ready, 'MTU 1400', how)
    each_way(how + ', a smaller device', (1380, 1400))
    counters = live.end()
    ok(counters.get('too-big-4', 0) > 0, 'the translator itself said so')
    router.ip('link set xl0 mtu 1500')

    live = Live(*args)
    # IPv4 without DF (IP_MTU_DISCOVER): fragmented to 1280; segments of 1000 octets (TCP_MAXSEG): no DF
    each_way(how + ', DF clear', None, [(socket.IPPROTO_IP, 10, 0)], [(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1000)])
    counters = live.end()
    ok(counters['translated-6to4'] > SIZE // 1000, 'from IPv6, segments of at most 1260 octets pass alone')
    if 'offload of' in live.ready:
        ok(counters.get('offload-too-big', 0) > 0, 'super-packets were cut by the translator')

    # ---- UDP_SEGMENT: one call, nine datagrams ----
    live = Live(*args)
    for sender, receiver, address in to6, to4:
        family = socket.AF_INET6 if receiver is host6 else socket.AF_INET
        with receiver.socket(family, socket.SOCK_DGRAM) as r, \
                sender.socket(socket.AF_INET6 if ':' in address else socket.AF_INET, socket.SOCK_DGRAM) as s:
            r.bind(('::' if receiver is host6 else '0.0.0.0', 0))
            s.setsockopt(socket.IPPROTO_UDP, 103, 1300)
            if ':' not in address:
                s.setsockopt(socket.IPPROTO_IP, 10, 2)  # DF: Linux clears it where the whole is longer than the MTU
            s.sendto(DATA[:9 * 1300 - 100], (address, r.getsockname()[1]))
            got = []
            while len(got) < 9 and select.select([r], [], [], 60)[0]:
                got.append(r.recv(65536))
        same(got, [DATA[i * 1300:min((i + 1) * 1300, 9 * 1300 - 100)] for i in range(9)],
             '%s: nine datagrams from one call to %s' % (how, address))
    counters = live.end()
    if 'UDP' in live.ready:
        same([counters[r] for r in ('translated-4to6', 'translated-6to4')], [1, 1], 'each call was one packet here')

# ---- HTTP ----
if shutil.which('curl'):
    live = Live()
    write('file', DATA)
    server = host6.start(sys.executable, '-u', '-m', 'http.server', '--bind', '::', '--directory', tmp.name, '0',
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    port = re.search(r'port (\d+)', server.stdout.readline())[1]
    client = host4.start('curl', '-sS', '--noproxy', '*', '-m', '120', 'http://%s:%s/file' % (V6_AS_4, port), stdout=subprocess.PIPE)
    same(hashlib.sha256(client.stdout.read()).digest(), WHOLE[1], 'curl gets a file over IPv4 from a server with IPv6')
    same(client.wait(), 0, 'curl: exit status')
    server.kill()
    server.wait()
    live.end()
else:
    ok(True, 'curl gets a file # SKIP no curl here')
done()

#!/usr/bin/env python3
"""xlatlab translate and explain, interrupted, and with other people at the ends of a pipe."""
import fcntl
import os
import signal
import socket
import struct
import subprocess
import sys
import termios
import threading
import time

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

if not os.path.exists('/proc/self/status'):
    print('1..0 # SKIP needs /proc to see when the program listens for a signal')
    sys.exit(0)

SIIT = write('siit.yaml', '''
prefix6: 2001:db8:64::/96
eamt: [{ipv4: 192.0.2.33/32, ipv6: "2001:db8:aaaa::33/128"}]
own: {ipv4: 192.0.2.254, ipv6: "2001:db8:ffff::1"}
''')
PACKET = ip4('198.51.100.2', '192.0.2.33')
HOSTS = '2001:db8:64::c633:6402', '2001:db8:aaaa::33'
WANT = ip6(*HOSTS, udp(*HOSTS), hlim=63)


def until(holds, what):
    """Waits for a condition; the deadline is for what never comes."""
    deadline = time.monotonic() + 60
    while not holds():
        if time.monotonic() > deadline:
            ok(False, 'in time: ' + what)
            return
        time.sleep(0.005)


def pending(pipe):
    """Octets that lie in a pipe and were not read yet."""
    return struct.unpack('i', fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


def is_listening(pid, sig):
    with open('/proc/%d/status' % pid) as f:
        caught = [line for line in f if line.startswith('SigCgt:')][0]
    return int(caught.split()[1], 16) >> sig - 1 & 1


def start(*args, command='translate', sig=signal.SIGTERM, **more):
    """The program with pipes at all ends, listening for the signal."""
    child = subprocess.Popen(
        [XLATLAB, command, '-c', SIIT, *args], preexec_fn=lambda: signal.signal(sig, signal.SIG_DFL),
        **{'stdin': subprocess.PIPE, 'stdout': subprocess.PIPE, 'stderr': subprocess.PIPE, **more})
    until(lambda: is_listening(child.pid, sig), 'listening')
    return child


def take(pipe, n):
    got = b''
    while len(got) < n:
        more = os.read(pipe.fileno(), n - len(got))
        if not more:
            break
        got += more
    return got


def interrupt(child, sig, what, summary):
    """Sends the signal with the input still open. The rest of the output."""
    child.send_signal(sig)
    err = child.stderr.read().decode()
    rest = child.stdout.read() if child.stdout else b''
    same(child.wait(60), 3, what + ': exit status')
    has(err, ': interrupted; what was read before is', what + ': said')
    has(err, summary, what + ': summary')
    return rest


HEADER = pcap()
RECORD = 16 + len(WANT)
for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    child = start(sig=sig)
    same(interrupt(child, sig, 'nothing came, %s' % sig.name, 'siit.yaml: 0 packets'), b'',
         'no header of the input, none of the output')
    child = start(sig=sig)
    os.write(child.stdin.fileno(), HEADER)
    same(take(child.stdout, 24), HEADER, "the output's header comes with that of the input")
    same(interrupt(child, sig, 'a header came, %s' % sig.name, 'siit.yaml: 0 packets'), b'',
         'and nothing after it')
    child = start(sig=sig)
    os.write(child.stdin.fileno(), pcap(PACKET, PACKET) + b'half')
    got = take(child.stdout, 24 + 2 * RECORD)
    got += interrupt(child, sig, 'silence after two packets, %s' % sig.name, '2 packets, 2 sent')
    same([g[2] for g in unpcap(got)], [WANT, WANT], 'what was read is written')
child = start('-q')
os.write(child.stdin.fileno(), HEADER)
take(child.stdout, 24)
child.send_signal(signal.SIGTERM)
same((child.stderr.read().count(b'\n'), child.wait(60)), (1, 3), '-q: only that it was interrupted')
write('out', 'what was here')
child = start('-w', path('out'))
interrupt(child, signal.SIGTERM, 'before -w is opened', '0 packets')
same(read('out'), b'what was here', 'the output is left alone')
os.mkfifo(path('fifo'))
child = start('-r', path('fifo'))
interrupt(child, signal.SIGTERM, 'a named pipe nobody writes to', '0 packets')
child = start('-r', path('fifo'))
with open(path('fifo'), 'wb') as f:
    f.write(pcap(PACKET))
same([g[2] for g in unpcap(child.stdout.read())], [WANT], 'a named pipe opened before its writer')
same(child.wait(60), 0, 'and it ends with its writer')

flow = start('-w', path('out'))


def pour():
    data = pcap(*[PACKET] * 1000)
    try:
        while True:
            os.write(flow.stdin.fileno(), data)
            data = data[24:] if data.startswith(HEADER) else data
    except OSError:
        pass


thread = threading.Thread(target=pour)
thread.start()
until(lambda: len(read('out')) > 1000000, 'a megabyte has flowed')
flow.send_signal(signal.SIGTERM)
err = flow.stderr.read().decode()
same(flow.wait(60), 3, 'a pipe that never falls silent: exit status')
thread.join()
has(err, 'interrupted', 'said')
has(err, 'siit.yaml: %d packets, ' % len(unpcap(read('out'))), 'each packet counted is written')

ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
child = start('--socket', str(its.fileno()), pass_fds=[its.fileno()])
ours.send(PACKET)
same(ours.recv(70000), WANT, 'a socket works')
interrupt(child, signal.SIGTERM, 'a socket', '1 packet, 1 sent')
ours.close()
child = start('-r', '-', command='explain')
os.write(child.stdin.fileno(), pcap(PACKET) + b'some')
until(lambda: pending(child.stdin) == 0, 'explain has read it')
has(interrupt(child, signal.SIGTERM, 'explain', 'what was read before is explained').decode(),
    'packet 1\n', 'what came is explained')
r, w = os.pipe()
child = start(stdout=w)
os.close(w)
os.close(r)
os.write(child.stdin.fileno(), pcap(PACKET))
err = child.stderr.read().decode()
same(child.wait(60), 3, 'a reader that went: exit status')
has(err, 'standard output: cannot write: Broken pipe', 'said')
has(err, 'siit.yaml: ', 'with the summary')
for what in ('input', 'output'):
    r, w = os.pipe()
    os.set_blocking(r if what == 'input' else w, False)
    ends = {'stdin': r} if what == 'input' else {'stdout': w}
    child = start(**ends)
    into, out = (w, child.stdout.fileno()) if what == 'input' else (os.dup(child.stdin.fileno()), r)
    child.stdin and child.stdin.close()
    many = pcap(*[PACKET] * 5000)
    os.close(r if what == 'input' else w)
    thread = threading.Thread(target=lambda: (open(into, 'wb', closefd=False).write(many),
                                              os.close(into)))
    thread.start()
    if what == 'output':
        until(lambda: pending(out) > 60000, 'the pipe is full')
    with open(out, 'rb', closefd=False) as f:
        same(len(unpcap(f.read())), 5000, 'a non-blocking standard ' + what)
    same(child.wait(60), 0, 'and no fault')
    thread.join()
done()

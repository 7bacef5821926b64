#!/usr/bin/env python3
"""Live implementations: on their own TUN, in namespaces the run made, and nothing is left of them."""
import glob
import json
import os
import signal
import struct
import subprocess
import sys
import time

sys.path.insert(0, 'scripts')
from conform_tap import *  # noqa: E402,F403

need_live()

NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
HOSTILE = os.path.abspath('conformance/hostile_tun.py')
YAML = 'name: hostile\nattachment: tun\nclaims: [rfc7915]\ncommand: [%s, %s, "{config}"]\n'
known = run('conform', '--list', '--select', 'rfc7915/4.1').out.decode()
pair = [l.split('\t')[0] for l in known.splitlines() if '/ttl' in l or '/tos' in l][:4]
ok(len(pair) == 4, 'there are cases to play: %s' % pair)


def hostile(mode, *args, select=pair, **more):
    out = path('out-' + mode)
    select = sum((['--select', i] for i in select), [])
    p = run('conform', '--iut', adapter(mode, adapter_yaml=YAML % (HOSTILE, mode)), '--out', out, '--jobs', '1',
            *select, *args, **more)
    return p, (cases(out) if os.path.exists(out + '/results.jsonl') else {})


def of_processes(read):
    """read() of each process's folder, where it still is one."""
    for p in os.listdir('/proc'):
        try:
            if p.isdigit():
                yield read('/proc/' + p)
        except OSError:
            pass


def left():
    """(network namespace, command line) of what this test started, others may run the same now."""
    return [c for c in of_processes(lambda p: (os.readlink(p + '/ns/net'), open(p + '/cmdline').read()))
            if 'hostile_tun.py' in c[1] and tmp.name in c[1]]


def in_namespaces(names):
    return [n for n in of_processes(lambda p: os.readlink(p + '/ns/net')) if n in names]


def devices():
    return sorted(l.split(':')[0] for l in open('/proc/net/dev'))


def records(name):
    """The packets of a capture with the lengths in the order of x86, as the golden set has them."""
    data, at, found = open(name, 'rb').read(), 24, []
    while at < len(data):
        n = struct.unpack('<I', data[at + 8:at + 12])[0]
        found.append(data[at + 16:at + 16 + n])
        at += 16 + n
    return found


def wait_for(what):
    for _ in range(3000):
        if what():
            return True
        time.sleep(0.01)
    return False


devices_before = devices()

# ---- one that does right ----
p, c = hostile('honest')
same([r['verdict'] for r in c.values()], ['pass'] * 4, 'a translator on its TUN is judged like any other')
same(p.returncode, 0, 'and passes')
has(subprocess.run(['prove', '--exec', 'cat', write('t', p.out)], capture_output=True, text=True).stdout, 'PASS', 'prove agrees')

# ---- the reference live: on links more than two interfaces and two MTUs, on a TUN one device ----
some = ['--select', 'tenants', '--select', 'rfc7915/4.6', '--select', 'rfc7915/4.1', '--select', 'rfc7915/5.2/mtu']
verdicts = {}
for iut in ('ref', 'ref-link', 'ref-tun'):
    p = run('conform', '--iut', iut, '--out', path(iut), *some)
    same(p.returncode, 0, iut + ' passes')
    verdicts[iut] = {i: r['verdict'] for i, r in cases(path(iut)).items()}
for iut in ('ref-link', 'ref-tun'):
    judged = {i: v for i, v in verdicts[iut].items() if v != 'unsupported'}
    same(judged, {i: verdicts['ref'][i] for i in judged}, iut + ' has the verdicts of ref')
    ok(len(judged) > 200, 'in %d cases' % len(judged))
ok('unsupported' not in {v for i, v in verdicts['ref-link'].items() if i.startswith('tenants/')}, 'tenants on links')
same({r['message'].split(':')[0] for r in cases(path('ref-tun')).values() if r['verdict'] == 'unsupported'},
     {'attachment tun'}, 'what ref-tun cannot carry is for what the attachment is')

# ---- the kernel of the namespace is silent: the implementation receives what the judge sent, and nothing else ----
p, c = hostile('ledger', '--in-flight', '1', select=['rfc7915/4.1', 'rfc7915/4.2', 'rfc7915/5.2'])
received = sorted(l for f in glob.glob(path('out-ledger/*.ledger')) for l in open(f).read().split())
suite = json.load(open('vectors/golden/rfc7915.json'))['cases']
packets = records('vectors/golden/rfc7915.in.pcap')
sent = sorted(packets[s['in']].hex() for k in suite if c.get(k['id'], {}).get('verdict') in ('pass', 'info', 'weak', 'fail')
              for t in k['turns'] for s in t['sends'])
same(received, sent, 'in a namespace of a run %d packets went to the device, all of them the judge\'s' % len(sent))
ok(len(sent) > 100, 'and they are many')

# ---- without root, where the system lets users make namespaces ----
if os.geteuid() == 0 and subprocess.run(NOBODY + ['unshare', '-Urn', 'true'], capture_output=True).returncode == 0:
    os.chmod(tmp.name, 0o711)
    os.mkdir(path('nobody'), 0o777)
    os.chmod(path('nobody'), 0o777)
    p = subprocess.run(NOBODY + [XLATLAB, 'conform', '--iut', 'ref-link', '--select', 'tenants', '--out', path('nobody/out')],
                       capture_output=True, text=True)
    same(p.returncode, 0, 'a user without rights judges on links')
else:
    ok(True, 'a user without rights judges on links # SKIP not root, or users may make no namespaces here')

# ---- --keep ----
keep = subprocess.Popen([XLATLAB, 'conform', '--iut', 'ref-link', '--select', pair[0], '--out', path('keep'), '--keep'],
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
said = ''
while 'Ctrl-C ends it' not in said:
    line = keep.stderr.readline()
    said += line
    if not line:
        break
inside = [l.split('#')[0].split() for l in said.splitlines() if 'nsenter' in l]
ok(len(inside) >= 2, '--keep names the processes that stand')
has(subprocess.run(inside[-1] + ['cat', '/proc/net/dev'], capture_output=True, text=True).stdout, 'xlat0',
    'its command shows the devices of the implementation')
keep.send_signal(signal.SIGINT)
tap = keep.communicate()[0]
same(keep.returncode, 0, 'the status is that of the run')
has(tap, 'ok 1 - ', 'the TAP is there')
same(run('conform', '--iut', 'ref', '--keep', '--out', path('keep')).returncode, 2, '--keep of a plugin is refused')


# ---- a device of several queues, for those that ask for one ----
for device, verdict in (('multi-queue', 'pass'), ('single-queue', 'error')):
    out = path('out-' + device)
    run('conform', '--iut', adapter(device, adapter_yaml=YAML % (HOSTILE, 'queues') + 'device: %s\n' % device), '--out', out,
        '--select', pair[0], *(['--timeout-scale', '0.2'] if verdict == 'error' else []))
    same([r['verdict'] for r in cases(out).values()], [verdict], 'one that asks for queues, device %s' % device)

# ---- those that do wrong ----
for mode, verdict, message in (
        ('exit', 'error', 'exit status 1'),
        ('hang', 'error', 'did not become ready in time'),
        ('deaf', 'error', 'did not become ready in time'),
        ('die', 'error', 'signal 6'),
        ('flood', 'error', 'a flood'),
        ('drop', 'fail', 'nothing came out'),
        ('twice', 'fail', 'extra'),
        ('garbage', 'fail', ''),
        ('wrong-side', 'fail', ''),
        ('oversized', 'fail', ''),
        ('late', 'fail', 'nothing came out'),
        ('reordered', 'pass', ''),
        ('talk', 'pass', ''),
        ('daemon', 'pass', '')):
    scale = '0.05' if verdict == 'error' and 'ready' in message else '1'
    some = pair[:1] if mode == 'flood' else pair
    p, c = hostile(mode, '--timeout-scale', scale, select=some)
    same(sorted({r['verdict'] for r in c.values()}), [verdict], 'one that does %r: verdict' % mode)
    same(len(c), len(some), 'one that does %r: every case has a line' % mode)
    for r in c.values():
        if not ok(message in r.get('message', ''), 'one that does %r: says %r' % (mode, message)):
            print('#', r.get('message'), p.err[-600:])
        break
    ok(not left(), 'one that does %r: no process is left' % mode)
    ok(not [b for b in p.out if b < 32 and b != 10], 'one that does %r: no control character in the TAP' % mode)

# ---- however the run ends ----
for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
    folder = adapter('slow', adapter_yaml=YAML % (HOSTILE, 'daemon'))
    run_ = subprocess.Popen([XLATLAB, 'conform', '--iut', folder, '--out', path('slow-out'), '--select', 'rfc7915',
                             '--repeat', '1000'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    ok(wait_for(left), 'it runs')
    made = {ns for ns, _ in left()} - {os.readlink('/proc/self/ns/net')}
    ok(made, 'in a namespace of its own')
    run_.send_signal(sig)
    status = run_.wait()
    same(status, -9 if sig == signal.SIGKILL else 3, '%s: exit status' % sig.name)
    ok(wait_for(lambda: not left()), '%s: nothing is left running' % sig.name)
    ok(wait_for(lambda: not in_namespaces(made)), '%s: no namespace is left' % sig.name)
same(devices(), devices_before, 'the devices are as they were')
done()

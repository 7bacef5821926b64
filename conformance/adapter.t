#!/usr/bin/env python3
"""What an adapter may say and do: its keys, its verbs, the forms of the configuration."""
import json
import os
import sys

sys.path.insert(0, 'scripts')
from conform_tap import *  # noqa: E402,F403

SELECT = ['--select', 'rfc7915/4.1/hop-limit/', '--select', 'rfc7915/4.1/ttl-exceeded/', '--select', 'rfc7915/5.1/extension/']
COMMAND = 'name: mine\nattachment: %s\nclaims: [rfc7915]\n'
PCAP = COMMAND % 'pcap' + 'command: ["{program}", translate, -q, -c, "{config}", -r, "-", -w, "-"]\n'


def conform(folder, *args, select=SELECT):
    p = run('conform', '--iut', folder, '--out', path('out'), '--jobs', '1', '--timeout-scale', '20', *select, *args)
    return p, (cases(path('out')) if os.path.exists(path('out/results.jsonl')) else {})


def verdicts(c):
    return sorted({r['verdict'] for r in c.values()})


# ---- keys ----
for what, text, message in (
        ('hops', PCAP + 'extra-hops: 1\n', '5:13: extra-hops: must be a mapping: {before: 1, after: 1}'),
        ('a key', PCAP + 'extra-hops: {between: 1}\n', '5:14: extra-hops: between: unknown key: allowed are before, after'),
        ('a number', PCAP + 'extra-hops: {before: -1}\n', '5:22: before: -1: allowed is 0 to 16'),
        ('a range', PCAP + 'extra-hops: {after: 17}\n', '5:21: after: 17: allowed is 0 to 16'),
        ('a word', PCAP + 'grace-ms: soon\n', '5:11: grace-ms: soon: allowed is 0 to 2000'),
        ('a list', PCAP + 'grace-ms: [1]\n', '5:11: grace-ms: no number: allowed is 0 to 2000')):
    p, _ = conform(adapter('odd', adapter_yaml=text))
    same(p.returncode, 3, 'adapter.yaml, %s: exit status' % what)
    has(p.err, 'adapter.yaml:' + message, 'adapter.yaml, %s: message' % what)
with open('conformance/adapters/ref/adapter.yaml') as f:
    p, _ = conform(adapter('odd', adapter_yaml=f.read() + 'grace-ms: 1\n'))
has(p.err, 'a plugin has none', 'a plugin has no host between')

# ---- hops of a host ----
HOST = r'''
import os, struct, subprocess, sys, threading
def pipe(src, dst, hops, what):
    dst.write(what(src, 24))
    while True:
        head = what(src, 16)
        if len(head) < 16:
            break
        p = bytearray(what(src, struct.unpack('=IIII', head)[2]))
        at = 8 if p[0] >> 4 == 4 else 7
        if p[at] <= hops:
            continue
        p[at] -= hops
        if at == 8:
            s = (p[10] << 8 | p[11]) + (hops << 8)
            p[10:12] = struct.pack('!H', (s & 0xffff) + (s >> 16))
        dst.write(head + p)
        dst.flush()
    dst.close()
def exactly(src, n):
    return src.read(n)
inner = subprocess.Popen([os.environ['XLATLAB'], 'translate', '-q', '-c', sys.argv[1]], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE)
threading.Thread(target=pipe, args=(sys.stdin.buffer, inner.stdin, int(sys.argv[2]), exactly), daemon=True).start()
pipe(inner.stdout, sys.stdout.buffer, int(sys.argv[3]), exactly)
'''
host = write('host.py', HOST)
HOSTED = COMMAND % 'pcap' + 'command: [%s, %s, "{config}", "%%d", "%%d"]\n' % (sys.executable, host)
_, c = conform(adapter('hosted', adapter_yaml=HOSTED % (1, 2)))
ok('fail' in verdicts(c), 'hops that nobody declared are failures')
p, c = conform(adapter('hosted', adapter_yaml=HOSTED % (1, 2) + 'extra-hops: {before: 1, after: 2}\n'))
same((p.returncode, verdicts(c)), (0, ['pass', 'unsupported']), 'declared, they are none')
why = sorted({r['message'] for r in c.values() if r['verdict'] == 'unsupported'})
same(why, ['extra-hops: a packet would not live to pass the hops before it',
           'extra-hops: a packet would not live to pass the hops behind it',
           'extra-hops: no hop limit is left for the hops before it'], 'and what they make impossible is not judged')
ok(sum(r['verdict'] == 'pass' for r in c.values()) > 3, 'the rest is')
_, c = conform(adapter('hosted', adapter_yaml=HOSTED % (1, 2) + 'extra-hops: {before: 2, after: 1}\n'))
ok('fail' in verdicts(c), 'declared wrongly, they are failures')

# ---- the configuration in both forms ----
p, c = conform(adapter('yaml', adapter_yaml=PCAP.replace('{config}', '{config-yaml}')))
same((p.returncode, verdicts(c)), (0, ['pass']), 'the configuration as YAML is the same')
forms = [f for f in os.listdir(path('out')) if f.endswith('.yaml')]
ok(forms, 'and lies beside the other: %s' % forms)
for get in (['role'], ['own.ipv4'], ['interfaces'], ['interfaces.1.mtu'], ['prefix6'], ['eamt'], ['mtu.plateaus'], ['nothing']):
    both = [run('adapter', 'get', path('out/' + forms[0])[:-5] + form, *get).out for form in ('.json', '.yaml')]
    same(both[0], both[1], '`adapter get` reads %s in either' % get[0])

# ---- stop ----
RUN = '''#!/bin/sh
echo "$1 $2" >>verbs
case $1 in
probe) echo 1 ;;
setup | teardown) ;;
start) exec "$XLATLAB" translate -q -c "$2" -r - -w - ;;
stop) %s ;;
*) exit 64 ;;
esac
'''
VERBS = COMMAND % 'pcap'


def stops(how, more=''):
    if os.path.exists(path('stops/verbs')):
        os.remove(path('stops/verbs'))
    p, c = conform(adapter('stops', adapter_yaml=VERBS + more, run=RUN % how), select=['--select', 'rfc7915/4.1/hop-limit/'])
    with open(path('stops/verbs')) as f:
        called = [line.split() for line in f]
    return p, c, called


p, c, called = stops('true')
n = len(c)
ok(n > 1, 'there are cases: %d' % n)
same([v[0] for v in called][1:], ['probe', 'setup', 'config', 'start', 'stop', 'teardown'], 'the verbs in their order')
same(called[-2][1:], called[-3][1:], '`stop` is told the configuration')
same((p.returncode, verdicts(c)), (0, ['pass']), 'and all is well')
p, c, called = stops('true', 'fresh: case\n')
same([v[0] for v in called].count('stop'), n, 'once an instance')
p, c, called = stops('exit 64', 'fresh: case\n')
same(([v[0] for v in called].count('stop'), p.returncode), (1, 0), 'one that has none is not asked again')
p, c, called = stops('exit 5')
same(p.returncode, 3, 'one that fails is an error')
has(p.err, 'mine: stop exits with 5', 'and says so')
same(verdicts(c), ['pass'], 'the cases are as they were')
p, c, called = stops('exit 5', 'fresh: case\n')
same((p.returncode, verdicts(c)), (3, ['error', 'pass']), 'in the middle of a run it ends it')
has([r['message'] for r in c.values() if r['verdict'] == 'error'][0], 'stop exits with 5', 'with the reason')
done()

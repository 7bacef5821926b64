#!/usr/bin/env python3
"""What an adapter may say and do: its keys, its verbs, the forms of the configuration."""
import json
import os
import shutil
import signal
import subprocess
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
has(p.err, 'mine: the verb stop exits with 5', 'and says so')
same(verdicts(c), ['pass'], 'the cases are as they were')
p, c, called = stops('exit 5', 'fresh: case\n')
same((p.returncode, verdicts(c)), (3, ['error', 'pass']), 'in the middle of a run it ends it')
has([r['message'] for r in c.values() if r['verdict'] == 'error'][0], 'stop exits with 5', 'with the reason')

# ---- check ----


def check(folder, *args, by=(), scale='20'):
    p = subprocess.run([*by, XLATLAB, 'adapter', 'check', folder, '--timeout-scale', scale, *args],
                       capture_output=True, text=True)
    p.bad = [line.split(' - ', 1)[1] for line in p.stdout.splitlines() if line.startswith('not ok')]
    return p


def fault(what, folder, status, bad, message, **more):
    p = check(folder, **more)
    if not ok((p.returncode, p.bad) == (status, bad), 'check, %s: %s' % (what, bad)):
        print('#   status %d\n%s%s' % (p.returncode, p.stdout, p.stderr))
    has(p.stdout + p.stderr, message, 'check, %s: what to fix' % what)
    return p


for name in ('ref', 'ref-pcap', 'ref-socket'):
    same((check(name).returncode, check(name).bad), (0, []), 'check: nothing to fix in ' + name)
GOOD = RUN % 'true'
adapter('good', adapter_yaml=VERBS, run=GOOD.replace('echo "$1 $2" >>verbs\n', ''))
with open(path('good/run')) as f:
    GOOD = f.read()
p = check(path('good'))
same((p.returncode, p.bad), (0, []), 'check: nothing to fix in one of its own')
same(subprocess.run(['prove', '--exec', 'cat', write('tap', p.stdout)], capture_output=True).returncode, 0, 'check: it is TAP')
# it has a session of its own before the verb ends, or it would die with the verb
DAEMON = '''setup)
	setsid sh -c "echo >$TMPDIR/up; exec sleep %d" >/dev/null 2>&1 &
	until [ -e "$TMPDIR/up" ]; do sleep 0.01; done
	rm "$TMPDIR/up" ;;
'''
NOTHING = 'it does not start with a configuration that is none (`[]`)'
LEFT = 'nothing is left: no process, device, namespace, file'
for what, script, bad, message in (
        ('yes to everything', GOOD.replace('exit 64', 'exit 0'), ['a verb that does not exist exits with 64'],
         'fix: end its case with `*) exit 64 ;;`'),
        ('a version with a name', GOOD.replace('echo 1 ', 'echo mine 1 '), ['which is the version alone'],
         'it prints "mine 1 "; fix: leave the name out'),
        ('a version that goes on', GOOD.replace('echo 1 ', 'echo 1; echo 2 '), ['probe prints one line'], 'in one line'),
        ('a teardown that fails', GOOD.replace('setup |', 'setup) ;;').replace(' teardown)', ' teardown) exit 7'),
         ['teardown exits with 0'] * 2, 'it exits with 7; fix: what fails, or `teardown) ;;`'),
        ('a stop that fails', GOOD.replace('true', 'exit 5'),
         ['it starts, gets packets across both ways, and stops, twice (%s: error)'], 'mine ended badly when it was closed'),
        ('a start that fails', GOOD.replace('exec', 'exit 6'),
         ['it starts, gets packets across both ways, and stops, twice (%s: error)'], 'it has ended: exit status 6'),
        ('a configuration that is not read', GOOD.replace('"$2"', os.path.abspath('conformance/adapter.t.json')),
         [NOTHING], 'it translates all the same'),
        ('a process', GOOD.replace('setup |', DAEMON % (2000000 + os.getpid())), [LEFT], '(sleep)'),
        ('a file in its folder', GOOD.replace('setup |', 'setup) >left ;;'), [LEFT], 'left/left'),
        ('a file', GOOD.replace('setup |', 'setup) mktemp >&2;;'), [LEFT], '/tmp/tmp.')):
    if what == 'a configuration that is not read':  # some configuration, whatever it is told
        conform(path('good'), select=['--select', 'rfc7915/4.1/hop-limit/'])
        some = [f for f in os.listdir(path('out')) if f.endswith('.json') and f[:-4] + 'yaml' in os.listdir(path('out'))][0]
        first = [l.split('(')[1].split(':')[0] for l in check(path('good')).stdout.splitlines() if '(rfc' in l][0]
        conform(path('good'), select=['--select', first])
        with open(path('out/results.jsonl')) as f:
            config = [json.loads(l)['config'] for l in f if '"case"' in l][0]
        script = GOOD.replace('"$2"', path('out/%s.json' % config))
    folder = adapter('left', adapter_yaml=VERBS, run=script)
    p = check(folder)
    same((p.returncode, [b.split(' (rfc')[0] for b in p.bad]), (1, [b.split(' (%s')[0] for b in bad]), 'check, %s: %s' % (what, bad))
    if not ok(message in p.stdout, 'check, %s: what to fix' % what):
        print(p.stdout, p.stderr)
    if what == 'a process':
        for left in p.stdout.split('#   process ')[1:]:
            os.kill(int(left.split()[0]), signal.SIGKILL)
    for f in ('left', 'left/left'):
        if os.path.isfile(path(f)):
            os.remove(path(f))
fault('no adapter', path('nowhere'), 2, [], 'allowed are a folder with adapter.yaml and')
fault('not installed', adapter('left', adapter_yaml=VERBS, run=GOOD.replace('echo 1 ', 'exit 3 ')), 3, ['probe: it is installed'],
      'exits with 3')
fault('keys', adapter('left', adapter_yaml=VERBS + 'wings: 2\n', run=GOOD), 1,
      ['adapter.yaml can be read, and so can expected.yaml'], 'adapter.yaml:4:1: wings: unknown key: allowed are name')
fault('lacks', adapter('left', adapter_yaml=VERBS + 'lacks: [{feature: filter, why: "it has none"}]\n', run=GOOD), 1,
      ['what it lacks is said of a version'], 'lacks filter: "it has none"')
EXPECTED = 'rfc7915/4.1/hop-limit/*: {verdict: fail, fields: [ipv6.hlim], why: x}\nrfc9999/*: {verdict: error, why: x}\n'
fault('expected', adapter('left', adapter_yaml=VERBS, run=GOOD, expected_yaml=EXPECTED), 1,
      ['expected.yaml names cases that exist'], 'expected.yaml:2:1: no case is called rfc9999/*')
os.remove(path('left/expected.yaml'))
os.chmod(path('left/run'), 0o644)
with open(path('left/adapter.yaml'), 'w') as f:
    f.write(PCAP)
fault('a `run` that is none', path('left'), 1, ['`run` can be run'], 'fix: chmod +x ')
fault('a plugin that reads nothing', 'docs/examples/plugin-minimal', 1, [NOTHING], 'it translates all the same')
SOCKET = COMMAND % 'socket' + 'command: [sh, -c, "%s"]\n'
fault('one that hangs over what it cannot read', adapter('hangs', adapter_yaml=SOCKET % (
    'grep -q role $0 || exec sleep 1000; exec $XLATLAB translate -q -c $0 --socket 3",  "{config}')), 1, ['but ends'],
      'let it exit with a status other than 0', scale='1')
own = ['unshare', '-n' if os.geteuid() == 0 else '-Urn']
if subprocess.run([*own, 'ip', 'tuntap', 'add', 'mode', 'tun'], capture_output=True).returncode == 0:
    fault('a device', adapter('left', adapter_yaml=VERBS, run=GOOD.replace('setup |', 'setup) ip tuntap add left0 mode tun 2>&1 || : ;;')),
          1, [LEFT], 'device left0', by=own)
else:
    ok(True, 'check, a device # SKIP no right to make a device in a namespace, or no ip')

# ---- new ----
for kind in ('plugin', 'pcap', 'socket', 'tun', 'link'):
    folder = path('new-' + kind)
    p = run('adapter', 'new', folder, '--attachment', kind)
    same(p.returncode, 0, 'new, %s: exit status' % kind)
    lines = [l.strip().rsplit(':', 1) for l in p.out.decode().splitlines() if l.startswith('  ')]
    for f, at in lines:
        with open(f) as text:
            has(text.read().splitlines()[int(at) - 1], 'FILL IN', 'new, %s: %s:%s is to be filled in' % (kind, f[len(folder) + 1:], at))
    if kind == 'plugin':
        built = subprocess.run(['cc', '-std=c17', '-Wall', '-Wextra', '-Werror', '-shared', '-fPIC', '-I', 'conformance', '-o',
                                folder + '/new-plugin.so', folder + '/plugin.c'], capture_output=True, text=True)
        same((built.returncode, built.stderr), (0, ''), 'new, plugin: it compiles')
        p = check(folder)
        same([b.split(' (')[0] for b in p.bad], ['it starts, gets packets across both ways, and stops, twice'], 'new, plugin: what is left to do')
        has(p.stdout, 'no translator yet', 'new, plugin: it says so')
        continue
    script = folder + '/run'
    same(subprocess.run(['sh', '-n', script]).returncode, 0, 'new, %s: `run` is a script' % kind)
    if shutil.which('shellcheck'):
        same(subprocess.run(['shellcheck', script], capture_output=True, text=True).stdout, '', 'new, %s: a clean one' % kind)
    p = check(folder)
    same((p.returncode, p.bad), (3, ['probe: it is installed']), 'new, %s: up to what is to be filled in, all is well' % kind)
    has(p.stdout, '# run:10: still to be filled in', 'new, %s: which check tells' % kind)
same(run('adapter', 'new', path('new-tun'), '--attachment', 'tun').returncode, 3, 'new: a folder that is there')
p = run('adapter', 'new', path('a b'), '--attachment', 'tun')
has(p.err, "'a b' is no name: allowed are letters", 'new: an odd name')
same(run('adapter', 'new', path('x'), '--attachment', 'pigeon').returncode, 2, 'new: an unknown attachment')
done()

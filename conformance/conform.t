#!/usr/bin/env python3
"""`xlatlab conform` as people and CI meet it: TAP through prove, exit status, selection, known failures,
adapters that lie, commands that are no translators, shards, what a failing case shows."""
import fcntl
import glob
import json
import os
import re
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

BUILD = os.environ.get('BUILD_DIR', 'build/debug')
GOLDEN, OUT = path('golden'), path('out')
NAP = str(10000000 + os.getpid())  # seconds, told from those of another run
PATIENT = ['--timeout-scale', '20']  # a machine may stall for seconds
run('vectors', 'build', '--keep-going', '--out', GOLDEN)


def conform(*args, iut='ref', out=OUT):
    p = run('conform', '--golden', GOLDEN, '--iut', iut, '--out', out, *PATIENT, *args)
    p.tap = p.out.decode()
    return p


def results(out=OUT):
    with open(os.path.join(out, 'results.jsonl')) as f:
        return [json.loads(line) for line in f]


def cases(out=OUT):
    return {r['id']: r for r in results(out) if r['type'] == 'case'}


def prove(tap):
    return subprocess.run(['prove', '--exec', 'cat', write('tap', tap)], capture_output=True)


def adapter(name, **files):
    os.makedirs(path(name), exist_ok=True)
    for f, text in files.items():
        at = os.path.join(path(name), f.replace('_', '.'))
        with open(at, 'w') as to:
            to.write(text)
        os.chmod(at, 0o755 if f == 'run' else 0o644)
    return path(name)


# ---- the whole set, by the reference ----
whole = conform()
ok(whole.returncode in (0, 1), 'the reference is judged to the end')
lines = results()
same((lines[0]['type'], lines[-1]['type']), ('run', 'end'), 'results begin with the run and end with its end')
same(lines[0]['iut_version'][:8], 'xlatlab ', 'the run names the version')
ids = [l.split('\t')[0] for l in run('conform', '--golden', GOLDEN, '--list').out.decode().splitlines()]
same(sorted(cases()), sorted(ids), 'every case has one line')
points = re.findall(r'^(?:not )?ok \d+ - (\S+)', whole.tap, re.M)
same(points, sorted(ids), 'and one point, sorted by id')
open_text = [i for i, c in sorted(cases().items()) if c['verdict'] == 'info' and c.get('interpretation')]
ok(open_text, 'what the RFCs leave open has its interpretation in the results')
block = whole.tap[whole.tap.index(' - %s (info' % open_text[0]):].split('  ...\n')[0] if open_text else ''
ok('requirements:' in block and 'interpretation:' in block, 'and both are in the TAP')
failed = sorted(i for i, c in cases().items() if c['expected'] != 'yes')
same(whole.returncode, 1 if failed else 0, 'the exit status says whether one failed')
passed = sorted(i for i, c in cases().items() if c['verdict'] == 'pass')
ok(len(passed) > len(ids) * 0.9, 'most pass: %d of %d' % (len(passed), len(ids)))
p = prove(whole.tap)
ok(b'Parse errors' not in p.stdout + p.stderr and b'Tests=%d' % len(ids) in p.stdout, 'prove reads the TAP')
same(conform('--jobs', '1', out=path('j1')).tap.replace('j1', 'out'), whole.tap.replace('j1', 'out'),
     'one worker says the same as several')

# ---- selection ----
one = passed[0]
p = conform('--select', one)
same((p.returncode, p.tap.splitlines()[1]), (0, '1..1'), 'one id is one case')
same(prove(p.tap).returncode, 0, 'and prove is content')
half = [set(cases(path('s%d' % i))) for i in (1, 2) if conform('--shard', '%d/2' % i, '--select', 'rfc6052',
                                                               out=path('s%d' % i)).returncode < 2]
want = {i for i in ids if i.startswith('rfc6052')}
ok(len(half) == 2 and half[0] | half[1] == want and not half[0] & half[1], 'two shards are the whole, once')
globbed = run('conform', '--golden', GOLDEN, '--list', '--select', 'rfc6052/*', '--select', one).out.decode()
same({l.split('\t')[0] for l in globbed.splitlines()}, want | {one}, 'globs and ids together')
for args, status, text in (
        (['--select', 'no/such/case'], 2, '--select no/such/case: no case is meant by it'),
        (['--select', one, '--select', 'no/such/case'], 2, '--select no/such/case: no case is meant by it'),
        (['--select', one, '--shard', '2/2'], 3, 'nothing was judged'),
        (['--shard', '3/2'], 2, 'I/N'),
        (['--timeout-scale', '0'], 2, 'greater than 0'),
        (['--level', 'perhaps'], 2, 'must'),
        (['--explain', 'no/such/case'], 2, 'no case has this id')):
    p = conform(*args)
    same(p.returncode, status, ' '.join(args) + ': exit status')
    has(p.err, text, ' '.join(args) + ': message')
p = conform(iut='no-such-adapter')
same(p.returncode, 2, 'an adapter that is not there')
has(p.err, "no adapter 'no-such-adapter'", 'is named')
p = conform('--repeat', '2', '--select', 'rfc7757')
ok('error' not in p.tap.splitlines()[-1], 'two repetitions agree')

# ---- a golden set that is not whole ----
part = path('part')
shutil.copytree(GOLDEN, part)
os.remove(part + '/rfc7757.out.pcap')


def of_part(*args):
    return run('conform', '--golden', part, '--out', path('part-out'), *PATIENT, *args)


same(of_part('--select', one).returncode, 0, 'a suite that is not selected may be missing')
for args in ([], ['--select', 'rfc7757'], ['--select', 'rfc77*'], ['--select', '*/mtu*'],
             ['--self-test', '--select', 'rfc*'], ['--list'], ['--explain', 'rfc7757/3.2/x']):
    p = of_part(*args)
    same(p.returncode, 3, 'one that may be is an error: %s' % args)
    has(p.err, 'rfc7757.out.pcap: No such file or directory: `make vectors` or `xlatlab vectors build`',
        'that says what is missing and what makes it: %s' % args)
same(of_part('--select', 'rfc6052/*', '--select', 'robustness', '--list').returncode, 0, 'globs below a suite')
same(of_part('--explain', one).returncode, 0, '--explain of another suite')
same(of_part('--failed', '--list').returncode, 0, '--failed needs the suites of what failed alone, here none')

# ---- the toy of docs/examples ----
TOY = 'docs/examples/plugin-minimal'
toy_out = path('toy')
p = conform(iut=TOY, out=toy_out)
same(p.returncode, 1, 'the example plugin fails')
toy = cases(toy_out)
verdicts = [c['verdict'] for c in toy.values()]
for v in ('pass', 'fail', 'unsupported', 'skip'):
    ok(v in verdicts, 'the example plugin has cases that %s: %d' % (v, verdicts.count(v)))
lines_of_c = open(TOY + '/plugin.c').read().count('\n')
ok(lines_of_c < 60, 'it is short: %d lines' % lines_of_c)
bad = next(i for i, c in sorted(toy.items()) if c['verdict'] == 'fail' and c['got'] and c['want'])
block = p.tap[p.tap.index(' - %s\n' % bad):].split('  ...\n')[0]
for key in ('requirements:', 'differs:', 'field:', 'expected:', 'got:', 'offset:', 'sent:', 'repro:'):
    has(block, key, 'a failing case shows ' + key)
repro = re.search(r'^  repro: (.*)$', block, re.M).group(1)
again = subprocess.run(repro + ' --out ' + path('again'), shell=True, capture_output=True, text=True)
same((again.returncode, again.stdout.count('\nnot ok 1 - ' + bad)), (1, 1), 'its repro line works when pasted')
capture = re.search(r'capture: "(.*)"', block).group(1)
ok(os.path.exists(capture), 'it leaves a capture')
if shutil.which('tshark'):
    t = subprocess.run(['tshark', '-r', capture, '-T', 'fields', '-e', 'frame.comment'], capture_output=True, text=True)
    has(t.stdout, bad + ': sent', 'tshark reads its comments')
    has(t.stdout, bad + ': got', 'also of what came out')
pasted = subprocess.run(repro, shell=True, capture_output=True, text=True)
same((pasted.returncode, len(cases(toy_out))), (1, len(toy)), 'and leaves the results of the whole run alone')
p = conform('--failed', '--list', iut=TOY, out=toy_out)
same({l.split('\t')[0] for l in p.tap.splitlines()},
     {i for i, c in toy.items() if c['expected'] != 'yes'}, '--failed is what failed last time')
conform('--select', one, out=path('green'))
p = conform('--failed', out=path('green'))
same((p.returncode, prove(p.tap).returncode), (0, 0), '--failed where nothing failed')
has(p.err, 'nothing failed in', 'says so')
same(len(cases(path('green'))), 1, 'and leaves the results alone')
with open(path('green/results.jsonl')) as f:
    kept = [l for l in f if '"type":"end"' not in l]
write('green/results.jsonl', ''.join(kept))
same(conform('--failed', out=path('green')).returncode, 3, 'but not where the run was cut off')
p = conform('--explain', bad, iut=TOY, out=toy_out)
has(p.tap, 'What the reference does', '--explain shows the trace')
has(p.tap, 'not ok 1 - ' + bad, 'beside what the implementation did')
same(len(cases(toy_out)), len(toy), '--explain leaves the results of the whole run alone')
p = conform('--explain', next(i for i, c in sorted(toy.items()) if c['verdict'] == 'pass'), iut=TOY, out=toy_out)
ok(all(re.search(r'^  %s:' % k, p.tap, re.M) for k in ('sent', 'expected', 'got')),
   '--explain shows the packets of a case that passed')
ok('explain.json' not in p.tap and re.search(r'^[a-z0-9-]+\.json, into v[46]', p.tap, re.M),
   'and the trace names the configuration')
few = path('few')
conform('--select', bad, iut=TOY, out=few)
before = os.listdir(few + '/failures')
p = conform('--select', bad, '--repeat', '2', '--timeout-scale', '2.5', iut=TOY, out=few)
has(p.tap, ' --repeat=2 --timeout-scale=2.5 --out %s/repro --select %s' % (few, bad), 'a repro line has all that matters')

data = path("it's da ta")
os.symlink(os.getcwd(), data)
odd = path("o'ut of \"$HOME\"")
p = subprocess.run([XLATLAB, 'conform', '--golden', GOLDEN, '--iut', TOY, '--out', odd, *PATIENT, '--select', bad],
                   env={**os.environ, 'XLATLAB_DATA': data}, capture_output=True, text=True)
repro = re.search(r'^  repro: \|\n    (.*)\n  \.\.\.$', p.stdout, re.M)
ok(repro, 'a repro line that YAML would have to escape is a block')
pasted = subprocess.run(repro.group(1) if repro else 'false', shell=True, capture_output=True, text=True)
same((pasted.returncode, pasted.stdout.count('\nnot ok 1 - ' + bad), pasted.stderr.count('rror')), (1, 1, 0),
     'with blanks, quotes and a dollar sign in its names it works when pasted')
ok(os.path.exists(odd + '/repro/results.jsonl'), 'and writes where it says')
conform('--select', bad, iut='ref', out=few)
same((len(before), os.listdir(few + '/failures')), (1, []), 'captures of an earlier run are removed')

# ---- known failures ----
fields = sorted({f['name'] for f in toy[bad]['fields']})
good = next(i for i, c in sorted(toy.items()) if c['verdict'] == 'pass')
yaml = open(TOY + '/adapter.yaml').read().replace('plugin: ', 'plugin: %s/' % os.path.abspath(BUILD))
row = '%s: {verdict: fail, fields: %s, why: "a toy"}\n'
for what, text, case, status, word in (
        ('as expected', row % (bad, json.dumps(fields)), bad, 0, '# TODO a toy'),
        ('in another way', row % (bad, '[ipv6.nonsense]'), bad, 1, 'verdict: changed'),
        ('not at all', row % (good, '[ipv6.hlim]'), good, 1, 'verdict: xpass')):
    folder = adapter('known', adapter_yaml=yaml, expected_yaml=text)
    p = conform('--select', case, iut=folder, out=path('known-out'))
    same(p.returncode, status, 'a known failure that fails %s: exit status' % what)
    has(p.tap, word, 'a known failure that fails %s: TAP' % what)
for text, message in (('a: 5\n', 'must be a mapping'),
                      ('a: {verdict: pass, why: x}\n', 'allowed are fail, weak, info, error'),
                      ('a: {verdict: fail, fields: [x]}\n', 'why is missing'),
                      ('a: {verdict: fail, why: x}\n', 'names the fields'),
                      ('a: {verdict: fail, fields: [x], why: x, also: b}\n', 'must be a list of case ids'),
                      ('a: {verdict: fail, fields: [x], why: x, who: y}\n', 'unknown key')):
    p = conform(iut=adapter('known', adapter_yaml=yaml, expected_yaml=text), out=path('known-out'))
    same(p.returncode, 3, 'expected.yaml %r: exit status' % text)
    has(p.err, message, 'expected.yaml %r: message' % text)
    has(p.err, 'expected.yaml:1:', 'expected.yaml %r: place' % text)

# ---- adapters ----
p = run('conform', '--iut', 'no-such-adapter')
same(p.returncode, 2, 'an adapter that is not there')
has(p.err, ': ref, ref-link, ref-pcap', 'is told which there are')
p = conform('--failed', iut=TOY, out=path('never'))
has(p.err, 'a run without it comes first', '--failed without an earlier run')
for text, message in (('name: x\n', 'are required'),
                      ('name: x\nattachment: pigeon\nclaims: [rfc7915]\n', 'allowed are plugin, pcap, socket'),
                      ('name: x\nattachment: pcap\nclaims: [7915]\ncommand: [cat]\n', 'allowed is rfc and a number'),
                      ('name: x\nattachment: pcap\nclaims: [rfc7915]\n', 'command'),
                      ('name: x\nattachment: plugin\nplugin: no.so\nclaims: [rfc7915]\n', 'no.so is neither'),
                      (yaml.replace('address-spaces', 'address-space'),
                       '7:15: lacks: address-space: no case needs such a feature; the nearest is address-spaces'),
                      (yaml.replace('claims: [rfc6052', 'claims: [rfc99999'),
                       '5:10: claims: rfc99999: no case is about it; allowed are rfc1812, '),
                      ('name: x\nattachment: tun\ndevice: big\n', 'allowed are single-queue, multi-queue'),
                      ('name: x\nwings: 2\n', 'unknown key')):
    p = conform(iut=adapter('odd', adapter_yaml=text), out=path('odd-out'))
    same(p.returncode, 3, 'adapter.yaml %r: exit status' % text)
    has(p.err, message, 'adapter.yaml %r: message' % text)
for what, script, message in (
        ('says yes to everything', '#!/bin/sh\nexit 0\n', 'to a verb that does not exist'),
        ('is not installed', '#!/bin/sh\ncase $1 in probe) exit 3;; *) exit 64;; esac\n', 'is not installed'),
        ('cannot set up', '#!/bin/sh\ncase $1 in probe) echo 1.2;; setup) exit 1;; *) exit 64;; esac\n',
         'setup exits with 1')):
    p = conform('--select', one, iut=adapter('verbs', adapter_yaml=yaml, run=script), out=path('verbs-out'))
    same(p.returncode, 3, 'an adapter that %s: exit status' % what)
    has(p.err, message, 'an adapter that %s: message' % what)
p = conform('--select', good, iut=adapter('verbs', adapter_yaml=yaml, run=(
    '#!/bin/sh\necho $1 >>verbs\ncase $1 in probe) echo toy 1.2;; setup|teardown) ;; *) exit 64;; esac\n')),
    out=path('verbs-out'))
same(p.returncode, 0, 'an honest adapter')
same(results(path('verbs-out'))[0]['iut_version'], 'toy 1.2', 'probe tells the version')
same(open(path('verbs/verbs')).read().split()[-3:], ['probe', 'setup', 'teardown'], 'verbs in their order')

# ---- rows of a table that an implementation would refuse ----
row = {'suffix': '192.0.2.128/26', 'well-known': '192.0.2.224/31'}  # of vectors/configs/eam-off.yaml
p = conform('--select', 'rfc7757/3.2', iut=adapter('few', adapter_yaml=(
    'name: few\nattachment: pcap\ncommand: ["{program}", translate, -q, -c, "{config}", -r, "-", -w, "-"]\nclaims: [rfc7757]\n'
    'lacks: [{feature: eamt.suffix, why: no}, {feature: eamt.well-known, why: no}]\n')), out=path('few-out'))
same(p.returncode, 0, 'rows that need what is lacking: exit status')
c = cases(path('few-out'))
same(c['rfc7757/3.2/figure-1-source-4to6/1']['verdict'], 'pass', 'a case that meets another row is judged')
same(c['rfc7757/3.2/figure-1-source-4to6/4']['verdict'], 'unsupported', 'one that meets the row is not')
table = [r['ipv4'] for r in json.load(open(path('few-out/eam-off.json')))['eamt']]
same(len(table), 3, 'the other rows are handed over')
same([k for k, v in row.items() if v in table], [], 'and those it lacks are not')

# ---- commands and sockets ----
SELECT = ['--select', 'rfc6052/2', '--select', 'rfc7915/4.1']
for iut in ('ref-pcap', 'ref-socket'):
    out = path(iut)
    p = conform(*SELECT, iut=iut, out=out)
    ok(p.returncode in (0, 1), iut + ' is judged')
    mine = {i: c['verdict'] for i, c in cases(out).items() if c['verdict'] != 'unsupported'}
    theirs = {i: cases()[i]['verdict'] for i in mine} if set(mine) <= set(cases()) else None
    if theirs is None:
        conform()
        theirs = {i: cases()[i]['verdict'] for i in mine}
    same(mine, theirs, iut + ' gets the verdicts of the plugin')
    ok(len(mine) > 50, iut + ': %d cases' % len(mine))
PCAP = 'name: x\nattachment: pcap\nclaims: [rfc7915, rfc6052, rfc791, rfc8200]\ncommand: %s\n'
SOCKET = PCAP.replace('pcap', 'socket')
FRAMES = ('import os, struct, sys; os.write(1, struct.pack("<IHHiIIIIIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1, 0, 0, 60, 60)'
          ' + bytes(60)); sys.stdin.read()')
for what, text, message in (
        ('ends at once', PCAP % '["true"]', 'it has ended'),
        ('says why it ends', PCAP % '["sh", "-c", "echo; echo no such device >&2; exit 1"]',
         'exit status 1; it said last: no such device'),
        ('is not there', PCAP % '["no-such-program-here"]', 'no-such-program-here'),
        ('echoes', PCAP % '["cat"]', ''),
        ('never answers', PCAP % ('["sleep", "%s"]' % NAP), 'did not come back'),
        ('writes garbage', PCAP % '["sh", "-c", "echo this is no capture at all, whatever it may be; cat >/dev/null"]', ''),
        ('writes frames', PCAP % json.dumps(['python3', '-c', FRAMES]), 'of link type EN10MB (1); it must be RAW'),
        ('crashes', PCAP % '["sh", "-c", "kill -11 $$"]', 'signal 11'),
        ('closes its socket', SOCKET % '["true"]', 'it has ended'),
        ('never reads its socket', SOCKET % ('["sleep", "%s"]' % NAP), 'did not come back')):
    out = path('cmd-out')
    for scale in ('0.05', '1', '20'):  # so much patience as it takes to see what is to be seen
        p = conform('--select', one, '--timeout-scale', scale, iut=adapter('cmd', adapter_yaml=text), out=out)
        r = list(cases(out).values())
        if len(r) == 1 and message in r[0].get('message', ''):
            break
    ok(p.returncode in (1, 3) and len(r) == 1, 'a command that %s: exit status %d' % (what, p.returncode))
    has(r[0]['message'], message, 'a command that %s: message' % what)
left = subprocess.run(['ps', '-eo', 'args'], capture_output=True, text=True).stdout if shutil.which('ps') else ''
ok('sleep ' + NAP not in left, 'nothing is left running')

# ---- a disk that fills: a limit on the size of files stands in for it ----
out = path('full')
p = subprocess.run(['bash', '-c', "trap '' XFSZ; ulimit -f 64; exec \"$@\"", '-', BUILD + '/xlatlab', 'conform',
                    '--golden', GOLDEN, '--iut', 'ref', '--out', out, *PATIENT, '--select', 'rfc7757'], capture_output=True)
same(p.returncode, 3, 'a full disk: exit status')
has(p.stderr.decode(), 'results.jsonl: the results could not be written', 'a full disk: one message')
ok(len(cases(out)) > 20, 'a full disk: what was judged is kept, in whole lines')
has(p.stdout.decode(), 'Bail out!', 'a full disk: and told')

# ---- the judge, judged; and whom it knows ----
p = run('conform', '--golden', GOLDEN, '--self-test', '--select', 'rfc6791', '--select', 'rfc7915/5.2/mtu')
same(p.returncode, 0, 'the self-test notices every flipped bit')
same(prove(p.out).returncode, 0, 'and is TAP')
same({l.split()[3] for l in p.out.decode().splitlines() if ' bits of ' in l}, {'rfc6791:', 'rfc7915:'},
     'no suite passes of which nothing was tested')


def symbols(flag, *files):
    nm = subprocess.run(['nm', '-A', flag, *files], capture_output=True, text=True, check=True).stdout
    return {l.split()[-1] for l in nm.splitlines() if l.split()}


translator = [f for f in glob.glob(BUILD + '/obj/ref/*.o') if not f.endswith('_test.o')]
ok(len(translator) > 10, 'the translator has objects')
ok(symbols('-u', BUILD + '/libxio.a') & symbols('--defined-only', *translator), 'the commands do link it')
used = symbols('-u', BUILD + '/libvec.a', BUILD + '/libjudge.a') & symbols('--defined-only', *translator)
conf = symbols('--defined-only', BUILD + '/obj/ref/conf.o') if os.path.exists(BUILD + '/obj/ref/conf.o') else set()
same(used - conf, set(), 'the judge links nothing of the translator')

# ---- interrupted while TAP is printed ----
for sig in (signal.SIGINT, signal.SIGHUP):
    child = subprocess.Popen([XLATLAB, 'conform', '--golden', GOLDEN, '--out', OUT, *PATIENT], stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL, preexec_fn=lambda: signal.signal(sig, signal.SIG_DFL))
    while struct.unpack('i', fcntl.ioctl(child.stdout, termios.FIONREAD, bytes(4)))[0] < 4096 and child.poll() is None:
        time.sleep(0.01)
    child.send_signal(sig)
    text = child.stdout.read().decode()
    same((child.wait(), 'Bail out! interrupted\n' in text), (3, True), sig.name + ' while TAP is printed')
done()

#!/usr/bin/env python3
"""What people meet first: help, version, misspelt commands, the man page, bash completion."""
import glob
import json
import os
import re
import shlex
import shutil
import subprocess
import sys

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

BUILD = os.environ.get('BUILD_DIR', 'build/debug')

p = run('--version')
same((p.returncode, p.out.decode()), (0, 'xlatlab %s\n' % os.environ.get('VERSION', '0.1.0')),
     '--version')
same(run('--vers').out, p.out, '--version shortened')
p = run('--help')
same(p.returncode, 0, '--help')
same(run('--he').out, p.out, '--help shortened')
commands = [l.split()[0] for l in p.out.decode().splitlines() if l.startswith('  ')][1:]
ok({'translate', 'explain'} <= set(commands), '--help lists the commands: ' + ' '.join(commands))
p = run()
same((p.returncode, p.out), (2, b''), 'no command at all')
p = run('tranlsate')
same(p.returncode, 2, 'a misspelt command')
has(p.err, "unknown command 'tranlsate': did you mean 'translate'?", 'is told the nearest')
p = run('zebra-crossing')
has(p.err, "unknown command 'zebra-crossing': allowed are translate, explain",
    'one like nothing is told what is allowed')
for c in commands:
    p = run(c, '--help')
    same((p.returncode, p.err), (0, ''), c + ' --help')
    has(p.out.decode(), 'usage: xlatlab ' + c, c + ' --help tells the usage')
    ok(max(map(len, p.out.decode().splitlines())) <= 100, c + ' --help fits 100 columns')
    p = run(c, '--no-such-option')
    same((p.returncode, p.out), (2, b''), c + ' refuses an unknown option')

# ---- man page ----

with open(BUILD + '/xlatlab.1') as f:
    page = f.read()
ok('@' not in page, 'man page: nothing is left to fill in')
for c in commands:
    has(page, 'xlatlab ' + c, 'man page: ' + c)
if shutil.which('groff'):
    p = subprocess.run(['groff', '-man', '-ww', '-z', '-Tutf8', BUILD + '/xlatlab.1'],
                       stderr=subprocess.PIPE, text=True)
    same((p.returncode, p.stderr), (0, ''), 'man page: groff has no warning')
else:
    ok(True, 'man page # SKIP groff is not installed')

# ---- completion ----


def complete(*words, by=()):
    script = ('source %s/xlatlab.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _xlatlab; '
              'printf "%%s\\n" "${COMPREPLY[@]}"' % BUILD)
    p = subprocess.run([*by, 'bash', '-c', script, 'bash', *words], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True)
    return p.stdout.split() + p.stderr.split()


same(sorted(complete('xlatlab', '')), sorted(commands), 'completion: commands')
same(complete('xlatlab', 'tra'), ['translate'], 'completion: the beginning of one')
same(complete('xlatlab', 'translate', '--co'), ['--config'], 'completion: an option')
same(complete('xlatlab', 'translate', '-c', 'Makef'), ['Makefile'], 'completion: a file')
same(complete('xlatlab', 'translate', '--socket', ''), [], 'completion: nothing for a number')
same(complete('xlatlab', '--v'), ['--version'], 'completion: --version')
LAB = os.path.abspath(BUILD + '/xlatlab')
REFS = sorted(a for a in os.listdir('conformance/adapters') if a.startswith('ref'))
same(complete(LAB, 'conform', '--iut', 'ref'), REFS + ['ref'], 'completion: adapters, and folders')
same(complete(LAB, 'conform', '-u', 'docs/examples/pl'), ['docs/examples/plugin-minimal'], 'completion: a folder')
has(complete(LAB, 'conform', '--select', 'rfc'), 'rfc7915/', 'completion: suites')
has(complete(LAB, 'conform', '--select', 'rfc7915/4.'), 'rfc7915/4.1/', 'completion: sections')
ok(run('conform', '--list', '--select', 'rfc7756').out.decode().split('\t')[0] in
   complete(LAB, 'conform', '--explain', run('conform', '--list', '--select', 'rfc7756').out.decode().split('\t')[0]),
   'completion: a case')
for word, text in (('--bogus', 'unknown option --bogus: allowed are --help --iut'),
                   ('--jbos=2', 'unknown option --jbos: did you mean --jobs?'),
                   ('--zz', 'unknown option --zz: allowed are'),
                   ('--level-of', 'unknown option --level-of: did you mean --level?')):
    has(run('conform', word).err, text, 'conform ' + word)
for c in commands:
    ok('--help' in complete('xlatlab', c, '--'), 'completion: %s has options' % c)

# ---- the commands of README.md ----

with open('README.md') as f:
    typed = re.findall(r'^    (?:\$ )?(?:build/release/)?xlatlab (.*)$', f.read(), re.M)
ok(len(typed) >= 3, 'README.md has commands')
for line in typed:
    args = shlex.split(line)
    args += ['--out', path('out')] if args[0] == 'conform' else []
    p = run(*(path(a) if a == 'out.pcap' else a for a in args))
    same(p.returncode, 1 if args[0] == 'conform' else 0, 'README.md: ' + line)  # the toy fails

# ---- ids in the documents ----

IDS = run('conform', '--list').out.decode()
known = {l.split('\t')[0] for l in IDS.splitlines()}
documents = sorted(glob.glob('docs/*.md') + ['README.md', 'CONTRIBUTING.md', 'vectors/README.md'])
shown = 0
for name in documents:
    with open(name) as f:
        text = f.read()
    named = set(re.findall(r'(?<![\w/])rfc\d+/[\dA-Z.]+/[a-z0-9./-]*[a-z0-9]', text))
    same(sorted(n for n in named if n not in known and not any(k.startswith(n + '/') for k in known)),
         [], name + ': every case it names is there')
    for thing in re.findall(r'^    xlatlab vectors show (\S+)', text, re.M):
        shown += 1
        same(run('vectors', 'show', thing).returncode, 0, '%s: vectors show %s' % (name, thing))
ok(shown >= 2, 'the documents show a case and a requirement')

# ---- shares in the documents: each within a point of the manifest ----

with open('vectors/golden/manifest.json') as f:
    shares = {s['name']: [100 * s[k] / s['cases'] for k in ('exact', 'settled')]
              for s in json.load(f)['suites']}


def near(said, want, what):
    if not ok(len(said) == len(want) and all(abs(float(a) - b) <= 1 for a, b in zip(said, want)), what):
        print('#   said %r\n#   are  %r' % (said, want))


with open('docs/golden.md') as f:
    rows = re.findall(r'^\| (\S+) \| (\d+) % \| (\d+) % \|$', f.read(), re.M)
same(sorted(r[0] for r in rows), sorted(shares), 'docs/golden.md: a row for each suite')
for name, *said in rows:
    near(said, shares.get(name, []), 'docs/golden.md: shares of ' + name)
MAIN = [shares[s] for s in ('rfc6052', 'rfc7757', 'rfc7915')]
EXACT, SETTLED = zip(*MAIN)
for name, want in (('docs/cases.md', EXACT), ('vectors/README.md', EXACT + SETTLED)):
    with open(name) as f:
        near(re.findall(r'(?<!least )\b(\d+) %', f.read()), list(want), name + ': shares')

# ---- where /proc is not mounted, as in some sandboxes ----

BARE = ['scripts/without-proc']
p = subprocess.run([*BARE, XLATLAB, 'conform', '--select', 'rfc6052', '--out', path('out')],
                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
if p.returncode == 77:
    ok(True, 'no /proc # SKIP no right to make a mount namespace')
elif '/asan' in XLATLAB:
    ok(True, 'no /proc # SKIP the sanitizers read /proc themselves')
else:
    same((p.returncode, 'not ok' in p.stdout), (0, False), 'no /proc: the reference is judged')
    has(p.stdout, '\nok 1 - rfc6052/', 'no /proc: by cases')
    same(complete('xlatlab', 'tra', by=BARE), ['translate'], 'no /proc: completion')
done()

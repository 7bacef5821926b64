#!/usr/bin/env python3
"""`xlatlab vectors`: exit status and message, whatever the folders hold."""
import os
import shutil
import sys

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

EMPTY, NOWHERE, MINE = path('empty'), path('nowhere'), path('mine')
os.mkdir(EMPTY)
VERBS = (['build', '-o', path('out')], ['check'], ['lint'], ['show', 'x'])

# ---- nothing to compile ----
for verb in VERBS:
    for option, at, want in (('--requirements', EMPTY, EMPTY + ': no requirements here\n'),
                             ('--requirements', NOWHERE, NOWHERE + ': No such file or directory\n'),
                             ('--vectors', EMPTY, EMPTY + '/configs: No such file or directory\n')):
        p = run('vectors', *verb, option, at)
        same((p.returncode, p.out, p.err), (3, b'', want), '%s %s: %s' % (verb[0], option, want.strip()))

# ---- a set of one case ----
os.makedirs(MINE + '/cases/rfc7915')
os.makedirs(MINE + '/configs')
p = run('vectors', 'check', '--vectors', MINE)
same((p.returncode, p.err), (3, MINE + '/configs: no configurations here\n'), 'no configuration')
shutil.copy('vectors/configs/siit-basic.yaml', MINE + '/configs')
CASE = MINE + '/cases/rfc7915/one.yaml'
p = run('vectors', 'check', '--vectors', EMPTY, '--requirements', EMPTY)
same(p.returncode, 3, 'neither requirements nor configurations')
shutil.rmtree(MINE + '/cases/rfc7915')
p = run('vectors', 'check', '--vectors', MINE)
same((p.returncode, p.err), (3, MINE + '/cases: no suites of cases here\n'), 'no case')
os.mkdir(MINE + '/cases/rfc7915')
p = run('vectors', 'build', '-o', path('nothing'), '--vectors', MINE)
same((p.returncode, p.err, os.path.exists(path('nothing'))), (3, MINE + '/cases: no cases here\n', False),
     'a suite without cases')
with open(CASE, 'w') as f:
    f.write('- id: rfc7915/1/x\n  nonsense: 1\n')
for verb in VERBS:
    p = run('vectors', *verb, '--vectors', MINE)
    same(p.returncode, 2, verb[0] + ' of a case with a fault')
    has(p.err, CASE + ':2:', verb[0] + ': its place')
p = run('vectors', 'build', '--keep-going', '-o', path('out'), '--vectors', MINE)
same((p.returncode, os.path.exists(path('out') + '/manifest.json')), (2, True),
     'build --keep-going writes, and says that there was a fault')

# ---- files ----
shutil.copytree('vectors/golden', path('golden'))
with open(path('golden') + '/manifest.json', 'a') as f:
    f.write(' ')
p = run('vectors', 'check', '--golden', path('golden'))
same(p.returncode, 1, 'check: other octets')
for text, status, what in (('- title: y\n  id: x\n', 1, 'not in canonical form'), ('[', 2, 'no YAML'), (None, 3, 'not there')):
    at = write('f.yaml', text) if text else NOWHERE
    same(run('vectors', 'fmt', '--check', at).returncode, status, 'fmt --check of what is ' + what)
same(run('vectors', 'fmt', '--check', MINE).err, MINE + ': Is a directory\n', 'fmt of a directory')
p = run('vectors', 'show', 'rfc7915/4/first-header-fileds')
same((p.returncode, p.out), (2, b''), 'show: an id that nothing has')
has(p.err, "the nearest is 'rfc", 'is told the nearest')
for verb in ('build', 'check', 'show', 'lint', 'fmt'):
    has(run('vectors', verb, '--help').out.decode(), 'Exit status: 0', verb + ' --help tells the exit status')
done()

#!/usr/bin/env python3
"""TAYGA, live, where it is installed: every departure from the RFCs is known, and nothing else departs."""
import re
import subprocess
import sys

sys.path.insert(0, 'scripts')
from conform_tap import *  # noqa: E402,F403

if subprocess.run(['conformance/adapters/tayga/run', 'probe'], capture_output=True).returncode == 3:
    print('1..0 # SKIP TAYGA is not installed: make deps-tayga')
    sys.exit(0)
need_live()

out = path('out')
p = run('conform', '--iut', 'tayga', '--out', out, '--jobs', '2', '--timeout-scale', '10')
if not ok(p.returncode == 0, 'TAYGA departs where expected.yaml says, and nowhere else: exit status'):
    print(''.join('# %s\n' % l for l in p.err.splitlines()[-20:]))
c = cases(out)
odd = sorted('%s: %s' % (i, r['verdict']) for i, r in c.items() if r['expected'] != 'yes')
same(odd, [], 'no case is unexpected')
same([i for i, r in c.items() if r['verdict'] == 'error'], [], 'nor an error')
ok(sum(r['verdict'] == 'pass' for r in c.values()) > 1000, 'it is judged')
same([i for i, r in c.items() if r['verdict'] == 'fail' and not r.get('why')], [], 'each failure has a reason')

# docs/results-tayga.md shows a case of each group, and no other.
why = {i: r['why'] for i, r in c.items() if r['verdict'] == 'fail'}
shown = re.findall(r'`([a-z0-9]+/[^` ]*)` \|', open('docs/results-tayga.md').read())
same([i for i in shown if i not in why], [], 'each case of the page is a known failure')
same(sorted(set(why.values()) - {why.get(i) for i in shown}), [], 'each known failure has its group there')

# A table of which TAYGA refuses a row is judged by the others.
same(c['rfc7757/3.2/figure-1-source-4to6/1']['verdict'], 'pass', 'a mapping of one address')
same(c['rfc7757/3.2/figure-1-source-4to6/4']['verdict'], 'unsupported', 'unequal suffixes beside it')
done()

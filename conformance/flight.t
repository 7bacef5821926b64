#!/usr/bin/env python3
"""Many cases in flight: the verdicts are those of the same cases played one by one, whatever the implementation does."""
import os
import subprocess
import sys

sys.path.insert(0, 'scripts')
from conform_tap import *  # noqa: E402,F403

HOSTILE = os.path.abspath('conformance/hostile_socket.py')
YAML = 'name: hostile\nattachment: socket\nclaims: [rfc7915, rfc791, rfc8200]\ncommand: [%s, %s, "{config}"]\n'
SOME = ['--select', 'rfc7915/4.1/t*', '--select', 'rfc7915/5.1/*']
PATIENT = ['--timeout-scale', '20']  # a machine may stall for seconds


def alone_and_together(iut, *args):
    """The verdicts of both, which run side by side."""
    runs, out = [], [path(os.path.basename(iut) + n) for n in ('-1', '-32')]
    for o in out:
        with open(o + '.err', 'w') as err:
            runs.append(subprocess.Popen([XLATLAB, 'conform', '--iut', iut, '--out', o, '--jobs', '1', '--in-flight',
                                          o.rsplit('-', 1)[1], *PATIENT, *args], stdout=subprocess.DEVNULL, stderr=err))
    for r in runs:
        r.wait()
    return [{i: r['verdict'] for i, r in cases(o).items()} for o in out]


# ---- one that does right, in everything ----
for iut in ['ref-socket'] if why_not_live() else ['ref-socket', 'ref-tun']:
    alone, together = alone_and_together(iut)
    same(together, alone, iut + ' gets the same verdicts alone and together')
    ok(list(alone.values()).count('pass') > 1000, 'in %d cases' % len(alone))

# ---- those that confuse what is in flight ----
for mode, verdicts in (('honest', {'pass'}), ('swap', {'pass'}), ('reverse', {'pass'}), ('drop', {'pass', 'fail'}),
                       ('die', {'pass', 'error'})):
    alone, together = alone_and_together(adapter(mode, adapter_yaml=YAML % (HOSTILE, mode)), *SOME)
    same(together, alone, 'one with %r: the same verdicts' % mode)
    same(set(together.values()), verdicts, 'one with %r: which they are' % mode)
    ok(len(alone) > 100, 'one with %r: %d cases' % (mode, len(alone)))

for n in ('0', '257', 'many'):
    p = run('conform', '--iut', 'ref-socket', '--in-flight', n)
    same(p.returncode, 2, '--in-flight %s is refused' % n)
done()

#!/usr/bin/env python3
"""The targets of the Makefile that build once more: by whatever compiler, they use what they built."""
import os
import re
import subprocess
import sys

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

ENV = {k: v for k, v in os.environ.items() if k not in ('MAKEFLAGS', 'MAKEOVERRIDES', 'MFLAGS', 'BUILD', 'CC')}


def make(*args):
    return subprocess.run(['make', '-n', '--no-print-directory', *args], env=ENV, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)


for target, kind in (('conformance', 'release'), ('bench', 'release'), ('coverage', 'coverage')):
    for cc, suffix in (('gcc', ''), ('gcc-12', '-gcc-12'), ('clang', '-clang')):
        p = make(target, 'CC=' + cc)
        what = 'make %s CC=%s' % (target, cc)
        if (target, cc) == ('coverage', 'clang'):
            same(p.returncode, 2, what + ' is refused')
            has(p.stdout, 'coverage is counted by gcov: allowed are CC=gcc and gcc-N', what + ': why')
            continue
        same(p.returncode, 0, what + ': every file has a rule')
        used = set(re.findall(r'build/(\w+(?:-[a-z0-9-]+)?)/', p.stdout)) - {'debug'}
        same(used, {kind + suffix}, what + ': one build is made and used')
has(make('coverage', 'CC=gcc-12').stdout, '--gcov-tool gcov-12', "gcc-12's counts are read by its own gcov")
done()

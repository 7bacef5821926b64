#!/usr/bin/env python3
"""The targets of the Makefile that build once more: by whatever compiler, they use what they built; and what is
installed for whom."""
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

# ---- packages ----
for name, says in (('id', 'echo 1000'), ('sudo', 'exit 1')):  # a user who may not install
    os.chmod(write(name, '#!/bin/sh\n%s\n' % says), 0o755)
os.mkdir(path('mine'))


def deps(*groups, **files):
    for name, text in files.items():
        write('mine/' + name, text)
    return subprocess.run(['scripts/deps', *groups], env={**ENV, 'PATH': path('') + ':' + ENV['PATH']},
                          capture_output=True, text=True)


for what, text, status, message in (
        ('nothing', '', 0, ''),
        ('what is there', '# a shell\nbash  # of any age\n\n', 0, ''),
        ('what is not there', 'bash\nno-such-package-a\nno-such-package-b', 3,
         'xlatlab needs these packages and may not install them: no-such-package-a no-such-package-b\n'),
        ('no package', 'bash; reboot\n', 2, "'bash; reboot': allowed is the name of one Debian package a line")):
    p = deps('adapter=' + path('mine'), deps=text)
    same((p.returncode, p.stdout), (status, ''), 'an adapter that needs %s: exit status' % what)
    has(p.stderr, message, 'an adapter that needs %s: one line' % what)
for name in ('ref', 'no-such-adapter'):
    same(deps('adapter=' + name).returncode, 0, 'adapter %s needs nothing' % name)
has(make('conformance', 'IUT=./mine').stdout, "scripts/deps build 'adapter=./mine'", 'make conformance installs what the folder needs')
has(make('conformance', 'IUT=./mine').stdout, "conform --iut './mine'", 'and judges it')
has(make('deps-tayga').stdout, 'scripts/deps adapter=tayga', 'make deps-tayga')
done()

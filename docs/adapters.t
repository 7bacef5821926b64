#!/usr/bin/env python3
"""The commands of docs/adapters.md, run: each prints what the page says it prints."""
import os
import re
import subprocess
import sys

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

HERE = os.path.abspath('.')
with open('docs/adapters.md') as f:
    page = f.read()
part = page.split('## In ten minutes')[1].split('\n## ')[0]
work = path('work')
os.mkdir(work)
os.symlink(HERE + '/docs', work + '/docs')
ENV = {k: v for k, v in os.environ.items() if k != 'TMPDIR'}
ENV['PATH'] = os.path.dirname(XLATLAB) + ':' + ENV['PATH']


def commands(text):
    """[command, what it prints] of the indented lines; a here-document belongs to the command."""
    found, in_document = [], False
    for line in text.splitlines():
        if not line.startswith('    '):
            continue
        line = line[4:]
        if line.startswith('$ '):
            found.append([line[2:], ''])
            in_document = "<<'END'" in line
        elif in_document or found[-1][0].endswith('\\'):
            found[-1][0] += '\n' + line
            in_document = in_document and line != 'END'
        else:
            found[-1][1] += line + '\n'
    return found


def fits(want, got):
    """... stands for some of a line, on a line of its own for some lines."""
    rule = ''
    for line in want.splitlines():
        rule += '(?:.*\n)*' if line == '...' else '.*'.join(re.escape(x) for x in line.split('...')) + '\n'
    return re.fullmatch(rule, got)


found = commands(part)
ok(len(found) > 5, 'the page has %d commands' % len(found))
for command, want in found:
    p = subprocess.run(['bash', '-c', command], cwd=work, env=ENV, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                       stdin=subprocess.DEVNULL, text=True, timeout=600)
    if not ok(fits(want, p.stdout), command.splitlines()[0]):
        print(''.join('# page: %s\n' % line for line in want.splitlines()) +
              ''.join('# came: %s\n' % line for line in p.stdout.splitlines()))

# what the page judges is the example as it is shipped
for name in ('translator.py', 'adapter.yaml'):
    with open('docs/examples/wrong-translator/' + name) as f, open(work + '/mine/' + name) as g:
        theirs, ours = f.read(), g.read()
    if name == 'adapter.yaml':  # the page's has comments
        ours = re.sub(' +#.*', '', ours).replace('mine', 'wrong-translator', 1)
    same(ours, theirs, 'docs/examples/wrong-translator/%s is what the page has' % name)
p = run('adapter', 'check', 'docs/examples/wrong-translator')
same(p.returncode, 0, 'docs/examples/wrong-translator is an adapter')
done()

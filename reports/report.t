#!/usr/bin/env python3
"""`xlatlab report` and `xlatlab diff`: each rendering as its readers take it, names that want to be markup, runs
that were cut off, files that are no results."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

BUILD = os.environ.get('BUILD_DIR', 'build/debug')
FILES = ['badge.json', 'junit.xml', 'results.tap', 'summary.md']
TOY = 'docs/examples/plugin-minimal'


def text(*at):
    with open(os.path.join(*at), encoding='utf-8') as f:
        return f.read()


def lines(at):
    return [json.loads(x) for x in text(at).splitlines()]


def cases(at):
    return {x['id']: x for x in lines(at) if x['type'] == 'case'}


def put(name, found):
    return write(name, ''.join(json.dumps(x) + '\n' for x in found))


def report(*results, out):
    p = run('report', *results, '-o', out)
    same((p.returncode, p.out, p.err), (0, b'', ''), 'report %s' % os.path.basename(out))
    return p


def check_junit(at, what):
    p = subprocess.run(['xmllint', '--noout', '--schema', 'reports/junit.xsd', at], capture_output=True, text=True)
    ok(p.returncode == 0, '%s: junit.xml is valid' % what) or print('#', p.stderr[:300])
    root = ET.parse(at).getroot()
    for n in [root] + root.findall('testsuite'):
        found = list(n.iter('testcase'))
        for attribute, element in (('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped')):
            if attribute in n.attrib:
                got = sum(c.find(element) is not None for c in found)
                if got != int(n.get(attribute)):
                    ok(False, '%s: %s of %s: %s, counted %d' % (what, attribute, n.get('name'), n.get(attribute), got))
        if int(n.get('tests')) != len(found):
            ok(False, '%s: tests of %s' % (what, n.get('name')))
    return root


def check_markdown(at, what):
    found = text(at)
    controls = re.findall('[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e\ufffe\uffff]', found)
    same(controls, [], '%s: summary.md has no control character' % what)
    cells = None
    bad = []
    for line in found.splitlines():
        n = len(re.sub(r'\\.', '', line).split('|'))
        if line.startswith('|') and cells is None:
            cells = n
        elif not line.startswith('|'):
            cells = None
        bad += [line] if cells is not None and n != cells else []
    same(bad, [], '%s: summary.md: each row of a table has its cells' % what)
    known = re.sub(r'</?(details|summary)>|<br>|<https?://[^<>\s]*>', '', found)
    same(re.findall(r'<[^\n]{0,20}', known), [], '%s: summary.md has no tags but ours' % what)
    plain = re.sub(r'\\.', '', found)
    same(re.findall(r'[`\[\]]|!\[|\]\(', plain), [], '%s: summary.md has no links and no code' % what)
    return found


def check_badge(at, what):
    badge = json.loads(text(at))
    same(set(badge) - {'isError'}, {'schemaVersion', 'label', 'message', 'color'}, what + ': keys of the badge')
    ok(badge['schemaVersion'] == 1 and badge['label'] and badge['message'], what + ': the badge is an endpoint')
    same(re.findall('[\x00-\x1f\x7f-\x9f\ufffe]', badge['label'] + badge['message']), [], what + ': badge is plain')
    return badge


# ---- what conform leaves ----
toy, ref = path('toy'), path('ref')
p = run('conform', '--iut', TOY, '--out', toy)
same(sorted(f for f in os.listdir(toy) if f != 'failures'), sorted(FILES + ['results.jsonl']), 'conform leaves them all')
same(text(toy, 'results.tap'), p.out.decode(), 'results.tap is what was on standard output')
has(p.err, 'RFC 7915: 7 of 50 MUST', 'a summary ends standard error')
ok(len(p.err.splitlines()) < 50, 'and is short: %d lines' % len(p.err.splitlines()))
run('conform', '--out', ref, '--select', 'rfc7757', '--select', 'rfc6052/2')

# ---- one run ----
one = path('one')
report(toy, out=one)
for f in FILES:
    same(text(one, f), text(toy, f), 'report makes the same ' + f)
root = check_junit(one + '/junit.xml', 'one run')
toy_cases = cases(toy + '/results.jsonl')
same(sorted(c.get('name') for c in root.iter('testcase')), sorted(toy_cases), 'one testcase a case')
names = [s.get('name') for s in root]
rfcs = {int(i[3:].split('/')[0]) for i in toy_cases if i.startswith('rfc')}
ok({'plugin-minimal: RFC %d' % r for r in rfcs} <= set(names) and len(set(names)) == len(names), 'one testsuite an RFC')
for c in root.iter('testcase'):
    v = toy_cases[c.get('name')]['verdict']
    want = {'fail': 'failure', 'skip': 'skipped', 'unsupported': 'skipped', 'error': 'error'}.get(v)
    if (want and c.find(want) is None) or (not want and any(x.tag != 'system-out' for x in c)):
        ok(False, 'junit: %s is %s' % (c.get('name'), v))
body = next(root.iter('failure')).text
for key in ('requirements:', 'differs:', 'repro:'):
    has(body, key, 'a failure holds ' + key)
found = check_markdown(one + '/summary.md', 'one run')
has(found, '| **RFC 7915** |', 'summary.md: an RFC')
has(found, '| RFC 7915 5.2 | 0 of 5 | |', 'summary.md: a section')
has(found, '1 plain: lacks address-spaces\\: version' if 'spaces\\:' in found else '1 plain: lacks address-spaces: version',
    'summary.md: why, beside the section')
has(found, 'and %d more' % (sum(c['verdict'] == 'fail' for c in toy_cases.values()) - 100), 'summary.md: long lists are cut')
ok(len(found) < 1 << 19, 'summary.md fits a CI page')
badge = check_badge(one + '/badge.json', 'one run')
same((badge['color'], 'MUST' in badge['message']), ('red', True), 'a bad translator has a red badge')

# ---- several ----
two = path('two')
report(toy + '/results.jsonl', ref, ref, out=two)
same(sorted(os.path.relpath(f, two) for f in glob.glob(two + '/**/*.*', recursive=True)),
     sorted(['junit.xml', 'summary.md'] + [d + f for d in ('plugin-minimal/', 'ref/', 'ref-2/')
                                           for f in ('badge.json', 'results.tap')]), 'several runs: the files')
same(check_badge(two + '/ref/badge.json', 'ref')['color'], 'brightgreen', 'a good one has a green badge')
has(check_markdown(two + '/summary.md', 'two runs'), '## ref xlatlab', 'several runs: each has its part')
report(toy, ref, out=path('both'))
names = [s.get('name') for s in check_junit(path('both/junit.xml'), 'two runs')]
ok('ref: RFC 7757' in names and 'plugin-minimal: RFC 7915' in names, 'several runs: suites have their names')

# ---- names that want to be markup ----
whole = path('whole.jsonl')
subprocess.run([BUILD + '/test/conformance/results_test', whole], stdout=subprocess.DEVNULL, check=True)
hostile = path('hostile')
report(whole, out=hostile)
root = check_junit(hostile + '/junit.xml', 'hostile')
has(root[0].get('name'), ']]><script>a(1)</script>', 'hostile: a reader of XML gets the name')
ok(not re.search('[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]', text(hostile, 'junit.xml')), 'hostile: XML 1.0 has no such characters')
same(text(hostile, 'junit.xml').count('<script'), 0, 'hostile: no tag but ours')
found = check_markdown(hostile + '/summary.md', 'hostile')
has(found, '&lt;script&gt;', 'hostile: Markdown shows it')
ok('\njavascript:' not in found and '<javascript' not in found, 'hostile: a link that is none is text')
same(len(re.findall(r'^(?:not )?ok \d', text(hostile, 'results.tap'), re.M)), 10, 'hostile: TAP has its points')
p = subprocess.run(['prove', '--exec', 'cat', hostile + '/results.tap'], capture_output=True, text=True)
ok('Parse errors' not in p.stdout + p.stderr, 'hostile: prove reads the TAP')
check_badge(hostile + '/badge.json', 'hostile')
run_line = lines(whole)[0]
for odd in ('../../../tmp/escaped', '/etc/passwd', '..', '.', 'a\nb', '\u0000', '-o', ' '):
    base, at = path('jail'), path('jail/a/b')
    shutil.rmtree(base, ignore_errors=True)
    results = put('odd.jsonl', [{**run_line, 'iut': odd}] + lines(whole)[1:])
    p = run('report', results, ref, '-o', at)
    if odd == '\u0000':
        same(p.returncode, 3, 'name %r: is none' % odd)
        continue
    same((p.returncode, os.listdir(base), os.listdir(base + '/a')), (0, ['a'], ['b']), 'name %r: stays in DIR' % odd)
    same(len(os.listdir(at)), 4, 'name %r: has a directory' % odd)
    check_junit(at + '/junit.xml', 'name %r' % odd)
everything = ''.join(chr(c) for c in range(1, 0xd800, 7)) + ''.join(map(chr, range(32))) + '\ufffe\uffff\U0001fffe' + '\x7f\x85\u202e'
case = next(x for x in lines(whole) if x.get('id') == 't/fail')
results = put('every.jsonl', [{**run_line, 'iut': everything, 'iut_version': everything, 'attachment': everything},
                              {**case, 'id': everything, 'message': everything, 'why': everything}])
report(results, out=path('every'))
check_junit(path('every/junit.xml'), 'every character')
check_markdown(path('every/summary.md'), 'every character')
check_badge(path('every/badge.json'), 'every character')

# ---- known failures, weak ones, cut off ----
by_id = {x['id']: x for x in lines(whole) if x['type'] == 'case'}
tests = {c.get('name'): c for c in root.iter('testcase')}
for id, element in (('t/xfail', 'skipped'), ('t/changed', 'failure'), ('t/xpass', 'failure'), ('t/error', 'error'),
                    ('t/unsupported', 'skipped'), ('t/skip', 'skipped'), ('t/weak', 'system-out'), ('t/info', 'system-out')):
    ok(tests[id].find(element) is not None, 'junit: %s is %s' % (id, element))
same(len(tests['t/pass']), 0, 'junit: a pass is empty')
has(tests['t/xpass'].find('failure').get('message'), 'though it is listed', 'junit: an unexpected pass says so')
has(tests['t/xfail'].find('skipped').get('message'), 'known failure: ', 'junit: a known failure says so')
has(found, '<details><summary>Known failures (1)</summary>', 'markdown: known failures are folded')
same([s.get('name')[-9:] for s in root][-1], ': the run', 'junit: what happened beside cases is a suite')
some = [x for x in lines(ref + '/results.jsonl') if x['type'] != 'end']
for what, found in (('killed', some), ('interrupted', some + [{'type': 'end', 'interrupted': True}]), ('at once', some[:1])):
    out = path('cut')
    shutil.rmtree(out, ignore_errors=True)
    report(put('cut.jsonl', found), out=out)
    has(text(out, 'results.tap'), 'Bail out!', what + ': TAP')
    has(text(out, 'summary.md'), '**The run was cut off.**', what + ': Markdown')
    same(check_badge(out + '/badge.json', what)['message'], 'cut off', what + ': badge')
    root = check_junit(out + '/junit.xml', what)
    has(next(root.iter('error')).get('message'), 'the run was cut off', what + ': JUnit')

# ---- what is no results ----
good = text(ref, 'results.jsonl')
n = good.count('\n')
for what, broken, place in (
        ('torn', good[:-20], '%d:1: the line is cut off' % n),
        ('garbled', good.replace('\n', '\n\x00%&garbage\n', 1), '2:'),
        ('a line lost its middle', good.replace('"verdict":', '', 1), ''),
        ('of another version', good.replace('"schema_version":1', '"schema_version":9'), '1:32: schema_version: allowed is 1'),
        ('empty', '', '1:1: nothing is in it'), ('a picture', b'\x89PNG\r\n\x1a\n\0\0', '1:1:')):
    at = write('broken.jsonl', broken)
    for args in (['report', at, '-o', path('never')], ['diff', at, ref], ['diff', ref, at]):
        p = run(*args)
        same((p.returncode, p.out), (3, b''), '%s: %s: exit status' % (what, args[0]))
        ok(p.err.startswith('%s:%s' % (at, place)) and p.err.count('\n') == 1, '%s: %s: one message, with its place' % (
            what, args[0])) or print('#', p.err)
ok(not os.path.exists(path('never')), 'nothing is rendered then')
for args, status, message in (
        (['report', ref], 2, '-o DIR is missing'), (['report', '-o', path('x')], 2, 'RESULTS'), (['diff', ref], 2, 'OLD NEW'),
        (['diff', ref, ref, ref], 2, 'OLD NEW'), (['report', path('none'), '-o', path('x')], 3, 'No such file'),
        (['diff', ref, path('none')], 3, 'No such file'), (['report', path('two'), '-o', path('x')], 3, 'No such file'),
        (['report', ref, '-o', ref + '/results.jsonl'], 3, 'Not a directory'), (['report', ref, '-o', '/dev/null/x/y'], 3, '/dev/null/x')):
    p = run(*args)
    same(p.returncode, status, ' '.join(args[:1] + args[2:3]) + ': exit status')
    has(p.err, message, ' '.join(args[:1] + args[2:3]) + ': message')
if os.path.exists('/dev/full'):
    out = path('full')
    os.makedirs(out)
    os.symlink('/dev/full', out + '/junit.xml')
    p = run('report', ref, '-o', out)
    same(p.returncode, 3, 'a full disk: exit status')
    has(p.err, 'junit.xml: No space left', 'a full disk: message')

# ---- diff ----
p = run('diff', ref, ref)
same((p.returncode, p.out.decode().splitlines()[2:]), (0, ['%d cases: %d as before; 0 worse' % (n - 2, n - 2)]), 'diff of the same')
sure = cases(ref + '/results.jsonl')
first = sorted(i for i, c in sure.items() if c['verdict'] == 'pass')[0]
worse = [{**x, 'verdict': 'fail', 'message': 'gone \n<b>'} if x.get('id') == first else x for x in lines(ref + '/results.jsonl')]
bad = put('worse.jsonl', worse)
p = run('diff', ref, bad)
same((p.returncode, p.out.decode().splitlines()[2:4]), (1, ['newly failing:', '  %s: pass -> fail: gone  <b>' % first]), 'diff: worse')
p = run('diff', bad, ref)
same((p.returncode, p.out.decode().splitlines()[2:4]), (0, ['fixed:', '  %s: fail -> pass' % first]), 'diff: better')
p = run('diff', ref, put('cut.jsonl', some[:-1]))
same(p.returncode, 1, 'diff: what is missing from a run that was cut off is worse')
has(p.out.decode(), ', cut off\n', 'and it is said')
p = run('diff', ref, toy)
ok(p.returncode == 1 and b'new: plugin-minimal' in p.out, 'diff names the implementations')
done()

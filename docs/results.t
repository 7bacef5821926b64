#!/usr/bin/env python3
"""docs/results.schema.json holds for what is written, and its keys are the writer's, no more and no fewer."""
import json
import os
import re
import subprocess
import sys

import jsonschema

sys.path.insert(0, 'scripts')
from tap import *  # noqa: E402,F403

BUILD = os.environ.get('BUILD_DIR', 'build/debug')
with open('docs/results.schema.json') as f:
    SCHEMA = json.load(f)
jsonschema.Draft202012Validator.check_schema(SCHEMA)
ok(True, 'the schema is one')


def validator(name):
    return jsonschema.Draft202012Validator({'$defs': SCHEMA['$defs'], '$ref': '#/$defs/' + name})


OF_TYPE = {t: validator(t) for t in ('run', 'case', 'note', 'end')}
same([r['$ref'] for r in SCHEMA['oneOf']], ['#/$defs/' + t for t in OF_TYPE], 'a line is one of its four types')


def lines(at):
    with open(at, encoding='utf-8') as f:
        return [json.loads(line) for line in f]


def faults(found):
    return ['%s: %s: %s' % (x.get('id', x['type']), list(e.absolute_path), e.message)
            for x in found for e in OF_TYPE[x['type']].iter_errors(x)]


# ---- real runs ----
for name, args in (('ref', []), ('docs/examples/plugin-minimal', []), ('ref-pcap', ['--select', 'rfc7757']),
                   ('ref-socket', ['--select', 'rfc6052/2']),
                   ('docs/examples/plugin-minimal', ['--level', 'should', '--all', '--select', 'rfc7915/5.2'])):
    out = path(name.replace('/', '-'))
    run('conform', '--iut', name, '--out', out, *args)
    found = lines(out + '/results.jsonl')
    ok(len(found) > 30, '%s: %d lines' % (name, len(found)))
    same(faults(found)[:3], [], '%s: each is as the schema says' % name)

# ---- one that has every key ----
whole = path('whole.jsonl')
p = subprocess.run([BUILD + '/test/conformance/results_test', whole], stdout=subprocess.PIPE)
same(p.returncode, 0, 'results with every key are written')
found = lines(whole)
same(faults(found), [], 'and are as the schema says')
NESTED = {'requirements': 'requirement', 'fields': 'field', 'sent': 'seen', 'got': 'seen', 'want': 'want'}
keys = {name: set() for name in SCHEMA['$defs']}
for x in found:
    keys[x['type']] |= set(x)
    for k, name in NESTED.items():
        for item in x.get(k, []):
            keys[name] |= set(item)
for name, got in keys.items():
    same(sorted(got), sorted(SCHEMA['$defs'][name]['properties']), 'keys of %s: the schema\'s are the writer\'s' % name)
for name, got in keys.items():
    always = set.intersection(*[set(i) for i in (
        [x for x in found if x['type'] == name] if name in OF_TYPE else
        [i for x in found for k, n in NESTED.items() if n == name for i in x.get(k, [])])])
    required = set(SCHEMA['$defs'][name]['required'])
    ok(required <= always, 'keys of %s: those required are always there' % name)
with open('conformance/results.h') as f:
    version = int(re.search(r'XL_RESULTS_SCHEMA = (\d+)', f.read()).group(1))
same(version, SCHEMA['$defs']['run']['properties']['schema_version']['const'], 'schema_version')

# ---- the schema does refuse ----
run_line, case = found[0], next(x for x in found if x.get('id') == 't/fail')
for what, name, change in (
        ('an unknown key', 'case', {'colour': 'red'}), ('an odd verdict', 'case', {'verdict': 'good'}),
        ('an odd level', 'case', {'level': 'perhaps'}), ('a text for a number', 'case', {'ms': '1'}),
        ('odd hex', 'case', {'sent': [{'port': 'a', 'at_ns': 0, 'hex': 'abc'}]}),
        ('another version', 'run', {'schema_version': 2}), ('no name', 'run', {'iut': ''})):
    ok(not OF_TYPE[name].is_valid({**(case if name == 'case' else run_line), **change}), 'refused: ' + what)
for k in SCHEMA['$defs']['case']['required']:
    ok(not OF_TYPE['case'].is_valid({a: b for a, b in case.items() if a != k}), 'refused: a case without ' + k)
done()

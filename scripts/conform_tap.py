"""conform_tap.py - what the script tests of `xlatlab conform` share, on top of tap.py."""
import json
import os

from tap import *  # noqa: F401,F403


def adapter(name, **files):
    """A folder of that name with these files (adapter_yaml is adapter.yaml); `run` is executable."""
    os.makedirs(path(name), exist_ok=True)
    for f, text in files.items():
        at = os.path.join(path(name), f.replace('_', '.'))
        with open(at, 'w') as to:
            to.write(text)
        os.chmod(at, 0o755 if f == 'run' else 0o644)
    return path(name)


def results(out):
    with open(os.path.join(out, 'results.jsonl')) as f:
        return [json.loads(line) for line in f]


def cases(out):
    return {r['id']: r for r in results(out) if r['type'] == 'case'}

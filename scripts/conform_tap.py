"""conform_tap.py - what the script tests of `xlatlab conform` share, on top of tap.py."""
import json
import os
import subprocess
import sys

from tap import *  # noqa: F401,F403


def why_not_live():
    """What keeps live attachments from running on this system; '' where nothing does."""
    if not os.path.exists('/proc/net/dev'):
        return '/proc is not mounted'
    how = ['unshare', '-npf' if os.geteuid() == 0 else '-Urnpf', '--kill-child', 'sh', '-c', ': <>/dev/net/tun']
    tried = subprocess.run(how, capture_output=True, text=True)
    return ' '.join(tried.stderr.split()) if tried.returncode else ''


def need_live():
    if why_not_live():
        print('1..0 # SKIP no namespaces with TUN devices here: ' + why_not_live())
        sys.exit(0)


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

"""netns.py - network namespaces for tests that send live: nothing of them has a name, and all dies with the test.

Namespaces are descriptors of this process; a socket stays in the namespace it was made in.
"""
import ctypes
import os
import socket
import subprocess
import sys

libc = ctypes.CDLL(None, use_errno=True)
NEWNET = 0x40000000


def enter():
    """Runs the script again in namespaces of its own, or skips it where the system allows none."""
    if 'XL_INSIDE' in os.environ:
        return
    how = ['unshare', '-nmpf' if os.geteuid() == 0 else '-Urnmpf', '--kill-child', '--mount-proc']
    tried = subprocess.run([*how, 'sh', '-c', ': <>/dev/net/tun'], capture_output=True, text=True)
    if tried.returncode:
        print('1..0 # SKIP no namespaces with TUN devices here: %s' % ' '.join(tried.stderr.split()))
        sys.exit(0)
    os.environ['XL_INSIDE'] = '1'
    os.execvp(how[0], [*how, sys.executable, *sys.argv])


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


class Net:
    """A network namespace; Net(fresh=False) is the one we are in."""
    def __init__(self, fresh=True):
        here = None if not fresh else os.open('/proc/self/ns/net', os.O_RDONLY)
        if fresh:
            check(libc.unshare(NEWNET))
        self.fd = os.open('/proc/self/ns/net', os.O_RDONLY)
        if fresh:
            check(libc.setns(here, NEWNET))
            os.close(here)
        self.path = '/proc/%d/fd/%d' % (os.getpid(), self.fd)

    def __enter__(self):
        self.back = os.open('/proc/self/ns/net', os.O_RDONLY)
        check(libc.setns(self.fd, NEWNET))

    def __exit__(self, *_):
        check(libc.setns(self.back, NEWNET))
        os.close(self.back)

    def ip(self, *lines):
        """Commands of ip(8), one a line."""
        with self:
            for line in lines:
                subprocess.run(['ip', *line.split()], check=True)

    def set(self, **settings):
        """net_ipv4_ip_forward=1: what sysctl would set."""
        with self:
            for name, value in settings.items():
                with open('/proc/sys/' + name.replace('__', '.').replace('_', '/').replace('.', '_'), 'w') as f:
                    f.write(str(value))

    def socket(self, *args):
        with self:
            return socket.socket(*args)

    def start(self, *argv, **more):
        with self:
            return subprocess.Popen(argv, **more)

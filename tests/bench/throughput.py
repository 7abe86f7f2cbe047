"""Messages per second through a real Postfix of the bench's own.

smtp-source of Postfix speaks no TLS, so Postfix is told to report TLS macros
that it does not have (milter_macro_defaults): the filter then does all the
work of a stamped message, and the handshake does not blur the figure.
Deliveries are discarded.
"""

import os
import subprocess
import time

from lab.postfix import PrivatePostfix

DEFAULTS = ('tls_version=TLSv1.3, cipher=TLS_AES_256_GCM_SHA384, '
            'cipher_bits=256')


def settings(milter):
    """main.cf of a Postfix with this filter, or with none."""
    return {'smtpd_milters': milter or '',
            'milter_macro_defaults': DEFAULTS,
            'local_transport': 'discard:', 'default_transport': 'discard:',
            'smtpd_client_connection_count_limit': '0',
            'in_flow_delay': '0', 'smtpd_tls_security_level': 'none'}


class Throughput:
    """One Postfix; rate() sends a batch with smtp-source."""

    def __init__(self, workdir, name, milter):
        self.postfix = PrivatePostfix(workdir, 9, main=settings(milter),
                                      name=name)

    def __enter__(self):
        self.postfix.start()
        return self

    def __exit__(self, *_):
        self.postfix.stop()

    def rate(self, messages, sessions):
        """Messages per second from the first connect to the last reply."""
        begin = time.monotonic()
        subprocess.run(
            [self.postfix.program('sbin/smtp-source'), '-c', '-s',
             str(sessions), '-m', str(messages), '-l', '4000', '-f',
             'alice@sender.example', '-t', 'bob@example.org',
             f'inet:127.0.0.1:{self.postfix.port}'], check=True,
            env=self.postfix.environment(), stdout=subprocess.DEVNULL,
            timeout=300)
        return messages / (time.monotonic() - begin)


def available(workdir):
    """Is there a Postfix to run?"""
    probe = PrivatePostfix(workdir, 9, name='probe')
    return os.access(probe.program('lib/postfix/sbin/master'), os.X_OK)

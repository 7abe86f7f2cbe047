"""What each MTA tells a filter: offers, macro lists, macro values, timing.

Postfix 3.7.11 and Sendmail 8.17.1.9 as measured, an MTA that knows no
SETSYMLIST, and one that speaks version 2 of the protocol. A dialect answers
"which macros go with this command, in this state?" and nothing else; the
state is a Client and an Envelope (session.py).
"""

import milterwire as wire

TLS_MACROS = ['{tls_version}', '{cipher}', '{cipher_bits}',
              '{cert_subject}', '{cert_issuer}']


def xtext(text):
    """Sendmail's encoding of a distinguished name: +HEX, / and = alone."""
    out = []
    for octet in wire.octets(text):
        char = chr(octet)
        plain = 32 < octet < 127 and char not in '<>()"+'
        out.append(char if plain else f'+{octet:02X}')
    return ''.join(out)


class Dialect:
    """Common to all: lists by default, lists that the filter asked for."""

    name = ''
    version = wire.VERSION
    actions = wire.F_ALL
    steps = wire.P_ALL
    defaults = {}
    # Sendmail sends no ABORT once every recipient was refused.
    abort_when_all_refused = True
    # Postfix drops a lone %, Sendmail throws the whole reply away.
    percent_replaces_reply = False

    def wanted(self, command, lists):
        """The names to send with this command."""
        return lists.get(command, self.defaults.get(command, []))

    def macros(self, command, lists, client, envelope):
        """Names and values to send; None: no macro packet at all."""
        names = self.wanted(command, lists)
        if not names:
            return None
        return self.values(names, command, client, envelope)

    def values(self, names, command, client, envelope):
        """Names with their values; what has no value is left out."""
        found = []
        for name in names:
            value = self.value(name, command, client, envelope)
            if value is not None:
                found.append((name, value))
        return found

    def value(self, name, command, client, envelope):
        """One value, None when this MTA has none; tests may override."""
        if name in client.macros:
            return client.macros[name]
        if name in envelope.macros:
            return envelope.macros[name]
        if name == 'i':
            return self.queue_id(command, envelope)
        if name in TLS_MACROS + ['{verify}', '{cn_subject}', '{cn_issuer}']:
            return self.tls(name, client)
        return self.plain(client, envelope).get(name)

    def plain(self, client, envelope):
        """Macros that need no thought, the same in both MTAs."""
        auth = client.auth
        return {
            'j': self.hostname,
            '_': f'{client.name} [{client.address}]',
            'v': self.v,
            '{daemon_name}': self.daemon_name,
            '{daemon_addr}': '127.0.0.1',
            '{client_addr}': client.address,
            '{client_name}': client.name,
            '{client_port}': str(client.port),
            '{auth_type}': 'PLAIN' if auth else None,
            '{auth_authen}': auth,
            '{mail_addr}': envelope.mail_addr,
            '{mail_host}': envelope.mail_host,
            '{mail_mailer}': envelope.mail_mailer,
            '{rcpt_addr}': envelope.rcpt_addr,
            '{rcpt_host}': envelope.rcpt_host,
            '{rcpt_mailer}': envelope.rcpt_mailer,
        }

    def reply_text(self, text):
        """A filter's reply as the SMTP client gets it."""
        lone = '%' in text.replace('%%', '')
        if lone and self.percent_replaces_reply:
            return '554 5.7.1 Command rejected'
        return text.replace('%%', '\0').replace('%', '').replace('\0', '%')


class Postfix(Dialect):
    """Postfix 3.7.11, milter_protocol = 6."""

    name = 'postfix'
    hostname = 'mx.example.org'
    daemon_name = 'mx.example.org'
    v = 'Postfix 3.7.11'
    null_sender = ''
    unknown_name = 'unknown'
    defaults = {
        wire.CONNECT: ['j', '{daemon_name}', '{daemon_addr}', 'v', '_'],
        wire.HELO: TLS_MACROS,
        wire.MAIL: ['i', '{auth_type}', '{auth_authen}', '{auth_author}',
                    '{mail_addr}', '{mail_host}', '{mail_mailer}'],
        wire.RCPT: ['i', '{rcpt_addr}', '{rcpt_host}', '{rcpt_mailer}'],
        wire.DATA: ['i'],
        wire.EOH: ['i'],
        wire.EOM: ['i'],
    }

    def queue_id(self, command, envelope):
        """From the second RCPT on, once one was accepted."""
        if command == wire.MAIL:
            return None
        if command == wire.RCPT and not envelope.accepted:
            return None
        return envelope.queue_id

    def tls(self, name, client):
        """Nothing on a plain session; names only of trusted certificates."""
        if not client.tls_on:
            return None
        if name in ('{cert_subject}', '{cert_issuer}'):
            if not client.cert or not client.cert.trusted:
                return None
            if name == '{cert_issuer}':
                return client.cert.issuer
            return client.cert.cn
        return {'{tls_version}': client.tls.version,
                '{cipher}': client.tls.cipher,
                '{cipher_bits}': client.tls.bits}.get(name)

    def connect_name(self, client):
        """The host name at CONNECT."""
        return client.name if client.verified else 'unknown'


class Sendmail(Dialect):
    """Sendmail 8.17.1.9 with its default macro lists."""

    name = 'sendmail'
    hostname = 'mxs.example.org'
    daemon_name = 'MTA'
    v = '8.17.1.9/8.17.1.9/Debian-2+deb12u2'
    null_sender = '<>'
    abort_when_all_refused = False
    percent_replaces_reply = True
    defaults = {
        wire.CONNECT: ['j', '_', '{daemon_name}', '{if_name}', '{if_addr}'],
        wire.HELO: TLS_MACROS,
        wire.MAIL: ['i', '{auth_type}', '{auth_authen}', '{auth_ssf}',
                    '{auth_author}', '{mail_mailer}', '{mail_host}',
                    '{mail_addr}'],
        wire.RCPT: ['{rcpt_mailer}', '{rcpt_host}', '{rcpt_addr}'],
        wire.EOM: ['{msg_id}'],
    }

    def wanted(self, command, lists):
        """EOM looks whether a list was asked for at EOH: a bug, but theirs."""
        if command == wire.EOM:
            if wire.EOH in lists:
                return lists.get(wire.EOM, [])
            return self.defaults[wire.EOM]
        return super().wanted(command, lists)

    def queue_id(self, command, envelope):
        """Known from MAIL on."""
        if command in (wire.CONNECT, wire.HELO):
            return None
        return envelope.queue_id

    def tls(self, name, client):
        """Names of any certificate, trusted or not; {verify} tells."""
        if not client.tls_on:
            return 'NONE' if name == '{verify}' else None
        cert = client.cert
        if name == '{verify}':
            if not cert:
                return 'NO'
            return 'OK' if cert.trusted else 'FAIL'
        if name in ('{cert_subject}', '{cert_issuer}'):
            if not cert:
                return ''
            return xtext('/CN=' + (cert.cn if name == '{cert_subject}'
                                   else cert.issuer))
        if name in ('{cn_subject}', '{cn_issuer}'):
            if not cert:
                return ''
            return xtext(cert.cn if name == '{cn_subject}'
                         else cert.issuer)
        return {'{tls_version}': client.tls.version,
                '{cipher}': client.tls.cipher,
                '{cipher_bits}': client.tls.bits}.get(name)

    def plain(self, client, envelope):
        """Sendmail says whether the client's name was verified."""
        found = super().plain(client, envelope)
        found['{client_resolve}'] = 'OK' if client.verified else 'FAIL'
        found['{msg_id}'] = '<1@example.org>'
        found['{auth_ssf}'] = '0' if client.auth else None
        return found

    def connect_name(self, client):
        """The host name at CONNECT: what it looked up, verified or not."""
        return client.name if client.name != 'unknown' \
            else f'[{client.address}]'


class NoSymlist(Postfix):
    """An MTA of version 6 that lets nobody choose macros."""

    name = 'no-symlist'
    actions = wire.F_ALL & ~wire.F_SETSYMLIST


class Version2(Postfix):
    """An old MTA: version 2, no DATA, no silence, no lists, no `v`."""

    name = 'version-2'
    version = 2
    actions = wire.F_V2
    steps = wire.P_V2
    v = None


POSTFIX, SENDMAIL = Postfix(), Sendmail()
NO_SYMLIST, VERSION_2 = NoSymlist(), Version2()
BOTH = (POSTFIX, SENDMAIL)

"""Marks: the author's wish that one message goes on over TLS.

POLICY.md, "Next hop" and "Rulings". Marks count from authenticated, trusted
and local clients; strangers only lose their route headers.
"""

import unittest

import milterwire as wire
from daemoncase import OK, DaemonCase
from dialects import BOTH, POSTFIX, SENDMAIL
from facts import HEADERS
from lab import command, stampcheck
from lab.waiting import until
from session import PLAIN, TLS13, Message
from stampcase import StampCase

TRUSTED, STRANGER = '198.51.100.7', '192.0.2.25'
ROUTE = 'Hopseal-Route'

OUTBOUND = '''
    outbound { mark-subject = "[secure]"  mark-header = "X-Require-TLS: yes"
               mark-recipient-prefix = "s:" %s }
'''
ROUTED = OUTBOUND % 'route-header = "Hopseal-Route: tls"'
REMOVING = OUTBOUND % ('route-header = "Hopseal-Route: tls" '
                       'mark-subject-remove = true')
REFUSING = OUTBOUND % ''
BANK = '''
    policy "bank.example" { to = "require" from = "fallback-allowed" }
    policy "seen.example" { to = "require" from = "fallback-allowed"
                            operation = "stamp" }
'''
SETTINGS = {'trusted-hosts': '{"198.51.100.0/24"}'}

AUTHOR = {'auth': 'alice', 'tls': TLS13}
# Whose marks count.
HONOURED = (
    ('authenticated', AUTHOR),
    ('auth_type alone', {'macros': {'{auth_type}': 'PLAIN'}}),
    ('auth_authen alone', {'macros': {'{auth_authen}': 'alice'}}),
    ('trusted', {'client': TRUSTED}),
    ('local submission', {'client': ''}),
)
# Whose do not.
STRANGERS = (
    ('plain', {}),
    ('TLS', {'tls': TLS13}),
    ('empty macros', {'macros': {'{auth_type}': '', '{auth_authen}': ''}}),
    ('REQUIRETLS', {'tls': TLS13, 'mail_args': ('REQUIRETLS',)}),
)


def subject(value, *more):
    """The usual fields with another subject, and more fields below."""
    return tuple((name, value if name == 'Subject' else old)
                 for name, old in HEADERS) + more


def cannot(domain):
    """The refusal of a mark, both lines."""
    return ('550-5.7.10 Encryption needed: TLS cannot be guaranteed for '
            f'{domain}\r\n550 5.7.10 Send it without the mark, or ask the '
            'postmaster for a rule that binds this domain to TLS')


def values(octets, name):
    """All values of a field in a delivered message."""
    return [value for key, value in stampcheck.split(octets)[0]
            if key.lower() == name.lower().encode()]


def rcpt_edits(result):
    """What was added and deleted, in order."""
    return [(edit.kind, edit.value) for edit in result.edits
            if edit.kind in (wire.ADD_RCPT, wire.DEL_RCPT)]


class MarkCase(DaemonCase):
    """Helpers for all classes."""

    settings = SETTINGS

    def routed(self, dialect, facts, want, **message):
        """Is the message accepted, with so many route headers?"""
        got = self.deliver(dialect, **{**facts, **message})
        self.assertEqual(got.final, OK)
        self.assertEqual(values(got.octets, ROUTE), [b' tls'] * want)
        return got


class Routed(MarkCase):
    """The MTA can route by header."""

    rules = BANK + ROUTED

    def test_subject(self):
        """At the start, in any case; nowhere else."""
        rows = (
            (' [secure] Contract', 1), (' [SECURE] Contract', 1),
            (' [Secure]Contract', 1), ('[secure] x', 1),
            (' [secure]', 1), ('  \t[secure] x', 1),
            ('\r\n\t[secure] folded', 1), (' Re: [secure] x', 0),
            (' [secur', 0), ('', 0), (' ', 0), (' [secur\r\n e] x', 0),
            (' x [secure]', 0), (' secure x', 0),
        )
        for dialect in BOTH:
            for value, want in rows:
                with self.subTest(value, dialect=dialect.name):
                    got = self.routed(dialect, AUTHOR, want,
                                      headers=subject(value))
                    self.assertEqual(
                        values(got.octets, 'Subject'),
                        [value.encode()], 'the subject is kept')

    def test_encoded_subject(self):
        """Mail programs encode a subject that has other than ASCII."""
        rows = (
            (' =?utf-8?Q?=5Bsecure=5D_Gr=C3=BC=C3=9Fe?=', 1),
            (' =?UTF-8?q?[secure]_Gr=c3=bc=c3=9fe?=', 1),
            (' =?utf-8?B?W3NlY3VyZV0gR3LDvMOfZQ==?=', 1),
            (' =?iso-8859-1?Q?[SECURE]?= =?utf-8?Q?x?=', 1),
            (' =?utf-8?Q?[sec?=\r\n =?utf-8?Q?ure]?=', 1),
            (' =?utf-8?Q?[secure?=] x', 1),
            (' =?utf-8?Q?x[secure]?=', 0),
            (' =?utf-8?X?[secure]?=', 0),
            (' =?utf-8?Q?[secure]', 0),
            (' [secure] =?utf-8?Q?Gr=C3=BC?=', 1),
        )
        for dialect in BOTH:
            for value, want in rows:
                with self.subTest(value, dialect=dialect.name):
                    self.routed(dialect, AUTHOR, want,
                                headers=subject(value))

    def test_header(self):
        """Name and value in any case; the whole value."""
        rows = (
            ('X-Require-TLS', ' yes', 1), ('x-require-tls', ' YES', 1),
            ('X-REQUIRE-TLS', '\r\n yes ', 1), ('X-Require-TLS', 'yes', 1),
            ('X-Require-TLS', ' no', 0), ('X-Require-TLS', ' yes, sir', 0),
            ('X-Require-TLS', '', 0), ('X-Require-TLS-2', ' yes', 0),
            ('Require-TLS', ' yes', 0),
        )
        for dialect in BOTH:
            for name, value, want in rows:
                with self.subTest(name + value, dialect=dialect.name):
                    got = self.routed(dialect, AUTHOR, want,
                                      headers=HEADERS + ((name, value),))
                    self.assertEqual(len(values(got.octets, name)), 1)

    def test_prefix(self):
        """Routed, and delivered to the bare address."""
        rows = (
            ('<s:bob@else.example>', b'<bob@else.example>'),
            ('<S:bob@else.example>', b'<bob@else.example>'),
            ('<s:s:bob@else.example>', b'<s:bob@else.example>'),
            ('<"s:bob"@else.example>', b'<bob@else.example>'),
            ('<"s:bob smith"@else.example>', b'<"bob smith"@else.example>'),
            ('<s:"bob smith"@else.example>', b'<"bob smith"@else.example>'),
        )
        for dialect in BOTH:
            for path, bare in rows:
                with self.subTest(path, dialect=dialect.name):
                    got = self.routed(dialect, AUTHOR, 1, rcpts=(path,))
                    self.assertEqual(rcpt_edits(got), [
                        (wire.ADD_RCPT, bare),
                        (wire.DEL_RCPT, path.encode())])

    def test_no_prefix(self):
        """Not at the start, or nothing behind it."""
        for dialect in BOTH:
            for path in ('<s:@else.example>', '<bob.s:@else.example>',
                         '<ss:bob@else.example>', '<s@else.example>',
                         '<bob@s:else.example>', '<"s:"@else.example>'):
                with self.subTest(path, dialect=dialect.name):
                    got = self.routed(dialect, AUTHOR, 0, rcpts=(path,))
                    self.assertEqual(rcpt_edits(got), [])

    def test_prefix_among_others(self):
        """Only marked recipients are changed; the header is for all."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                got = self.routed(dialect, AUTHOR, 1, rcpts=(
                    '<a@else.example>', '<s:b@bank.example>',
                    '<c@bank.example>', '<s:d@else.example>'))
                self.assertEqual(rcpt_edits(got), [
                    (wire.ADD_RCPT, b'<b@bank.example>'),
                    (wire.DEL_RCPT, b'<s:b@bank.example>'),
                    (wire.ADD_RCPT, b'<d@else.example>'),
                    (wire.DEL_RCPT, b'<s:d@else.example>')])

    def test_requiretls(self):
        """RFC 8689 from a client whose marks count."""
        for dialect in BOTH:
            for value, want in (('REQUIRETLS', 1), ('requiretls', 1),
                                ('REQUIRETLSX', 0), ('SIZE=1', 0)):
                with self.subTest(value, dialect=dialect.name):
                    self.routed(dialect, AUTHOR, want,
                                mail_args=('SIZE=100', value))

    def test_all_marks_one_route_header(self):
        """Added once, below the MTA's Received."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                got = self.routed(
                    dialect, AUTHOR, 1, mail_args=('REQUIRETLS',),
                    rcpts=('<s:b@else.example>',),
                    headers=subject(' [secure] x', ('X-Require-TLS', ' yes'),
                                    ('X-Require-TLS', ' yes')))
                names = [name for name, _ in
                         stampcheck.split(got.octets)[0]]
                self.assertEqual(names[:3], [
                    b'Received', b'Delivered-Securely', ROUTE.encode()])

    def test_whose_marks_count(self):
        """Authenticated, trusted and local clients'."""
        for dialect in BOTH:
            for name, facts in HONOURED:
                with self.subTest(name, dialect=dialect.name):
                    self.routed(dialect, facts, 1,
                                headers=subject(' [secure] x'))
                    self.routed(dialect, facts, 1,
                                rcpts=('<s:b@else.example>',))

    def test_marks_of_strangers(self):
        """Change nothing at all."""
        for dialect in BOTH:
            for name, facts in STRANGERS:
                with self.subTest(name, dialect=dialect.name):
                    got = self.routed(
                        dialect, facts, 0, rcpts=('<s:b@else.example>',),
                        headers=subject(' [secure] x',
                                        ('X-Require-TLS', ' yes')))
                    self.assertEqual(rcpt_edits(got), [])
                    self.assertEqual(values(got.octets, 'Subject'),
                                     [b' [secure] x'])

    def test_route_header_of_strangers(self):
        """Goes, however many and however written."""
        rows = (
            [(ROUTE, ' tls')], [(ROUTE.upper(), ' tls')],
            [('hopseal-route', ' anything')], [(ROUTE, '')],
            [(ROUTE, ' tls'), (ROUTE.lower(), ' tls'), (ROUTE, ' x')],
        )
        for dialect in BOTH:
            for forged in rows:
                for name, facts in STRANGERS:
                    with self.subTest(str(forged), by=name,
                                      dialect=dialect.name):
                        fields = (forged[0],) + HEADERS + tuple(forged[1:])
                        got = self.deliver(dialect, headers=fields, **facts)
                        self.assertEqual(got.final, OK)
                        self.assertEqual(values(got.octets, ROUTE), [])
                        self.assertEqual(
                            len(values(got.octets, 'Subject')), 1)

    def test_names_beside_it_stay(self):
        """Only the field itself is ours."""
        fields = HEADERS + (('X-' + ROUTE, ' tls'), (ROUTE + '-2', ' tls'))
        for dialect in BOTH:
            got = self.deliver(dialect, headers=fields)
            self.assertEqual(got.edits, [])

    def test_route_header_of_honoured_clients(self):
        """Stays; a mark adds one, since the MTA looks at added ones only."""
        for dialect in BOTH:
            for name, facts in HONOURED:
                with self.subTest(name, dialect=dialect.name):
                    own = (ROUTE, ' tls')
                    self.routed(dialect, facts, 1,
                                headers=HEADERS + (own,))
                    self.routed(dialect, facts, 2,
                                headers=subject(' [secure] x', own))

    def test_too_many_route_headers(self):
        """More than an MTA deletes in good time: deferred."""
        got = self.deliver(POSTFIX, headers=((ROUTE, ' x'),) * 10001)
        self.assertEqual(got.final, '451 4.3.0 Policy service is not '
                         'available, please retry')
        got = self.deliver(POSTFIX, headers=((ROUTE, ' x'),) * 2000)
        self.assertEqual(values(got.octets, ROUTE), [])

    def test_next_message_begins_afresh(self):
        """No mark, edit or count is carried over."""
        marked = Message(headers=subject(' [secure] x'),
                         rcpts=('<s:b@else.example>', '<c@bank.example>'))
        forged = Message(headers=((ROUTE, ' tls'),) * 2 + HEADERS)
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect, auth='alice') as session:
                for message, routes, rcpts in (
                        (Message(), 0, 0), (marked, 1, 2), (Message(), 0, 0),
                        (marked, 1, 2)):
                    got = session.send(message)
                    self.assertEqual(len(values(got.octets, ROUTE)), routes)
                    self.assertEqual(len(rcpt_edits(got)), rcpts)
            with self.open(dialect) as session:
                got = [[edit.index for edit in session.send(message).edits]
                       for message in (forged, Message(), forged)]
                self.assertEqual(got, [[2, 1], [], [2, 1]])

    def test_abandoned_message(self):
        """RSET after a marked recipient: the next one is unmarked."""
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect, auth='alice') as session:
                envelope = wire_envelope()
                message = Message(rcpts=('<s:b@else.example>',))
                session.mail(message, envelope)
                session.rcpt(message, envelope, message.rcpts[0])
                session.milter.abort()
                self.assertEqual(session.send(Message()).edits, [])


def wire_envelope():
    """An envelope that the test fills step by step."""
    from facts import Envelope
    return Envelope('4cZ9Xk2QnBz3sW', {})


class Removed(StampCase):
    """mark-subject-remove, and the stamp covers what is delivered."""

    rules = BANK + REMOVING
    settings = SETTINGS

    def test_subject(self):
        """The mark and the blanks behind it go, the stamp holds."""
        rows = (
            (' [secure] Contract', b' Contract'),
            (' [SECURE]Contract', b' Contract'),
            (' [secure] [secure] x', b' [secure] x'),
            ('\r\n [secure]\r\n two\r\n lines', b' two\r\n lines'),
            (' [secure] =?utf-8?Q?Gr=C3=BC?=', b' =?utf-8?Q?Gr=C3=BC?='),
            (' Contract', b' Contract'),
        )
        for dialect in BOTH:
            for value, want in rows:
                with self.subTest(value, dialect=dialect.name):
                    _, got = self.stamped(dialect, auth='alice',
                                          headers=subject(value))
                    self.assertEqual(values(got.octets, 'Subject'), [want])

    def test_nothing_but_the_mark(self):
        """The field goes or is blank; the stamp knows."""
        for dialect in BOTH:
            for value in (' [secure]', ' [secure] ', '[SECURE]\r\n '):
                with self.subTest(value, dialect=dialect.name):
                    _, got = self.stamped(dialect, auth='alice',
                                          headers=subject(value))
                    left = values(got.octets, 'Subject')
                    self.assertEqual(b''.join(left).strip(), b'')
                    self.assertEqual(values(got.octets, ROUTE), [b' tls'])

    def test_several_subjects(self):
        """Each by its own number."""
        fields = (('Subject', ' one'), ('SUBJECT', ' [secure] two'),
                  ('Subject', ' [secure]')) + subject(' [secure] four')
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                _, got = self.stamped(dialect, auth='alice', headers=fields)
                left = [value.strip()
                        for value in values(got.octets, 'Subject')]
                self.assertEqual([value for value in left if value],
                                 [b'one', b'two', b'four'])

    def test_encoded_words_keep_the_mark(self):
        """A mark inside an encoded word counts and stays."""
        value = ' =?utf-8?Q?=5Bsecure=5D_Gr=C3=BC=C3=9Fe?='
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name):
                _, got = self.stamped(dialect, auth='alice',
                                      headers=subject(value))
                self.assertEqual(values(got.octets, 'Subject'),
                                 [value.encode()])
                self.assertEqual(values(got.octets, ROUTE), [b' tls'])

    def test_strangers(self):
        """Their subjects stay as they are."""
        for dialect in BOTH:
            _, got = self.stamped(dialect, headers=subject(' [secure] x'))
            self.assertEqual(values(got.octets, 'Subject'), [b' [secure] x'])

    def test_binding(self):
        """rc= binds the address that it is delivered to."""
        rows = (
            ('<s:bob@bank.example>', 'bob@bank.example'),
            ('<s:Bob@BANK.example>', 'Bob@bank.example'),
            ('<bob@bank.example>', 'bob@bank.example'),
        )
        for dialect in BOTH:
            for path, bare in rows:
                with self.subTest(path, dialect=dialect.name):
                    stamp, _ = self.stamped(dialect, auth='alice',
                                            rcpts=(path,))
                    self.assertEqual(
                        stamp.tags['rc'],
                        stampcheck.recipient_code(stamp.tags['rs'], bare))
                    self.assertEqual(stamp.tags['rcpt'], 'bank.example')

    def test_next(self):
        """next=require only when every recipient is bound."""
        rows = (
            ('one', ('<b@bank.example>',), True),
            ('prefixed', ('<s:b@bank.example>',), True),
            ('below', ('<b@sub.bank.example>',), True),
            ('two', ('<b@bank.example>', '<s:c@bank.example>'), True),
            ('unbound', ('<b@else.example>',), False),
            ('routed only', ('<s:b@else.example>',), False),
            ('one of two', ('<b@bank.example>', '<c@else.example>'), False),
            ('not enforced', ('<b@seen.example>',), False),
        )
        for dialect in BOTH:
            for name, rcpts, want in rows:
                with self.subTest(name, dialect=dialect.name):
                    stamp, _ = self.stamped(dialect, auth='alice',
                                            rcpts=rcpts)
                    self.assertEqual(stamp.tags.get('next'),
                                     'require' if want else None)

    def test_next_of_what_sendmail_gives_to_its_own_mailers(self):
        """An alias or a hub may take it anywhere."""
        for mailer, want in (('local', None), ('*file*', None),
                             ('relay', 'require'), ('smtp8', 'require')):
            with self.subTest(mailer):
                stamp, _ = self.stamped(
                    SENDMAIL, auth='alice', rcpts=('<b@bank.example>',),
                    macros={'{rcpt_mailer}': mailer})
                self.assertEqual(stamp.tags.get('next'), want)

    def test_trusted_hosts(self):
        """Marks work, and no stamp is added."""
        for dialect in BOTH:
            got = self.unstamped(dialect, client=TRUSTED,
                                 headers=subject(' [secure] x'),
                                 rcpts=('<s:b@bank.example>',))
            self.assertEqual(values(got.octets, 'Subject'), [b' x'])
            self.assertEqual(values(got.octets, ROUTE), [b' tls'])
            self.assertEqual(len(rcpt_edits(got)), 2)


class Refused(MarkCase):
    """No route-header: the MTA cannot, so the author is told."""

    rules = BANK + REFUSING

    def test_prefix(self):
        """That recipient, at RCPT."""
        rows = (
            ('unbound', ('<s:b@else.example>',), [cannot('else.example')]),
            ('bound', ('<s:b@bank.example>',), [OK]),
            ('below', ('<s:b@x.bank.example>',), [OK]),
            ('rule not enforced', ('<s:b@seen.example>',),
             [cannot('seen.example')]),
            ('several', ('<s:a@else.example>', '<s:b@bank.example>',
                         '<s:c@more.example>'),
             [cannot('else.example'), OK, cannot('more.example')]),
            ('others are not asked', ('<s:a@bank.example>',
                                      '<b@else.example>'), [OK, OK]),
            ('in any order', ('<b@else.example>', '<s:a@bank.example>',
                              '<s:a@else.example>'),
             [OK, OK, cannot('else.example')]),
            ('postmaster', ('<s:postmaster@else.example>',),
             [cannot('else.example')]),
            ('literal', ('<s:b@[192.0.2.9]>',), [cannot('[192.0.2.9]')]),
            ('IDN', ('<s:b@b\u00fccher.example>',),
             [cannot('xn--bcher-kva.example')]),
            ('no domain', ('<s:bob>',), [cannot('this recipient')]),
            ('quoted', ('<"s:bob"@else.example>',),
             [cannot('else.example')]),
        )
        for dialect in BOTH:
            for name, rcpts, want in rows:
                with self.subTest(name, dialect=dialect.name):
                    got = self.deliver(dialect, auth='alice', tls=TLS13,
                                       rcpts=rcpts)
                    self.assertEqual(got.replies, want)
                    if OK in want:
                        self.assertEqual(got.final, OK)

    def test_message(self):
        """Subject and header refuse the message, unless all are bound."""
        marks = (('subject', {'headers': subject(' [secure] x')}),
                 ('header', {'headers': HEADERS
                             + (('x-require-tls', ' yes'),)}))
        rows = (
            (('<b@bank.example>',), OK),
            (('<b@bank.example>', '<c@a.bank.example>'), OK),
            (('<b@else.example>',), cannot('else.example')),
            (('<b@bank.example>', '<c@else.example>', '<d@more.example>'),
             cannot('else.example')),
            (('<b@seen.example>',), cannot('seen.example')),
        )
        for dialect in BOTH:
            for mark, facts in marks:
                for rcpts, want in rows:
                    with self.subTest(mark, rcpts=rcpts,
                                      dialect=dialect.name):
                        got = self.deliver(dialect, auth='alice', tls=TLS13,
                                           rcpts=rcpts, **facts)
                        self.assertEqual(got.final, want)

    def test_requiretls(self):
        """Known at MAIL: recipients are refused one by one."""
        for dialect in BOTH:
            got = self.deliver(dialect, auth='alice', tls=TLS13,
                               mail_args=('REQUIRETLS',), rcpts=(
                                   '<a@bank.example>', '<b@else.example>'))
            self.assertEqual(got.replies, [OK, cannot('else.example')])
            self.assertEqual(got.final, OK)

    def test_whose_marks_count(self):
        """The honoured are refused, strangers are not."""
        for dialect in BOTH:
            for name, facts in HONOURED + STRANGERS:
                want = OK
                if (name, facts) in HONOURED:
                    want = cannot('else.example')
                with self.subTest(name, dialect=dialect.name):
                    got = self.deliver(dialect, rcpts=('<b@else.example>',),
                                       headers=subject(' [secure] x'),
                                       **facts)
                    self.assertEqual(got.final, want)
                    got = self.deliver(
                        dialect, rcpts=('<s:b@else.example>',), **facts)
                    self.assertEqual(got.replies, [want])

    def test_policy_comes_first(self):
        """A session that breaks a rule hears of that."""
        for dialect in BOTH:
            got = self.deliver(dialect, auth='alice', tls=PLAIN,
                               rcpts=('<s:b@bank.example>',))
            self.assertEqual(got.replies, [
                '550 5.7.10 Encryption needed: mail to bank.example must '
                'arrive over TLS'])

    def test_afresh(self):
        """The next message of the connection is not refused."""
        marked = Message(rcpts=('<b@else.example>',),
                         headers=subject(' [secure] x'))
        for dialect in BOTH:
            with self.subTest(dialect=dialect.name), \
                    self.open(dialect, auth='alice', tls=TLS13) as session:
                got = [session.send(message).final for message in (
                    marked, Message(), marked, Message(
                        rcpts=('<b@bank.example>',),
                        headers=subject(' [secure] x')))]
                self.assertEqual(got, [cannot('else.example'), OK,
                                       cannot('else.example'), OK])

    def test_log_and_ledger(self):
        """Domains, never local-parts; one refused record each."""
        for dialect in BOTH:
            for number, facts in enumerate((
                    {'rcpts': ('<s:privy@log.example>',)},
                    {'rcpts': ('<privy@log.example>',),
                     'headers': subject(' [secure] confidential')})):
                queue_id = f'{dialect.name[:4].upper()}{number}MARK'
                mark = len(self.daemon.log())
                with self.subTest(str(facts), dialect=dialect.name):
                    self.deliver(dialect, auth='alice', tls=TLS13,
                                 queue_id=queue_id, **facts)
                    text = self.log_since(mark, 'refused id=')
                    self.assertRegex(
                        text, r'refused id=\S+ sender=sender\.example '
                        r'rcpt=log\.example client=192\.0\.2\.25 '
                        r'tls=TLSv1\.3 .*verdict=reject '
                        r'reply="550 5\.7\.10 Encryption needed: TLS cannot '
                        r'be guaranteed for log\.example"')
                    for word in ('privy', 'confidential', 'alice'):
                        self.assertNotIn(word, text)
        rows = until(self.recorded, 'four records in the ledger')
        for row in rows:
            self.assertIn('reject', row)
            self.assertNotIn('privy', row)


    def recorded(self):
        """The ledger's lines on that domain, once there are four."""
        done = command.hopseal('ledger', 'export', '-c', self.daemon.file)
        rows = [line for line in done.stdout.decode().splitlines()
                if 'log.example' in line]
        return rows if len(rows) == 4 else None


class Stamping(MarkCase):
    """operation = stamp: marks route and refuse nothing."""

    rules = BANK + REFUSING
    settings = {**SETTINGS, 'operation': '"stamp"'}

    def test_refuses_nothing(self):
        """Prefix, subject, header, REQUIRETLS."""
        for dialect in BOTH:
            for facts in ({'rcpts': ('<s:b@else.example>',)},
                          {'headers': subject(' [secure] x')},
                          {'headers': HEADERS + (('X-Require-TLS', 'yes'),)},
                          {'mail_args': ('REQUIRETLS',)}):
                with self.subTest(str(facts), dialect=dialect.name):
                    got = self.deliver(dialect, auth='alice', tls=TLS13,
                                       **facts)
                    self.assertEqual(got.final, OK)

    def test_prefix_is_removed(self):
        """The mark is not part of the address, whatever it can do."""
        for dialect in BOTH:
            got = self.deliver(dialect, auth='alice', tls=TLS13,
                               rcpts=('<s:b@else.example>',))
            self.assertEqual(rcpt_edits(got)[0],
                             (wire.ADD_RCPT, b'<b@else.example>'))


class Observing(MarkCase):
    """operation = observe changes nothing."""

    rules = BANK + REMOVING
    settings = {**SETTINGS, 'operation': '"observe"'}

    def test_no_edit(self):
        """No route header, no removal, no strip."""
        fields = subject(' [secure] x', ('X-Require-TLS', ' yes'),
                         (ROUTE, ' tls'))
        for dialect in BOTH:
            for name, facts in HONOURED + STRANGERS:
                with self.subTest(name, dialect=dialect.name):
                    got = self.deliver(
                        dialect, headers=fields, **facts,
                        rcpts=('<s:b@else.example>', '<c@bank.example>'))
                    self.assertEqual(got.replies, [OK, OK])
                    self.assertEqual((got.final, got.edits), (OK, []))


class Unconfigured(MarkCase):
    """No outbound section: nothing is a mark, and nothing is looked at."""

    rules = BANK
    stamp = None

    def test_no_edit(self):
        """Everything stays."""
        fields = subject(' [secure] x', (ROUTE, ' tls'))
        for dialect in BOTH:
            got = self.deliver(dialect, headers=fields, auth='alice',
                               mail_args=('REQUIRETLS',), tls=TLS13,
                               rcpts=('<s:b@else.example>',))
            self.assertEqual((got.final, got.edits), (OK, []))


class RouteOnly(MarkCase):
    """A route header alone: REQUIRETLS is the only mark."""

    rules = 'outbound { route-header = "Hopseal-Route: tls" }'
    stamp = None

    def test_requiretls(self):
        """Added for the honoured, stripped from strangers, without a key."""
        for dialect in (POSTFIX, SENDMAIL):
            self.routed(dialect, AUTHOR, 1, mail_args=('REQUIRETLS',))
            self.routed(dialect, AUTHOR, 0, headers=subject(' [secure] x'))
            self.routed(dialect, {}, 0, headers=HEADERS + ((ROUTE, ' x'),))


if __name__ == '__main__':
    unittest.main()

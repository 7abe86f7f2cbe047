"""Who speaks and what is sent: the facts that a test gives to a session."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Tls:
    """What the MTA says of the TLS session."""

    version: str
    cipher: str
    bits: str = '256'


@dataclass(frozen=True)
class Cert:
    """A client certificate; trusted: the MTA could verify it."""

    cn: str
    trusted: bool = True
    issuer: str = 'Test CA'


TLS13 = Tls('TLSv1.3', 'TLS_AES_256_GCM_SHA384')
TLS12 = Tls('TLSv1.2', 'ECDHE-RSA-AES256-GCM-SHA384')
TLS11 = Tls('TLSv1.1', 'ECDHE-RSA-AES256-SHA')
PLAIN = None


@dataclass
class Client:
    """The SMTP client and its session."""

    address: str = '192.0.2.25'
    name: str = 'unknown'
    verified: bool = False
    port: int = 40000
    tls: Tls = None
    cert: Cert = None
    # False: the client goes from STARTTLS straight to MAIL.
    second_ehlo: bool = True
    auth: str = None
    # Overrides of macro values; None: the MTA does not send this one.
    macros: dict = field(default_factory=dict)
    tls_on: bool = False


@dataclass
class Message:
    """One mail transaction."""

    mail_from: str = '<alice@sender.example>'
    mail_args: tuple = ()
    rcpts: tuple = ('<bob@example.org>',)
    headers: tuple = None
    body: bytes = b'Hello Bob\r\n'
    queue_id: str = '4cZ9Xk2QnBz3sW'
    # What the MTA understood, where a test says otherwise.
    mail_addr: str = None
    rcpt_addrs: dict = field(default_factory=dict)
    macros: dict = field(default_factory=dict)


HEADERS = (
    ('From', ' Alice Example <alice@sender.example>'),
    ('To', ' Bob <bob@example.org>'),
    ('Subject', ' Contract draft'),
    ('Date', ' Mon, 23 Nov 2026 10:00:00 +0000'),
    ('Message-ID', ' <20261123100000.A1@sender.example>'),
    ('MIME-Version', ' 1.0'),
    ('Content-Type', ' text/plain; charset=utf-8'),
)


def fields_of(message):
    """The header fields of a message, those of every day by default."""
    return HEADERS if message.headers is None else message.headers


@dataclass
class Envelope:
    """What the MTA knows of the transaction at this moment."""

    queue_id: str
    macros: dict
    mail_addr: str = None
    mail_host: str = None
    mail_mailer: str = 'local'
    rcpt_addr: str = None
    rcpt_host: str = None
    rcpt_mailer: str = 'esmtp'
    accepted: int = 0


def address_of(argument):
    """What an MTA makes of a well-formed <argument>."""
    inner = argument.strip()
    if inner.startswith('<') and inner.endswith('>'):
        inner = inner[1:-1]
    return inner

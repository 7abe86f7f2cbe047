"""The laboratory: private MTAs, certificates, sinks and daemons for tests.

Everything lives below one work folder that the test makes and removes, on
loopback ports that nobody else uses.  The MTA that the host may have is never
asked, configured, started or stopped.  Standard library only.

    workdir     the folder of one test and what is unpacked beside it
    ports       free loopback ports
    waiting     poll for something until a deadline
    certs       a CA, and good, bad and foreign certificates
    postfix     class PrivatePostfix
    sendmail    class PrivateSendmail
    syslog      a /dev/log of one's own (what Sendmail logs to)
    postgres    class Postgres: a database of a fleet
    sink        an SMTP server that keeps what it is given, octet by octet
    hopseald    class Daemon: the filter under test
    unit        what the systemd unit allows, and what a run does
    island      a file system of one's own, with a systemd of its own
    preload     a library loaded ahead of the daemon's own
    livecase    the base of the tests that put all of these together
    command     the hopseal command, and the verifier that is not ours
    smtpclient  an SMTP client that does what it is told, also what is odd
    suite       runs the tests of one folder and counts them
"""

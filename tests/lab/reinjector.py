"""A content filter between two SMTP ports, as amavis would be: what comes to
port goes on to another port of 127.0.0.1, unchanged or changed.

    with Reinjector(to_port, change=lambda data: data) as filter: filter.port
    Reinjector(to_port, xclient="NAME=a.example ADDR=192.0.2.9")
"""

from lab import smtpclient
from lab.sink import Sink


class Reinjector(Sink):
    def __init__(self, to_port, change=None, xclient=None, source=None):
        super().__init__()
        self.to_port, self.change = to_port, change
        self.xclient, self.source = xclient, source

    def keep(self, message):
        """Hand on before the 250, so that nothing is lost."""
        data = self.change(message.data) if self.change else message.data
        with smtpclient.Session(self.to_port, self.source) as client:
            client.ehlo()
            if self.xclient:
                client.command("XCLIENT " + self.xclient)
                client.ehlo()
            sent = smtpclient.send(client, message.sender,
                                   message.recipients, data)
        super().keep(message)
        if sent.final is None or sent.final.code != 250:
            raise OSError("not handed on: %s %s" % (sent.rcpts, sent.final))

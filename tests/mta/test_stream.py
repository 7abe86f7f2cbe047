"""The octets of a connection, however they come: answered as if one by one."""

import fcntl
import struct
import termios
import threading
import unittest

import milterwire as wire
from daemoncase import DaemonCase
from lab.waiting import until
from stream import Reader, Stream

LARGE = 1024 * 1024 - 2     # of data; with its command the largest packet


def unread(sock):
    """How many octets wait to be read."""
    return struct.unpack('i', fcntl.ioctl(sock, termios.FIONREAD,
                                          bytes(4)))[0]


class StreamCase(DaemonCase):
    """A daemon that stamps what comes over TLS and refuses the rest."""

    rules = 'policy "bank.example" { mode = "require" }'

    def stream(self):
        """What is negotiated depends on the socket."""
        return Stream(quiet=not self.inet)

    def of_all_kinds(self, name='A', body=b'Hello\r\n'):
        """Messages, a refusal, RSET, a second SMTP session, QUIT."""
        stream = self.stream()
        stream.message(name + '1')
        stream.refused(name + '2')
        stream.message(name + '3', body)
        stream.reconnect()
        stream.packet(wire.ABORT)
        stream.message(name + '4')
        stream.quit()
        return stream

    def connect(self):
        """A connection, closed at the end of the test."""
        sock = wire.connect(self.daemon.socket)
        self.addCleanup(sock.close)
        return sock

    def answers(self, stream, send):
        """Compares the answers to a stream that send(sock) sends."""
        with wire.connect(self.daemon.socket) as sock:
            send(sock)
            self.assertEqual(Reader(sock).rest(), stream.answers)


class Cuts(StreamCase):
    """One connection, its octets cut in many ways."""

    def test_one_write(self):
        """All is there before the first packet is looked at."""
        for size in (7, 8000, 8192, 65535, LARGE):
            with self.subTest(size):
                stream = self.of_all_kinds(body=b'x' * size)
                self.answers(stream, lambda sock: sock.sendall(
                    stream.octets))  # pylint: disable=cell-var-from-loop

    def test_half_closed(self):
        """The MTA's side has ended before the first answer is read."""
        stream = self.of_all_kinds()

        def send(sock):
            sock.sendall(stream.octets)
            sock.shutdown(1)
        self.answers(stream, send)

    def test_pieces(self):
        """Writes of equal size: cuts anywhere in a length or a packet."""
        stream = self.of_all_kinds(body=b'x' * 20000)
        for size in (2, 3, 5, 7, 64, 1000, 8191, 8193):
            def send(sock, size=size):
                for at in range(0, len(stream.octets), size):
                    sock.sendall(stream.octets[at:at + size])
            with self.subTest(size):
                self.answers(stream, send)

    def test_around_a_packet(self):
        """Each packet comes with its neighbour's first or last octets."""
        stream = self.of_all_kinds()
        for shift in (-4, -1, 0, 1, 4):
            def send(sock, shift=shift):
                at = 0
                cuts = [end + shift for end in stream.ends[:-1]]
                for cut in cuts + [len(stream.octets)]:
                    sock.sendall(stream.octets[at:cut])
                    self.settle(sock)
                    at = cut
            with self.subTest(shift):
                self.answers(stream, send)

    def test_octet_by_octet(self):
        """Each is read before the next is sent."""
        stream = self.stream()
        stream.message('A1')
        stream.refused('A2')
        stream.quit()

        def send(sock):
            for at in range(len(stream.octets)):
                sock.sendall(stream.octets[at:at + 1])
                self.settle(sock)
        self.answers(stream, send)

    def settle(self, sock):
        """Waits until the daemon has read all, or on TCP its host."""
        def is_taken():
            left = fcntl.ioctl(sock, termios.TIOCOUTQ, bytes(4))
            return struct.unpack('i', left)[0] == 0
        until(is_taken, 'read by the daemon')


class CutsOnTcp(Cuts):
    """The same, where the filter answers every step."""

    inet = True


class Crowd(StreamCase):
    """Many connections that share the daemon's workers and descriptors."""

    number = 150

    def test_half_a_packet_each(self):
        """All wait inside a packet before any of them goes on.

        Others may wait as long: libmilter counts a worker as idle until it
        wakes, and gives it a session that it cannot take up."""
        streams = [self.of_all_kinds(f'N{n}x') for n in range(self.number)]
        socks = [self.connect() for _ in streams]
        ends = streams[0].ends
        for n, (sock, stream) in enumerate(zip(socks, streams)):
            cut = ends[n % (len(ends) - 1)] + n % 5
            sock.sendall(stream.octets[:cut])
            stream.octets = stream.octets[cut:]
        self.daemon.reload()
        for sock, stream in reversed(list(zip(socks, streams))):
            sock.sendall(stream.octets)
        for sock, stream in zip(socks, streams):
            self.assertEqual(Reader(sock).rest(), stream.answers)

    def test_one_message_each_in_turn(self):
        """Idle between messages: any worker takes up the next one."""
        socks = [self.connect() for _ in range(self.number)]
        readers = [Reader(sock) for sock in socks]
        done = [0] * self.number
        streams = [self.stream() for _ in socks]
        for turn in range(4):
            for n, stream in enumerate(streams):
                stream.message(f'N{n}x{turn}')
                socks[n].sendall(stream.octets)
                stream.octets.clear()
            for n, stream in enumerate(streams):
                got = readers[n].some(len(stream.answers) - done[n])
                self.assertEqual(got, stream.answers[done[n]:])
                done[n] = len(stream.answers)

    def test_descriptors_used_again(self):
        """Nothing of a connection that ended early is in the next one."""
        wrong = []
        threads = [threading.Thread(target=self.churn, args=(n, wrong))
                   for n in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(wrong, [])

    def churn(self, thread, wrong):
        """Hangs up within a stream, and sends one to its end, in turn."""
        for turn in range(30):
            left = self.of_all_kinds(f'L{thread}x{turn}x')
            whole = self.of_all_kinds(f'W{thread}x{turn}x')
            try:
                with wire.connect(self.daemon.socket) as sock:
                    sock.sendall(left.octets[:-1 - turn * 37])
                    if turn % 3:
                        Reader(sock).some(3)
                with wire.connect(self.daemon.socket) as sock:
                    sock.sendall(whole.octets)
                    got = Reader(sock).rest()
            except OSError as error:
                got = repr(error)
            if got != whole.answers:
                wrong.append((got, whole.answers))


class CrowdOnTcp(Crowd):
    """The same on TCP."""

    inet = True


class SlowMta(StreamCase):
    """An MTA that sends and does not read."""

    def many(self):
        """More answers than a socket holds."""
        stream = self.stream()
        for n in range(500):
            stream.message(f'S{n}x1')
            stream.refused(f'S{n}x2')
        stream.quit()
        return stream

    def test_answers_wait(self):
        """The daemon waits for room, others are served, all answers come."""
        stream = self.many()
        sock = self.connect()
        sender = threading.Thread(target=sock.sendall, args=(stream.octets,))
        sender.start()
        until(lambda: self.is_stuck(sock), 'end of all room')
        self.assertTrue(sender.is_alive())
        got = Reader(sock).rest()
        sender.join()
        self.assertEqual(got, stream.answers)

    def is_stuck(self, sock):
        """No answer came for as long as another message took."""
        before = unread(sock)
        self.serves()
        return 0 < before == unread(sock)

    def test_gone_meanwhile(self):
        """It hangs up while the daemon waits for room."""
        stream = self.many()
        for _ in range(5):
            with wire.connect(self.daemon.socket) as sock:
                sock.setblocking(False)
                sent = sock.send(stream.octets)
                self.assertLess(sent, len(stream.octets))
        self.serves()


if __name__ == '__main__':
    unittest.main()

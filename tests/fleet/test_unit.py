"""Can the processes of a fleet live in the systemd unit?"""

import os

from fleetcase import make_tables
from lab import unit
from lab.waiting import until
from lab.workdir import WorkDir
from policycase import PLAIN, PolicyCase, table


class Traced(PolicyCase):
    def test_they_need_no_other_system_call(self):
        """Shipping and polling, with a centre that goes and comes back."""
        make_tables(self.centre)
        folder = self.enterContext(WorkDir("trace-"))
        os.chmod(folder.path, 0o777)
        trace = folder.path + "/calls"
        self.pushes(table(bank="plain"))
        host = self.host(url=self.centre.url(host="localhost"))
        host.ledger = 'ship = "%s"' % self.centre.url(host="localhost")
        host.prefix = unit.tracing(trace)
        host.start()
        host.wait_rule("bank.example", PLAIN)
        until(lambda: host.figure("ship_connected") == 1, "shipping")
        self.centre.stop()
        until(lambda: host.figure("ship_connected") == 0, "its end")
        self.centre.start()
        until(lambda: host.figure("ship_connected") == 1, "shipping again")
        self.assertEqual(host.stop(), 0, host.log())
        used = unit.used(trace)
        self.assertLessEqual({"connect", "rename", "kill"}, used)
        self.assertEqual(used - unit.allowed(), set())

"""Out records of a ledger, as the tests compare them."""

import json

from lab import command
from lab.waiting import until


def records(ledger, direction="out"):
    """The records of a ledger as dicts, oldest first; [] without ledger."""
    done = command.hopseal("ledger", "export", "--ledger", ledger)
    if done.returncode != 0:
        return []
    found = [json.loads(line) for line in done.stdout.splitlines()]
    return [one for one in found if one.get("direction") == direction]


def wait(ledger, question, what, seconds=20):
    """The records for which question(records) is true."""
    def asked():
        found = records(ledger)
        return found if question(found) else None
    return until(asked, what, seconds)


def events(found):
    """(recipient, event, tls, cert) of each, sorted."""
    return sorted((one["recipient"], one["event"], one["tls"], one["cert"])
                  for one in found)

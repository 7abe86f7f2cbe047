"""hopseal verify on the corpus that the mail clients are held to."""

import json
import unittest

from corpus import TRUSTED, Corpus
from lab.command import hopseal
from lab.workdir import WorkDir


class Verify(unittest.TestCase):
    def test_corpus(self):
        workdir = WorkDir("readers-")
        self.addCleanup(workdir.close)
        corpus = Corpus(workdir.path)
        trust = [word for domain in TRUSTED for word in ("--trust", domain)]
        self.assertGreater(len(corpus.rows), 150)
        for name, message, want, _ in corpus.rows:
            with self.subTest(name):
                done = hopseal("verify", "--keys", corpus.keys, "--json",
                               *trust, "-", stdin=message)
                said = json.loads(done.stdout)
                self.assertEqual((said["result"], said.get("reason", "")),
                                 want)


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
"""The demo data is what it says: mails of many kinds, webhooks in Meta's form, only reserved names and numbers."""
import email
import email.policy
import glob
import json
import mailbox
import os
import re
import subprocess
import sys
import tempfile
import unittest

DEMO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts", "demo")


def make_mbox(path):
    subprocess.run([sys.executable, os.path.join(DEMO, "make_mbox.py"), path], check=True)


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = os.path.join(cls.folder.name, "demo.mbox")
        make_mbox(cls.path)
        box = mailbox.mbox(cls.path, factory=lambda f: email.message_from_binary_file(f, policy=email.policy.default))
        cls.mails = list(box)
        box.close()
        with open(cls.path, "rb") as f:
            cls.bytes = f.read()

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def test_the_same_bytes_every_time(self):
        again = os.path.join(self.folder.name, "again.mbox")
        make_mbox(again)
        with open(again, "rb") as f:
            self.assertEqual(f.read(), self.bytes)

    def test_a_few_dozen_mails_without_a_defect(self):
        self.assertGreaterEqual(len(self.mails), 40)
        for mail in self.mails:
            self.assertEqual(mail.defects, [], mail["Message-ID"])

    def test_every_encoding_and_charset_is_there(self):
        for word in (b"charset=iso-8859-1", b"charset=windows-1252", b"charset=utf-8", b"Transfer-Encoding: base64",
                     b"Transfer-Encoding: 8bit", b"Transfer-Encoding: quoted-printable", b"=?utf-8?", b"\n>From "):
            self.assertIn(word, self.bytes)

    def test_every_kind_is_there(self):
        types = {part.get_content_type() for mail in self.mails for part in mail.walk()}
        self.assertLessEqual({"text/html", "multipart/alternative", "multipart/report", "application/pdf", "image/png"}, types)
        self.assertTrue(any(m["List-Unsubscribe"] for m in self.mails))
        self.assertTrue(any(m["Auto-Submitted"] == "auto-replied" for m in self.mails))
        self.assertTrue(any(m["Subject"] is None for m in self.mails))
        self.assertGreater(sum("@acme.example" in str(m["From"]) for m in self.mails), 10)

    def test_one_mail_was_seen_in_two_mailboxes(self):
        ids = [m["Message-ID"] for m in self.mails]
        self.assertEqual(len(ids) - len(set(ids)), 1)

    def test_answers_name_what_they_answer(self):
        ids = {m["Message-ID"] for m in self.mails}
        answers = [m for m in self.mails if m["In-Reply-To"]]
        self.assertGreater(len(answers), 20)
        for mail in answers:
            self.assertIn(mail["In-Reply-To"], ids)

    def test_only_reserved_domains(self):
        for domain in re.findall(rb"@([\w.-]+\w)", self.bytes):
            self.assertRegex(domain.decode(), r"(^|\.)(example|example\.(com|org|net))$")

    def test_webhooks_are_ascii_in_meta_s_envelope(self):
        paths = glob.glob(os.path.join(DEMO, "whatsapp", "*.json"))
        self.assertGreaterEqual(len(paths), 9)
        for path in paths:
            with open(path, "rb") as f:
                body = f.read()
            self.assertTrue(body.isascii(), path)
            payload = json.loads(body)
            self.assertEqual(payload["object"], "whatsapp_business_account")
            for change in payload["entry"][0]["changes"]:
                self.assertEqual(change["value"]["messaging_product"], "whatsapp")

    def test_the_broken_webhook_is_broken(self):
        with open(os.path.join(DEMO, "whatsapp", "broken.json.cut")) as f:
            with self.assertRaises(json.JSONDecodeError):
                json.load(f)


if __name__ == "__main__":
    result = unittest.main(argv=sys.argv[:1], exit=False).result
    print("demo: Checks: %d, Failures: %d, Errors: %d" %
          (result.testsRun, len(result.failures), len(result.errors)))
    sys.exit(0 if result.wasSuccessful() else 1)

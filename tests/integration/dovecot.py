"""A private Dovecot on 127.0.0.1 for tests: accounts u1@test … u5@test, certificates made at run time, random free
ports, privileges dropped to nobody when root, everything that crosses the wire kept in raw logs."""
import atexit
import contextlib
import grp
import hashlib
import imaplib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from daybook import free_port

USER = "nobody"
PASSWORD = "secret"


def is_installed():
    return all(shutil.which(tool) or os.access("/usr/sbin/" + tool, os.X_OK) for tool in ("dovecot", "openssl"))


def run(*args, cwd=None):
    subprocess.run(args, cwd=cwd, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


CA_CONF = """[ca]
default_ca=d
[d]
database=index.txt
serial=serial
new_certs_dir=.
default_md=sha256
policy=p
x509_extensions=x
[p]
commonName=supplied
[x]
subjectAltName=DNS:imap.test,DNS:localhost,IP:127.0.0.1
"""
GOOD_NAMES = "DNS:imap.test,DNS:localhost,IP:127.0.0.1"


def make_certificates(folder):
    """ca.pem, and NAME.pem with NAME.key for good, self, wronghost, cnonly, nosan, expired, purpose."""
    os.makedirs(folder)
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256"]
    run("openssl", "req", "-x509", *key, "-days", "3650", "-subj", "/CN=Daybook Test CA",
        "-keyout", "ca.key", "-out", "ca.pem", cwd=folder)

    def signed(name, cn, san, usage="serverAuth"):
        run("openssl", "req", *key, "-subj", "/CN=" + cn, "-keyout", name + ".key", "-out", name + ".csr", cwd=folder)
        with open(os.path.join(folder, name + ".ext"), "w") as f:
            f.write("basicConstraints=CA:FALSE\nextendedKeyUsage=%s\n" % usage)
            f.write("subjectAltName=%s\n" % san if san else "")
        run("openssl", "x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
            "-days", "825", "-extfile", name + ".ext", "-out", name + ".pem", cwd=folder)

    signed("good", "imap.test", GOOD_NAMES)
    signed("wronghost", "other.test", "DNS:other.test")
    signed("cnonly", "localhost", "DNS:evil.test")      # the common name is right, the names are not
    signed("nosan", "localhost", "")
    signed("purpose", "localhost", GOOD_NAMES, "clientAuth")
    run("openssl", "req", "-x509", *key, "-days", "825", "-subj", "/CN=imap.test", "-addext",
        "subjectAltName=" + GOOD_NAMES, "-keyout", "self.key", "-out", "self.pem", cwd=folder)
    run("openssl", "req", *key, "-subj", "/CN=imap.test", "-keyout", "expired.key", "-out", "expired.csr", cwd=folder)
    for name, text in (("index.txt", ""), ("serial", "99"), ("ca.cnf", CA_CONF)):
        with open(os.path.join(folder, name), "w") as f:
            f.write(text)
    run("openssl", "ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key",
        "-startdate", "20200101000000Z", "-enddate", "20210101000000Z", "-in", "expired.csr", "-out", "expired.pem",
        "-notext", cwd=folder)


def key_pin(pem):
    """sha256:… of the certificate's SubjectPublicKeyInfo, as tls_pin wants it."""
    key = subprocess.run(["openssl", "x509", "-in", pem, "-noout", "-pubkey"], check=True, capture_output=True).stdout
    der = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=key, check=True,
                         capture_output=True).stdout
    return "sha256:" + hashlib.sha256(der).hexdigest()


def certificates():
    """A folder with them, made once: that takes longer than all else that a server needs."""
    if certificates.folder is None:
        top = tempfile.mkdtemp(prefix="daybook-certificates-")
        atexit.register(shutil.rmtree, top, ignore_errors=True)
        certificates.folder = os.path.join(top, "tls")
        make_certificates(certificates.folder)
    return certificates.folder


certificates.folder = None

CONF = """
base_dir = {dir}/run
state_dir = {dir}/state
log_path = {dir}/dovecot.log
protocols = imap
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
default_vsz_limit = 1G
auth_mechanisms = plain login {mechanisms}
disable_plaintext_auth = no
{oauth}passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {dir}/passwd
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={dir}/mail/%n
}}
mail_location = maildir:~/Maildir
mail_max_userip_connections = 200
default_client_limit = {most}
mail_fsync = never
first_valid_uid = 1
{rawlog}
namespace inbox {{
  inbox = yes
  separator = .
  mailbox Sent {{
    auto = create
    {special}
  }}
}}
ssl = yes
ssl_cert = <{dir}/tls/server.pem
ssl_key = <{dir}/tls/server.key
imap_idle_notify_interval = 2 mins
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  process_min_avail = 1
  client_limit = {most}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service imap {{
  extra_groups =
  service_count = 1
  process_limit = {most}
  unix_listener imap-master {{
    mode = 0600
  }}
}}
"""


# Nor does it make whom it refused wait.
OAUTH = """
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {dir}/oauth2.conf
}}
"""
OAUTH_EXT = """
introspection_mode = post
introspection_url = {url}
username_attribute = username
active_attribute = active
active_value = true
"""


class Dovecot:
    """with Dovecot() as d: …  d.port, d.tls_port, d.deliver("u1", b"From: …"), d.maildir("u1", ".Sent")

    It lives in a folder of its own: pytest's is closed to other users, again with every run of pytest."""

    def __init__(self, special="special_use = \\Sent", certificate="good", keeps_rawlog=True, n_users=5,
                 mechanisms=""):
        self.dir = tempfile.mkdtemp(prefix="daybook-dovecot-")
        self.certificate = certificate
        self.port, self.tls_port = free_port(), free_port()
        self.is_root = os.getuid() == 0
        self.user = USER if self.is_root else pwd.getpwuid(os.getuid()).pw_name
        entry = pwd.getpwnam(self.user)
        self.uid, self.gid = entry.pw_uid, entry.pw_gid
        for name in ("run", "state", "mail", "rawlog"):
            os.makedirs(os.path.join(self.dir, name))
        shutil.copytree(certificates(), os.path.join(self.dir, "tls"))
        with open(os.path.join(self.dir, "passwd"), "w") as f:
            for i in range(1, n_users + 1):
                f.write("u%d@test:%s::::::\n" % (i, PASSWORD))
            f.write("odd@test:pä ss\\\"wörd {3}::::::\n")
        self.mechanisms, self.special = mechanisms, special
        self.n_users, self.keeps_rawlog = n_users, keeps_rawlog
        self.write_conf()

    def write_conf(self, introspection_url=None):
        """With a URL, tokens are taken as well as passwords: what it says of one decides."""
        oauth = OAUTH.format(dir=self.dir) if introspection_url else ""
        if introspection_url:
            with open(os.path.join(self.dir, "oauth2.conf"), "w") as f:
                f.write(OAUTH_EXT.format(url=introspection_url))
        group = grp.getgrgid(self.gid).gr_name
        with open(os.path.join(self.dir, "dovecot.conf"), "w") as f:
            f.write(CONF.format(dir=self.dir, user=self.user, group=group, port=self.port, tls_port=self.tls_port,
                                special=self.special, oauth=oauth, mechanisms=self.mechanisms,
                                most=max(200, self.n_users + 100),
                                rawlog="rawlog_dir = %s/rawlog" % self.dir if self.keeps_rawlog else ""))
        self.own(self.dir)

    def own(self, path):
        if not self.is_root:
            return
        os.chown(path, self.uid, self.gid)
        for root, folders, files in os.walk(path):
            for name in folders + files:
                with contextlib.suppress(FileNotFoundError):    # Dovecot's own, which come and go
                    os.chown(os.path.join(root, name), self.uid, self.gid)

    def maildir(self, user, folder=""):
        path = os.path.join(self.dir, "mail", user, "Maildir", folder)
        if not os.path.isdir(os.path.join(path, "new")):
            for name in ("cur", "new", "tmp"):
                os.makedirs(os.path.join(path, name), exist_ok=True)
            self.own(os.path.join(self.dir, "mail", user))
        return path

    def deliver(self, user, data, folder="", name=None):
        path = self.maildir(user, folder)
        name = name or "%d.M%dP1.test" % (time.time(), time.monotonic_ns())
        tmp = os.path.join(path, "tmp", name)
        with open(tmp, "wb") as f:
            f.write(data)
        self.own(tmp)
        os.rename(tmp, os.path.join(path, "new", name))
        return os.path.join(path, "new", name)

    @property
    def ca(self):
        return os.path.join(self.dir, "tls", "ca.pem")

    def flags(self, user):
        """The flags of every mail in INBOX, without touching it. \\Recent is the session's, not the mail's."""
        session = imaplib.IMAP4("127.0.0.1", self.port)
        session.login(user + "@test", PASSWORD)
        session.select("INBOX", readonly=True)
        _, rows = session.uid("FETCH", "1:*", "(FLAGS)")
        session.logout()
        return [set(imaplib.ParseFlags(row)) - {b"\\Recent"} for row in rows if row]

    def start(self, certificate=None):
        certificate = certificate or self.certificate
        tls = os.path.join(self.dir, "tls")
        for ext in ("pem", "key"):
            shutil.copy(os.path.join(tls, certificate + "." + ext), os.path.join(tls, "server." + ext))
        self.own(tls)
        drop = ["setpriv", "--reuid=%s" % self.user, "--regid=%d" % self.gid, "--clear-groups"] if self.is_root else []
        # It goes into the background with our descriptors: no pipe may be among them.
        started = subprocess.run([*drop, "dovecot", "-c", os.path.join(self.dir, "dovecot.conf")], check=False,
                                 stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if started.returncode != 0:
            raise RuntimeError("dovecot does not start (%d): %s" % (started.returncode, self.log()))
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("dovecot does not answer: " + self.log())

    def stop(self):
        pidfile = os.path.join(self.dir, "run", "master.pid")
        try:
            pid = int(open(pidfile).read())
        except OSError:
            return
        os.kill(pid, signal.SIGTERM)
        for _ in range(200):
            if not os.path.exists(pidfile):
                return
            time.sleep(0.05)
        raise RuntimeError("dovecot does not end")

    def log(self):
        try:
            return open(os.path.join(self.dir, "dovecot.log")).read()
        except OSError:
            return ""

    def said(self):
        """Every line that clients sent after login, over all sessions."""
        lines = []
        folder = os.path.join(self.dir, "rawlog")
        for name in sorted(os.listdir(folder)):
            if name.endswith(".in"):
                for line in open(os.path.join(folder, name), "rb").read().split(b"\n"):
                    # "1764000000.123456 12 UID FETCH …"
                    lines.append(line.strip().partition(b" ")[2].decode("utf-8", "replace"))
        return [line for line in lines if line]

    def __enter__(self):
        return self.start()

    def __exit__(self, *exc):
        self.stop()
        if exc[0] is None and not os.environ.get("DAYBOOK_KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)

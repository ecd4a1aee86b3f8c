# SPDX-License-Identifier: Apache-2.0
"""ControlPlane: a real etcd, API server and controller manager on loopback, without nodes.

The same methods as standin.client.Standin (both are a standin.cluster.Cluster), and orders to each daemon.
With faults=True a fault proxy stands before the API server: `port` is the proxy's, and it takes fault orders.
"""

import atexit
import ctypes
import http.client
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
from pathlib import Path

from standin import accountdir, ports
from standin.access import ISSUER
from standin.client import end, spawn
from standin.cluster import Cluster
from standin.orders import Orders
from standin.pki import Authority
from standin.status import ApiError

TOOLS = Path(__file__).resolve().parent / "tools"
READY_SECONDS = 60
RIGHTS_SECONDS = 10
TOKEN_SECONDS = 3600
SERVICES = "10.96.0.0/16"
# Those that an API without nodes needs. Not the pod collector: it removes pods whose node is not there.
CONTROLLERS = ("namespace-controller", "serviceaccount-controller", "root-ca-certificate-publisher-controller",
               "garbage-collector-controller")
AUDIT_POLICY = """apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- level: Metadata
"""
KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: "{url}", certificate-authority: {ca}}}}}]
users: [{{name: test, user: {{client-certificate: {certificate}, client-key: {key}}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
current-context: test
"""
PR_SET_PDEATHSIG = 1


def build(name="kube"):
    """The binary, built if it is not there."""
    return Path(subprocess.run([TOOLS / "build", name], check=True, stdout=subprocess.PIPE, text=True)
                .stdout.strip()) / name


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Daemon:
    """A process that can be started again with the same command."""

    def __init__(self, command, log):
        self.command, self.log, self.process = [str(part) for part in command], log, None

    def start(self):
        with open(self.log, "a") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, preexec_fn=_die_with_parent)

    def send(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)

    def kill(self):
        self.send(signal.SIGKILL)
        if self.process:
            self.process.wait()


class ControlPlane(Cluster, Orders):
    """with ControlPlane() as kube: ... - or start() and stop()."""

    def __init__(self, namespace="test", directory=None, binary=None, faults=False):
        self.namespace, self.directory, self.temporary = namespace, directory, directory is None
        self.binary, self.faults = binary, faults
        self.daemons, self.proxy = {}, None

    # The whole

    def start(self):
        self.binary = self.binary or build()
        if self.temporary:
            self.directory = tempfile.mkdtemp(prefix="control-plane-")
        self.state = Path(self.directory)
        self.audit_path = self.state / "audit.log"
        (self.state / "audit-policy.yaml").write_text(AUDIT_POLICY)
        self._reserve_ports()
        self._make_certificates()
        self._make_daemons()
        atexit.register(self.stop)
        for daemon in self.daemons.values():
            daemon.start()
        self._wait_ready()
        if self.faults:
            self._start_proxy()
        self._make_namespace()
        return self

    def stop(self):
        """Killed, not asked: an API server with open watches takes 60 s to end in good order."""
        atexit.unregister(self.stop)
        if self.proxy:
            end(self.proxy)
        for daemon in reversed(self.daemons.values()):
            daemon.kill()
        for held in self.held.values():
            held.close()
        self.daemons, self.proxy = {}, None
        if self.temporary:
            shutil.rmtree(self.directory)

    def __enter__(self):
        return self.start()

    def __exit__(self, *error):
        self.stop()

    # One daemon: etcd, kube-apiserver, kube-controller-manager

    def start_daemon(self, name):
        self.daemons[name].start()

    def kill(self, name):
        self.daemons[name].kill()

    def term(self, name):
        self.daemons[name].send(signal.SIGTERM)

    def pause(self, name):
        self.daemons[name].send(signal.SIGSTOP)

    def resume(self, name):
        self.daemons[name].send(signal.SIGCONT)

    # Outages of the API, as the stand-in has them

    def api_stop(self, how="kill"):
        {"kill": self.kill, "term": self.term}[how]("kube-apiserver")
        if self.proxy:
            self.door_order("main", "stop", how=how)

    def api_start(self):
        self.kill("kube-apiserver")     # one that still ends its watches in good order
        self.start_daemon("kube-apiserver")
        self._wait_ready()
        if self.proxy:
            self.door_order("main", "start")

    def api_pause(self):
        self.pause("kube-apiserver")

    def api_resume(self):
        self.resume("kube-apiserver")

    def compact(self):
        """Versions before now are too old, as after the server's own compaction every five minutes."""
        version = self.request("GET", self.path("leases"))["metadata"]["resourceVersion"]
        connection = http.client.HTTPConnection(self.host, ports.number(self.held["etcd"]))
        connection.request("POST", "/v3/kv/compaction", f'{{"revision":"{version}","physical":true}}')
        assert connection.getresponse().status == 200
        connection.close()

    # Cluster

    def connect(self):
        """Past the proxy: never faulted. These requests are in the audit log, as user "admin"."""
        return http.client.HTTPSConnection(self.host, self.api_port, context=self.context, timeout=READY_SECONDS)

    def account(self, name, rules):
        self._put_or_create("serviceaccounts", {"metadata": {"name": name}})
        self._put_or_create("roles", {"metadata": {"name": name}, "rules": rules})
        self._put_or_create("rolebindings", {
            "metadata": {"name": name},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name},
            "subjects": [{"kind": "ServiceAccount", "name": name, "namespace": self.namespace}]})
        for rule in rules:
            self._wait_allowed(name, rule)
        return self.new_token(name)

    def new_token(self, name, seconds=TOKEN_SECONDS):
        """Into the directory of the account. The real server revokes no token; delete the account for that."""
        made = self.request("POST", self.path("serviceaccounts", name, "token"),
                            {"spec": {"audiences": [ISSUER], "expirationSeconds": seconds}})
        return accountdir.write(self.state / "accounts" / self.namespace / name, made["status"]["token"],
                                self.ca.read_text(), self.namespace)

    # Steps of the start

    def _reserve_ports(self):
        self.held = {name: ports.reserve() for name in ("etcd", "etcd-peer", "kube-apiserver", "manager")}
        self.port = self.api_port = ports.number(self.held["kube-apiserver"])

    def _make_certificates(self):
        self.authority = Authority(self.state / "pki")
        self.ca = self.authority.certificate
        self.admin = self.authority.client("admin", "admin", "system:masters")
        self.context = ssl.create_default_context(cafile=self.ca)
        self.context.load_cert_chain(*self.admin)
        self._write_kubeconfig("admin", self.admin)
        self._write_kubeconfig("manager", self.authority.client("manager", "system:kube-controller-manager"))

    def _write_kubeconfig(self, name, pair):
        (self.state / f"{name}.kubeconfig").write_text(
            KUBECONFIG.format(url=self.url, ca=self.ca, certificate=pair[0], key=pair[1]))

    def _make_daemons(self):
        for name, options in (("etcd", self._etcd()), ("kube-apiserver", self._apiserver()),
                              ("kube-controller-manager", self._manager())):
            words = [f"--{option}={value}" for option, value in options.items()]
            self.daemons[name] = Daemon([self.binary, name, *words], self.state / f"{name}.log")

    def _etcd(self):
        client = f"http://{self.host}:{ports.number(self.held['etcd'])}"
        peer = f"http://{self.host}:{ports.number(self.held['etcd-peer'])}"
        return {"name": "test", "data-dir": self.state / "etcd", "unsafe-no-fsync": "true", "log-level": "warn",
                "listen-client-urls": client, "advertise-client-urls": client, "listen-peer-urls": peer,
                "initial-advertise-peer-urls": peer, "initial-cluster": f"test={peer}"}

    def _apiserver(self):
        certificate, key = self.authority.server("apiserver")
        return {"etcd-servers": f"http://{self.host}:{ports.number(self.held['etcd'])}",
                "bind-address": self.host, "advertise-address": self.host, "secure-port": self.api_port,
                # An endpoint may not be a loopback address: without this the log fills.
                "endpoint-reconciler-type": "none",
                "tls-cert-file": certificate, "tls-private-key-file": key, "client-ca-file": self.ca,
                "service-account-issuer": ISSUER, "service-account-key-file": self.authority.public_key("accounts"),
                "service-account-signing-key-file": self.authority.private_key("accounts"),
                "service-cluster-ip-range": SERVICES, "authorization-mode": "RBAC",
                "audit-policy-file": self.state / "audit-policy.yaml", "audit-log-path": self.audit_path}

    def _manager(self):
        return {"kubeconfig": self.state / "manager.kubeconfig", "bind-address": self.host,
                "secure-port": ports.number(self.held["manager"]), "leader-elect": "false",
                "use-service-account-credentials": "true", "controllers": ",".join(CONTROLLERS),
                "service-account-private-key-file": self.authority.private_key("accounts"), "root-ca-file": self.ca}

    def _wait_ready(self):
        until = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            assert self.daemons["kube-apiserver"].process.poll() is None, f"see {self.state}/kube-apiserver.log"
            assert time.monotonic() < until, "the API server is not ready"
            time.sleep(0.05)

    def _is_ready(self):
        try:
            return self.request("GET", "/readyz") == b"ok"
        except (OSError, http.client.HTTPException, ApiError):
            return False

    def _start_proxy(self):
        certificate, key = self.authority.server("proxy")
        self.proxy, info = spawn("e2e.faultproxy", f"--upstream={self.api_port}", f"--ca={self.ca}",
                                 f"--certificate={certificate}", f"--key={key}")
        self.port, self.control_port = info["port"], info["control"]

    def _make_namespace(self):
        self.request("POST", "/api/v1/namespaces", {"metadata": {"name": self.namespace}})
        self._wait(lambda: self.get("serviceaccounts", "default"), "the default service account")

    def _put_or_create(self, resource, document):
        try:
            self.create(resource, document)
        except ApiError as error:
            if error.reason != "AlreadyExists":
                raise
            self.put(resource, document)

    def _wait_allowed(self, name, rule):
        """Rights reach the authorizer a moment after they were written."""
        asked = {"namespace": self.namespace, "verb": rule["verbs"][0], "group": rule["apiGroups"][0],
                 "name": (rule.get("resourceNames") or [""])[0]}
        asked["resource"], _, asked["subresource"] = rule["resources"][0].partition("/")
        review = {"spec": {"user": f"system:serviceaccount:{self.namespace}:{name}", "resourceAttributes": asked}}
        path = "/apis/authorization.k8s.io/v1/subjectaccessreviews"
        self._wait(lambda: self.request("POST", path, review)["status"]["allowed"], f"the rights of {name}")

    @staticmethod
    def _wait(condition, what):
        until = time.monotonic() + RIGHTS_SECONDS
        while not condition():
            assert time.monotonic() < until, f"{what}: not there"
            time.sleep(0.02)

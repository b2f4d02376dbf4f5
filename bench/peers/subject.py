"""One operator under measurement: how it is started, what it is given, and what its process costs."""
import http.client
import os
import pathlib
import shlex
import signal
import socket
import string
import subprocess
import time

import yaml

from control_plane import account, fail

READY_SECONDS_MAX = 60
TICK = os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Subject:
    """command: a line for the shell's reader; {port} in it is where it is to serve its health, $KUBECONFIG is set.
    manifest: a template with $name and $namespace."""

    def __init__(self, name, command, crds, manifest, ready="/readyz"):
        self.name = name
        self.words = shlex.split(command)
        self.crds = crds
        self.template = string.Template(pathlib.Path(manifest).read_text(encoding="utf-8"))
        self.ready_path = ready
        self.user = account(name)
        self.process = None
        if not os.access(self.words[0], os.X_OK):
            fail(f"{self.words[0]} is not there, or can not be run")

    def manifest(self, name, namespace):
        return yaml.safe_load(self.template.substitute(name=name, namespace=namespace))

    def servers(self):
        return self.manifest("x", "y")["spec"].get("topology", {}).get("servers", 1)

    def binary_bytes(self):
        return os.path.getsize(self.words[0])

    def start(self, plane, log):
        """Starts it and returns when, by the wall clock, which the API server's stamps use, too."""
        self.port = free_port()
        self.log = log
        environment = {**os.environ, "KUBECONFIG": str(plane.kubeconfig(self.name))}
        words = [word.replace("{port}", str(self.port)) for word in self.words]
        with open(log, "ab") as out:
            began = time.time()
            self.process = subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment)
        return began

    def is_ready(self):
        if self.process.poll() is not None:
            tail = pathlib.Path(self.log).read_text(errors="replace")[-2000:]
            fail(f"{self.name} ended with {self.process.returncode}:\n{tail}")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=2)
            connection.request("GET", self.ready_path)
            return connection.getresponse().status == 200
        except OSError:
            return False

    def wait_ready(self):
        end = time.time() + READY_SECONDS_MAX
        while not self.is_ready():
            if time.time() > end:
                fail(f"{self.name} is not ready after {READY_SECONDS_MAX} s")
            time.sleep(0.001)
        return time.time()

    def stop(self):
        """Seconds from SIGTERM to its end."""
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        return time.monotonic() - began

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def memory(self):
        """Resident and private MiB."""
        rows = {}
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text().splitlines()[1:]:
            name, value = line.split(":")
            rows[name] = int(value.split()[0]) / 1024
        return {"resident": rows["Rss"], "private": rows["Private_Clean"] + rows["Private_Dirty"]}

    def cpu(self):
        """Seconds of processor time so far."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

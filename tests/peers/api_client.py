"""A plain HTTPS client of an API server, by a kubeconfig with a client certificate."""
import base64
import http.client
import json
import pathlib
import ssl
import tempfile
import urllib.parse

import yaml


def data_of(entry, name, folder):
    """A file or the data in its place, as a path."""
    if name in entry:
        return entry[name]
    path = pathlib.Path(folder) / name
    path.write_bytes(base64.b64decode(entry[f"{name}-data"]))
    return str(path)


class Client:
    def __init__(self, kubeconfig):
        config = yaml.safe_load(pathlib.Path(kubeconfig).read_text(encoding="utf-8"))
        by_name = {kind: {entry["name"]: entry[kind] for entry in config[kind + "s"]} for kind in ("context", "cluster", "user")}
        context = by_name["context"][config["current-context"]]
        cluster, user = by_name["cluster"][context["cluster"]], by_name["user"][context["user"]]
        with tempfile.TemporaryDirectory() as folder:
            self.tls = ssl.create_default_context(cafile=data_of(cluster, "certificate-authority", folder))
            self.tls.load_cert_chain(data_of(user, "client-certificate", folder), data_of(user, "client-key", folder))
        self.host = urllib.parse.urlsplit(cluster["server"]).netloc
        self.connection = None

    def send(self, method, path, body, content_type="application/json", headers=None):
        """(status, answer as JSON)"""
        data = None if body is None else body if isinstance(body, (bytes, str)) else json.dumps(body)
        for is_last in (False, True):
            try:
                if not self.connection:
                    self.connection = http.client.HTTPSConnection(self.host, context=self.tls, timeout=60)
                self.connection.request(method, path, data, {"Content-Type": content_type, "Accept": "application/json",
                                                             **(headers or {})})
                response = self.connection.getresponse()
                self.warnings = response.headers.get_all("Warning") or []
                return response.status, json.loads(response.read() or b"{}")
            except (http.client.HTTPException, ConnectionError, ssl.SSLEOFError):
                self.connection = None
                if is_last:
                    raise
        raise AssertionError("unreachable")

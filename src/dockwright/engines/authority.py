"""A certificate authority of this host, for the proxy that records and replays package steps.

Steps trust it only while they run, through the same offer as a person's own CA bundle; its key
stays in the cache, readable by its owner only.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import ipaddress
import ssl
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dockwright.engines.objects import alone, write_whole
from dockwright.engines.store import certificate_path

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_DAY = dt.timedelta(days=1)
_LIFE = 365 * _DAY


@dataclass(kw_only=True)
class Authority:
    """Signs a certificate for each server that the proxy speaks for."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey
    _contexts: dict[str, ssl.SSLContext] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def context(self, host: str) -> ssl.SSLContext:
        """The server side of TLS for a host."""
        with self._lock:
            if host not in self._contexts:
                self._contexts[host] = self._make(host)
            return self._contexts[host]

    def _make(self, host: str) -> ssl.SSLContext:
        from cryptography import x509
        from cryptography.hazmat.primitives.asymmetric import ec

        name: x509.GeneralName = x509.DNSName(host)
        with contextlib.suppress(ValueError):
            name = x509.IPAddress(ipaddress.ip_address(host))
        key = ec.generate_private_key(ec.SECP256R1())
        names = x509.SubjectAlternativeName([name])
        made = _sign(host[:64], key, self.certificate.subject, self.key, (names, False))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:
            file.write(_pem(made) + _key_pem(key))
            file.flush()
            context.load_cert_chain(file.name)
        return context


def authority(cache: Path) -> Authority:
    """The authority of this host's cache, made when there is none or it will soon expire."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    path, secret = certificate_path(cache), certificate_path(cache).with_suffix(".key")
    path.parent.mkdir(parents=True, exist_ok=True)
    with alone(path.with_suffix(".lock"), lambda _line: None, "makes a certificate"):
        try:
            certificate = x509.load_pem_x509_certificate(path.read_bytes())
            key = serialization.load_pem_private_key(secret.read_bytes(), None)
            left = certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)
            if isinstance(key, ec.EllipticCurvePrivateKey) and left > 30 * _DAY:
                return Authority(certificate=certificate, key=key)
        except (OSError, ValueError):
            """There is none yet, or not a whole one."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name(
            [x509.NameAttribute(x509.NameOID.COMMON_NAME, "dockwright offline builds")]
        )
        basic = x509.BasicConstraints(ca=True, path_length=0)
        certificate = _sign("dockwright offline builds", key, subject, key, (basic, True))
        # write_whole makes files that only their owner can read.
        write_whole(secret, _key_pem(key))
        write_whole(path, _pem(certificate))
        return Authority(certificate=certificate, key=key)


def _sign(
    name: str,
    key: EllipticCurvePrivateKey,
    issuer: x509.Name,
    signer: EllipticCurvePrivateKey,
    extension: tuple[Any, bool],
) -> x509.Certificate:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    now = dt.datetime.now(dt.UTC)
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _LIFE)
        .add_extension(extension[0], critical=extension[1])
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(identifier, critical=False)
        .sign(signer, hashes.SHA256())
    )


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )

"""A small client for image registries: manifests, digests, tags. It pulls no layers.

The network policy (mirrors, proxies, certificates, retries) is that of every download. A mirror's
FROM is written as for any address: `https://nvcr.io/=https://mirror.example/nvcr/` turns
`nvcr.io/nvidia/cuda` into `mirror.example/nvcr/nvidia/cuda`.

Facts: a registry answers 401 with a challenge, `Bearer realm,service,scope` (a token is fetched
there, with or without a login) or `Basic`; an index lists a manifest for each platform; a digest
is the sha256 of the manifest's bytes (distribution and OCI specifications).
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode, urljoin

import msgspec

from dockwright.engines.candidates import near
from dockwright.engines.credentials import Secret
from dockwright.engines.logins import Login, Logins
from dockwright.engines.network import Policy, again, opened
from dockwright.engines.registry_names import Place, place, shown_name
from dockwright.errors import EngineError
from dockwright.model.values import ImageRef

if TYPE_CHECKING:
    import httpx

INDEXES = frozenset(
    {
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
    }
)
MANIFESTS = frozenset(
    {
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    }
)
_ACCEPT = ", ".join(sorted(INDEXES | MANIFESTS))
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')
_LOOPBACK = re.compile(r"(localhost|127\.[0-9.]+|\[::1\])(:[0-9]+)?")
_ANSWERS = frozenset({200, 202, 204, 401, 403, 404, 405})
_LARGEST = 8 << 20
"""Bytes of a manifest; the specification asks registries for 4 MiB."""


class Absent(EngineError):
    """The registry has no such tag, manifest or repository."""


class _Platform(msgspec.Struct, frozen=True):
    os: str = ""
    architecture: str = ""
    variant: str = ""

    def __str__(self) -> str:
        return "/".join(filter(None, (self.os, self.architecture, self.variant)))


class Descriptor(msgspec.Struct, frozen=True, rename={"media_type": "mediaType"}):
    """What an index or a manifest says of a part. `size` in bytes."""

    digest: str = ""
    size: int = 0
    media_type: str = ""
    platform: _Platform | None = None


class Manifest(msgspec.Struct, frozen=True, rename={"media_type": "mediaType"}):
    """A manifest or an index, as far as we look at it."""

    media_type: str = ""
    manifests: tuple[Descriptor, ...] = ()
    config: Descriptor = Descriptor()
    layers: tuple[Descriptor, ...] = ()


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest with the digest of its bytes."""

    digest: str
    manifest: Manifest
    body: bytes


class _Reply(NamedTuple):
    """A whole answer."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(kw_only=True)
class Registry:
    """The client. Threads may share one: it holds tokens by registry and scope."""

    session: httpx.Client
    policy: Policy
    logins: Logins = field(default_factory=Logins)
    log: Callable[[str], None] = lambda _: None
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict, repr=False)
    _roots: dict[str, str] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def manifest(self, image: ImageRef) -> Answer:
        """The manifest or index that a reference names; its bytes are checked against its digest.

        Raises Absent with the tags that are there, or EngineError.
        """
        where = place(image, self.policy)
        wanted = image.digest or image.tag or "latest"
        answer = self._get(where, f"manifests/{wanted}", {"Accept": _ACCEPT})
        if answer.status == 404:
            raise self._absent(image, where)
        body = answer.content
        digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
        told = answer.headers.get("docker-content-digest", "")
        for other in filter(None, (image.digest, told if told.startswith("sha256:") else "")):
            if other != digest:
                raise EngineError(
                    f"{shown_name(image, where)}: the registry sent something else: {digest}, "
                    f"wanted {other}",
                    hint="do not use it before you know why; a proxy or mirror may be broken",
                )
        try:
            manifest = msgspec.json.decode(body, type=Manifest)
        except msgspec.MsgspecError as error:
            raise EngineError(
                f"{shown_name(image, where)}: the answer is no manifest: {error}",
                hint="is it a registry at all, or the login page of a proxy?",
            ) from None
        kind = manifest.media_type or answer.headers.get("content-type", "").partition(";")[0]
        if kind not in INDEXES | MANIFESTS:
            raise EngineError(
                f"{shown_name(image, where)}: manifests of type {kind or 'unknown'} cannot be read",
                hint="push the image again with a tool of this decade",
            )
        return Answer(
            digest=digest, manifest=msgspec.structs.replace(manifest, media_type=kind), body=body
        )

    def resolve(self, image: ImageRef, platform: str) -> str:
        """The digest of the image's manifest for a platform. Raises Absent, EngineError."""
        answer = self.manifest(image)
        if answer.manifest.media_type in INDEXES:
            known = {str(d.platform): d.digest for d in answer.manifest.manifests if d.platform}
            for name in (platform, f"{platform}/v8"):
                if name in known:
                    return known[name]
            there = sorted(name for name in known if not name.startswith("unknown/"))
        else:
            found = self._platform(image, answer.manifest.config)
            if found in {platform, f"{platform}/v8"}:
                return answer.digest
            there = [found]
        raise Absent(
            f"{shown_name(image, place(image, self.policy))} is not there for {platform}",
            hint=f"it is there for {', '.join(there) or 'no platform'}",
        )

    def labels(self, image: ImageRef, platform: str) -> Mapping[str, str]:
        """The labels of an image."""
        digest = image.digest or self.resolve(image, platform)
        found = self.manifest(msgspec.structs.replace(image, digest=digest)).manifest
        where = place(image, self.policy)
        answer = self._get(where, f"blobs/{found.config.digest}", {})
        data: dict[str, Any] = msgspec.json.decode(answer.content)
        return dict((data.get("config") or {}).get("Labels") or {})

    def blob(self, image: ImageRef, digest: str) -> tuple[str, dict[str, str]]:
        """The address of a blob, and the header that lets us have it.

        `image` is one whose manifest was just read: the login for it is known then.
        """
        where = place(image, self.policy)
        known = self._tokens.get((where.registry, f"repository:{where.repository}:pull"), "")
        headers = {"Authorization": known} if known else {}
        return f"{self._root(where)}/v2/{where.repository}/blobs/{digest}", headers

    def _platform(self, image: ImageRef, config: Descriptor) -> str:
        answer = self._get(place(image, self.policy), f"blobs/{config.digest}", {})
        try:
            return str(msgspec.json.decode(answer.content, type=_Platform))
        except msgspec.MsgspecError:
            return "an unknown platform"

    def tags(self, image: ImageRef) -> tuple[str, ...]:
        """The first tags of a repository (registries give 100 or 1000); empty when it is absent."""
        answer = self._get(place(image, self.policy), "tags/list", {})
        if answer.status != 200:
            return ()
        data: dict[str, Any] = msgspec.json.decode(answer.content)
        return tuple(str(tag) for tag in data.get("tags") or ())

    def refuse_no_push(self, image: ImageRef) -> None:
        """Raise EngineError when the registry would not take the image from us.

        An upload is begun and given up again: nothing else tells.
        """
        where = place(image, Policy())
        url = f"{self._root(where)}/v2/{where.repository}/blobs/uploads/"
        scope = f"repository:{where.repository}:pull,push"
        answer = self._ask(url, {}, method="POST")
        token = ""
        if answer.status == 401:
            token = self._authorise(answer.headers.get("www-authenticate", ""), where, scope)
            answer = self._ask(url, {"Authorization": token}, method="POST")
        if answer.status != 202:
            raise EngineError(
                f"{where.registry}: it does not let us push {where.repository} "
                f"(status {answer.status})",
                hint=f"log in as somebody who may: docker login {where.registry}, or buildah login",
            )
        upload = urljoin(url, answer.headers.get("location", ""))
        self._ask(upload, {"Authorization": token} if token else {}, method="DELETE")

    def _absent(self, image: ImageRef, where: Place) -> Absent:
        if image.digest:
            return Absent(
                f"{shown_name(image, where)}: the registry has no such manifest",
                hint="was it deleted, or does a mirror lack it? `dockwright lock --update` finds "
                "what the tag is today",
            )
        try:
            tags = self.tags(image)
        except EngineError:
            tags = ()
        if not tags:
            hint = "is the name right? the registry knows no tags of it"
        else:
            hint = f"tags there: {', '.join(near(image.tag or 'latest', tags))}"
        return Absent(f"{shown_name(image, where)}: the registry has no such image", hint=hint)

    def _get(self, where: Place, path: str, headers: Mapping[str, str]) -> _Reply:
        """One answer of the API, with a login where the registry asks for one."""
        scope = f"repository:{where.repository}:pull"
        url = f"{self._root(where)}/v2/{where.repository}/{path}"
        known = self._tokens.get((where.registry, scope), "")
        answer = self._ask(url, {**headers, **({"Authorization": known} if known else {})})
        if answer.status == 401:
            challenge = answer.headers.get("www-authenticate", "")
            token = self._authorise(challenge, where, scope)
            with self._guard:
                self._tokens[where.registry, scope] = token
            answer = self._ask(url, {**headers, "Authorization": token})
        if answer.status in {401, 403}:
            raise self._refused(where, answer.status)
        return answer

    def _ask(self, url: str, headers: Mapping[str, str], *, method: str = "GET") -> _Reply:
        def once() -> _Reply:
            with opened(
                self.session,
                self.policy,
                url,
                method=method,
                headers=headers,
                accepted=_ANSWERS,
            ) as answer:
                body = bytearray()
                for block in answer.iter_bytes():
                    body += block
                    if len(body) > _LARGEST:
                        raise EngineError(
                            f"{url}: an answer of more than {_LARGEST} bytes",
                            hint="is it a registry at all?",
                        )
                return _Reply(answer.status_code, answer.headers, bytes(body))

        try:
            return again(once, self.policy, self.log)
        except EngineError as error:
            if "answered 429" in error.message:
                raise EngineError(
                    error.message,
                    hint="the registry limits how often it is asked; log in, wait, or name a "
                    "mirror: --source-mirror",
                ) from error
            raise

    def _root(self, where: Place) -> str:
        """The API's root; a registry on loopback may speak plain http, as engines allow, too."""
        if not where.root.startswith("https://") or not _LOOPBACK.fullmatch(where.registry):
            return where.root
        with self._guard:
            if where.registry not in self._roots:
                plain = where.root.replace("https://", "http://", 1)
                self._roots[where.registry] = plain if self._is_plain(where.root) else where.root
            return self._roots[where.registry]

    def _is_plain(self, root: str) -> bool:
        import httpx

        try:
            self.session.get(f"{root}/v2/")
        except httpx.ConnectError as error:
            return "WRONG_VERSION_NUMBER" in str(error) or "RECORD_LAYER" in str(error)
        except httpx.HTTPError:
            return False
        return False

    def _authorise(self, challenge: str, where: Place, scope: str) -> str:
        """The header that the challenge asks for."""
        kind, _, rest = challenge.partition(" ")
        said = dict(_CHALLENGE.findall(rest))
        login = self.logins.find(where.registry) or self._from_policy(where)
        if kind.lower() == "basic":
            if login is None:
                raise self._refused(where, 401)
            return login.basic
        if kind.lower() != "bearer" or not said.get("realm"):
            raise EngineError(
                f"{where.registry}: it asks for a login in a way that is not known: {kind or '-'}",
                hint="known are Bearer and Basic",
            )
        words = {"service": said.get("service", ""), "scope": said.get("scope") or scope}
        return f"Bearer {self._token(said['realm'], words, login, where)}"

    def _from_policy(self, where: Place) -> Login | None:
        """A login of the person's netrc, where docker's files have none."""
        found = self.policy.credentials.login(where.registry.partition(":")[0])
        return Login(user=found[0], password=Secret(found[1])) if found else None

    def _token(
        self, realm: str, words: Mapping[str, str], login: Login | None, where: Place
    ) -> str:
        if login and login.identity:
            answer = self._refresh(realm, words, login)
        else:
            headers = {"Authorization": login.basic} if login else {}
            joint = "&" if "?" in realm else "?"
            answer = self._ask(f"{realm}{joint}{urlencode(words)}", headers)
        if answer.status != 200:
            raise self._refused(where, answer.status)
        try:
            data: dict[str, Any] = msgspec.json.decode(answer.content)
            return str(data.get("token") or data["access_token"])
        except (msgspec.MsgspecError, KeyError, AttributeError):
            raise EngineError(
                f"{where.registry}: its token server {realm} sent no token",
                hint="is a proxy in between? log in again: docker login",
            ) from None

    def _refresh(self, realm: str, words: Mapping[str, str], login: Login) -> _Reply:
        """A token for a refresh token (OAuth 2), which some registries give out at login."""
        import httpx

        form = {
            **words,
            "client_id": "dockwright",
            "grant_type": "refresh_token",
            "refresh_token": login.password.reveal(),
        }
        try:
            answer = self.session.post(realm, data=form)
        except httpx.HTTPError as error:
            raise EngineError(
                f"{realm}: {str(error) or type(error).__name__}", hint="log in again: docker login"
            ) from None
        return _Reply(answer.status_code, answer.headers, answer.content)

    def _refused(self, where: Place, status: int) -> EngineError:
        return EngineError(
            f"{where.registry}: it does not let us read {where.repository} (status {status})",
            hint=f"log in: docker login {where.registry} (or buildah login); is the name right? "
            "private images look as if they were not there",
        )

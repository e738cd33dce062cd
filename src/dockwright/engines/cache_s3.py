"""One object written to an S3 bucket and read back, with each refusal said in a person's words.

botocore finds keys and signs; requests go through our own client, so that proxies and certificates
are those of everything else, and no answer is smoothed over (botocore would follow a bucket into
another region, sccache does not).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit, urlunsplit

from dockwright.engines.cache_check import (
    NAME,
    Checked,
    Untried,
    content,
    different,
    timed,
    unreachable,
)
from dockwright.engines.network import Policy, client
from dockwright.errors import DockwrightError, EngineError, UserError
from dockwright.model.cache import Backend, CacheSettings

if TYPE_CHECKING:
    import httpx

_MINUTE = 60


def check_s3(settings: CacheSettings, credentials: Mapping[str, str], policy: Policy) -> Checked:
    """Put, get and delete one object below the prefix."""
    import httpx

    if not settings.bucket or not (settings.region or settings.endpoint):
        raise UserError(
            "the S3 cache needs a bucket and a region",
            hint="say --sccache-bucket and --sccache-region",
        )
    url, body = _object(settings), content()
    with client(policy) as session:
        signer = _signer(settings, credentials)

        def ask(method: str, data: bytes = b"") -> bytes:
            try:
                answer = session.request(
                    method,
                    url,
                    headers=_signed(signer, method, url, data),
                    content=data,
                    follow_redirects=False,
                )
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                raise unreachable(error, settings.url, "the S3 server", policy) from error
            if not answer.is_success:
                raise _refused(answer, method, settings)
            return answer.content

        def read() -> None:
            if ask("GET") != body:
                raise different(url)

        write = 0.0
        if settings.anonymous:  # what sccache does with a public bucket is to read
            took = timed(lambda: _read_public(ask))
        else:
            write, took = timed(lambda: ask("PUT", body)), timed(read)
        return Checked(
            backend=Backend.S3, where=url, write=write, read=took, kept=_removed(ask, settings)
        )


def _read_public(ask: Callable[[str], bytes]) -> None:
    """An object that is not there is fine: the bucket answered."""
    try:
        ask("GET")
    except _Missing:
        return


def _removed(ask: Callable[[str], bytes], settings: CacheSettings) -> str:
    if settings.anonymous:
        return ""
    try:
        ask("DELETE")
    except DockwrightError as error:
        return error.message
    return ""


class _Missing(UserError):
    """The bucket is there, the object is not."""


def _object(settings: CacheSettings) -> str:
    """The object's address: the bucket in the path, as sccache does unless told otherwise."""
    key = "/".join((*(part for part in settings.key_prefix.split("/") if part), NAME))
    scheme, host, path, *_ = urlsplit(settings.url)
    if settings.virtual_host:
        host = f"{settings.bucket}.{host}"
    else:
        path = f"{path}/{settings.bucket}"
    return urlunsplit((scheme, host, f"{path}/{quote(key, safe='/~')}", "", ""))


def _signer(settings: CacheSettings, credentials: Mapping[str, str]) -> Any:
    if settings.anonymous:
        return None
    from botocore.auth import S3SigV4Auth  # type: ignore[import-untyped]

    return S3SigV4Auth(_keys(credentials), "s3", settings.region or "us-east-1")


def _keys(credentials: Mapping[str, str]) -> Any:
    """Key pair or profile, in sccache's order. Raises UserError when there is neither."""
    from botocore.credentials import (  # type: ignore[import-untyped]
        Credentials,
        SharedCredentialProvider,
    )
    from botocore.exceptions import BotoCoreError  # type: ignore[import-untyped]

    key, secret = (
        credentials.get(name, "") for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    )
    if key and secret:
        return Credentials(key, secret, credentials.get("AWS_SESSION_TOKEN") or None)
    if key or secret:
        missing = "AWS_ACCESS_KEY_ID" if secret else "AWS_SECRET_ACCESS_KEY"
        raise UserError(f"{missing} is not set, its other half is", hint="a key pair needs both")
    if credentials.get("AWS_WEB_IDENTITY_TOKEN_FILE"):
        raise Untried(
            "a web identity is exchanged for keys inside the build; it cannot be checked here",
            hint="check with a key pair of the same role",
        )
    profile = credentials.get("AWS_PROFILE") or "default"
    file = credentials.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials"
    try:
        found = SharedCredentialProvider(creds_filename=file, profile_name=profile).load()
    except BotoCoreError as error:  # the message of a parser may quote a line
        raise UserError(
            f"{file}: cannot be read: {type(error).__name__}", hint="repair it, or name another"
        ) from None
    if found is None:
        raise UserError(
            f"there are no keys for S3: no AWS_ACCESS_KEY_ID, no profile {profile} in {file}",
            hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
        )
    return found


def _signed(signer: Any, method: str, url: str, data: bytes) -> dict[str, str]:
    if signer is None:
        return {}
    from botocore.awsrequest import AWSRequest  # type: ignore[import-untyped]

    request = AWSRequest(method=method, url=url, data=data)
    signer.add_auth(request)
    return dict(request.headers.items())


# What a server says, in a person's words


def _refused(
    answer: httpx.Response, method: str, settings: CacheSettings
) -> UserError | EngineError:
    text = answer.text
    code = _field(text, "Code") or {403: "AccessDenied", 404: "NoSuchKey"}.get(
        answer.status_code, ""
    )
    where, bucket = settings.url, settings.bucket
    verb = {"PUT": "write to", "GET": "read from", "DELETE": "delete from"}[method]
    actual = _field(text, "Region") or answer.headers.get("x-amz-bucket-region", "")
    match code:
        case "NoSuchBucket":
            return UserError(
                f"there is no bucket {bucket!r} at {where}",
                hint="make it, or correct --sccache-bucket",
            )
        case "NoSuchKey":
            return _Missing(f"{where}: what was written to {bucket!r} is not there")
        case "InvalidAccessKeyId":
            return UserError(
                f"{where} does not know this access key",
                hint="correct AWS_ACCESS_KEY_ID (the secret aws-key-id); a temporary one needs "
                "its own AWS_SESSION_TOKEN, another one none",
            )
        case "SignatureDoesNotMatch":
            return UserError(
                f"{where} knows the access key, but the secret key does not fit it",
                hint="correct AWS_SECRET_ACCESS_KEY (the secret aws-secret-id)",
            )
        case "RequestTimeTooSkewed" | "RequestExpired":
            return UserError(
                f"the clock of this machine is {_skew(answer)} that of {where}",
                hint="set it (timedatectl set-ntp true); signatures are valid for 15 minutes",
            )
        case "ExpiredToken" | "InvalidToken" | "TokenRefreshRequired":
            return UserError(
                f"{where} does not take the session token: {_field(text, 'Message') or code}",
                hint="get new credentials; a key pair that ends needs its AWS_SESSION_TOKEN",
            )
        case "AuthorizationHeaderMalformed" | "PermanentRedirect" | "TemporaryRedirect" if actual:
            return UserError(
                f"the bucket {bucket!r} is in the region {actual}, not in {settings.region}",
                hint=f"say --sccache-region {actual}",
            )
        case "AccessDenied" | "AllAccessDisabled" | "AccountProblem":
            return UserError(
                f"these credentials may not {verb} the bucket {bucket!r}",
                hint=f"allow s3:{_ACTIONS[method]} on arn:aws:s3:::{bucket}/{_below(settings)}*",
            )
        case _:
            pass
    if "HTTPS server" in text or "HTTPS port" in text:
        return UserError(
            f"{where} wants TLS", hint="name the endpoint with https://, or the port without TLS"
        )
    said = ": ".join(filter(None, (code, _field(text, "Message"))))
    words = f"{where} answered {answer.status_code} to {method}{said and f' ({said})'}"
    if answer.status_code >= 500:
        return EngineError(words, hint="the server has trouble of its own; try again, see its log")
    if actual and actual != settings.region:
        return UserError(words, hint=f"the bucket is in {actual}: say --sccache-region {actual}")
    return UserError(words, hint="is this the address of an S3 server?")


_ACTIONS = {"PUT": "PutObject", "GET": "GetObject", "DELETE": "DeleteObject"}


def _below(settings: CacheSettings) -> str:
    prefix = settings.key_prefix.strip("/")
    return f"{prefix}/" if prefix else ""


def _field(text: str, name: str) -> str:
    """One element of S3's flat XML; empty when it is not there."""
    found = re.search(rf"<{name}>([^<]{{1,400}})</{name}>", text)
    return found[1].strip() if found else ""


def _skew(answer: httpx.Response) -> str:
    """`17 minutes behind`: the time that was signed against the answer's."""
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
        ours = datetime.strptime(answer.request.headers["x-amz-date"], "%Y%m%dT%H%M%S%z")
    except (ValueError, KeyError):
        return "too far from"
    behind = (theirs - ours).total_seconds()
    minutes = round(abs(behind) / _MINUTE)
    return f"{minutes} minutes {'behind' if behind > 0 else 'ahead of'}"

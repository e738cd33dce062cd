"""Secrets are named, never written down."""

from __future__ import annotations

import pytest

from dockwright.config.secrets import SecretSource, looks_secret, parse_secret, refusal
from dockwright.errors import Problem


def test_a_file_or_a_variable() -> None:
    assert parse_secret("id=a,src=/run/a") == SecretSource(id="a", file="/run/a")
    assert parse_secret("id=a,env=A") == SecretSource(id="a", variable="A")
    assert parse_secret("type=file,id=a,source=f") == SecretSource(id="a", file="f")


@pytest.mark.parametrize(
    "text", ["", "hush", "id=a", "id=a,src=f,env=V", "src=f", "id=a,value=hush", "id= ,src=f"]
)
def test_anything_else_is_refused_without_repeating_it(text: str) -> None:
    problem = parse_secret(text)
    assert isinstance(problem, Problem)
    assert "hush" not in str(problem)


def test_an_unknown_type_is_refused() -> None:
    problem = parse_secret("id=a,src=f,type=ssh")
    assert str(problem) == "--secret: type must be file or env"


@pytest.mark.parametrize("name", ["GITHUB_TOKEN", "DB_PASSWORD", "AWS_SECRET_ACCESS_KEY", "x_key"])
def test_names_that_look_secret(name: str) -> None:
    assert looks_secret(name)


def test_the_refusal_names_the_way() -> None:
    assert refusal("AWS_ACCESS_KEY_ID", "x").hint == (
        "set the environment variable AWS_ACCESS_KEY_ID, or use --secret id=aws-key-id,src=FILE"
    )
    assert refusal("MY_TOKEN", "x").hint == "use --secret id=my_token,src=FILE"

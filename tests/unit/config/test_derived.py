"""What is derived from the declarations: schema, reference page, listing, settings as words."""

from __future__ import annotations

import json

from dockwright.catalog.parameters import parameters
from dockwright.config.argv import from_argv
from dockwright.config.derive import changed, listing
from dockwright.config.reference import matrix_page, reference_page
from dockwright.config.resolve import resolve
from dockwright.config.rules import RULES
from dockwright.config.schema import ID, schema
from dockwright.config.secrets import looks_secret
from dockwright.config.write import to_argv, to_toml

KNOWN = parameters()


def test_the_schema_has_every_parameter_and_a_version() -> None:
    found = schema(KNOWN)
    assert found["$id"] == ID
    assert ID.endswith("/v1.json")
    assert {name.lower() for name in KNOWN} <= set(found["properties"])
    assert set(found["$defs"]) == {name.lower() for name in KNOWN} | {"settings", "scoped", "for"}
    assert "framework" not in found["$defs"]["scoped"]["properties"]
    assert json.loads(json.dumps(found)) == found
    assert found["$defs"]["cargo_build_jobs"]["anyOf"][0] == {"type": "integer", "minimum": 1}


def test_the_reference_page_has_every_parameter_and_rule() -> None:
    page = reference_page(KNOWN)
    for name in KNOWN:
        assert f"\n### {name}\n" in page
    for rule in RULES:
        assert f"**{rule.name}**" in page
    assert "| `25.01-cuda12.8-devel-ubuntu24.04` | none CUDA 12.8 |" in page
    assert "| `aarch64` | arm64 |" in page
    assert "- default: `true` for vllm, trtllm; else `false`" in page


def test_the_matrix_page_has_the_drivers() -> None:
    assert "| trtllm | cuda | 13.1 (default) | 580 | amd64, arm64 | 3.12 |" in matrix_page()


def test_the_listing_knows_values_defaults_and_origins() -> None:
    said, _ = from_argv(["--nixl-ref", "x", "--build-arg", "HTTP_PROXY=hush"], KNOWN)
    rows = changed(listing(resolve(said), resolve([]), KNOWN))
    assert [(row.name, row.value, row.default, row.origin) for row in rows] == [
        ("HTTP_PROXY", "***", "", "--build-arg HTTP_PROXY"),
        ("NIXL_REF", "x", "0.9.0", "--nixl-ref"),
    ]


def test_settings_as_words() -> None:
    texts = {"JOBS": "3", "TAG": "a,b", "ENABLE_KVBM": "off", "NIXL_REF": 'q"', "HTTP_PROXY": "p"}
    assert to_toml(texts, KNOWN) == (
        'enable_kvbm = false\nhttp_proxy = "p"\njobs = 3\nnixl_ref = "q\\""\ntag = ["a", "b"]\n'
    )
    assert to_argv(texts, KNOWN) == [
        "--no-enable-kvbm", "--jobs=3", '--nixl-ref=q"', "--tag=a,b",
    ]  # fmt: skip


def test_no_parameter_looks_like_a_secret_unless_it_is_none() -> None:
    # Known names are looked up first, so these are taken although the pattern matches.
    assert [name for name in KNOWN if looks_secret(name)] == ["SCCACHE_S3_KEY_PREFIX"]
    assert all(looks_secret(name) for name in ("GITHUB_TOKEN", "aws_secret_access_key", "API_KEY"))
    assert not looks_secret("MONKEY")

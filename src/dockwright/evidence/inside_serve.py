"""Serve one request inside an image, as a user of the image would.

The child program of the verifier's check "serve" (see ``inside.py``, which lies beside it):
standard library only, Python >= 3.10, no network but loopback. It starts etcd, NATS with
JetStream, Dynamo's mocker with a generated tiny model, and Dynamo's frontend; waits for the
model, asks for chat completions, and stops everything it has started.

Argument: the check as JSON. Output: log tails of the processes if it fails, and one JSON object
as the last line: ``{"ok": …, "detail": …, "phases": {…seconds…}}``.
"""

# ruff: noqa: S310, T201
# (The addresses are our own; standard output is how the verifier gets the answer.)

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

VOCABULARY_SIZE = 32_000
LOG_LINES = 25
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
FIRST_ANSWER_SECONDS = 10

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "<|{{ message['role'] }}|>{{ message['content'] }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


class ServeError(Exception):
    """The stack does not serve; the text says what was expected of which process."""


def byte_alphabet() -> list[str]:
    """The 256 characters that a byte-level tokenizer writes for the 256 bytes (GPT-2's table)."""
    printable = {*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)}
    alphabet, beyond = [], 256
    for byte in range(256):
        alphabet.append(chr(byte if byte in printable else beyond))
        beyond += byte not in printable
    return alphabet


def model_files() -> dict[str, Any]:
    """A llama-like model folder without weights: tokenizer, template and limits are enough."""
    specials = ["<s>", "</s>", "<unk>"]
    reachable = [*specials, *byte_alphabet()]
    # The mocker answers with random numbers of a usual vocabulary, so each needs a text.
    words = [f"Ġw{number}" for number in range(len(reachable), VOCABULARY_SIZE)]
    vocabulary = {token: number for number, token in enumerate([*reachable, *words])}
    byte_level = {
        "type": "ByteLevel",
        "add_prefix_space": False,
        "trim_offsets": True,
        "use_regex": True,
    }
    return {
        "tokenizer.json": {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": [
                {
                    "id": vocabulary[token],
                    "content": token,
                    "single_word": False,
                    "lstrip": False,
                    "rstrip": False,
                    "normalized": False,
                    "special": True,
                }
                for token in specials
            ],
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": None,
            "decoder": byte_level,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "ignore_merges": False,
                "vocab": vocabulary,
                "merges": [],
            },
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "unk_token": "<unk>",
            "model_max_length": 2048,
            "chat_template": CHAT_TEMPLATE,
        },
        "config.json": {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "vocab_size": len(vocabulary),
            "hidden_size": 64,
            "intermediate_size": 128,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "max_position_embeddings": 2048,
            "rms_norm_eps": 1e-5,
            "rope_theta": 10000.0,
            "bos_token_id": 0,
            "eos_token_id": 1,
            "torch_dtype": "float32",
        },
        "generation_config.json": {"bos_token_id": 0, "eos_token_id": 1},
    }


def write_model(folder: Path) -> None:
    """Write the model folder."""
    folder.mkdir()
    for name, content in model_files().items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody uses now; they are held together, so they differ."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [held.getsockname()[1] for held in sockets]
    for held in sockets:
        held.close()
    return ports


class Stack:
    """The processes of one run, each with its log file."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        """Nothing runs yet; all files go below the folder."""
        self.folder = folder
        self.environment = {**environment, "TMPDIR": str(folder)}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, argv: list[str]) -> None:
        """Start a process in the background, output to its log."""
        with (self.folder / f"{name}.log").open("wb") as log:
            try:
                self.processes[name] = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    cwd=self.folder,
                    env=self.environment,
                )
            except OSError as error:
                raise ServeError(f"{name} does not start: {error}") from error

    def wait(self, what: str, ready: Callable[[], bool], deadline: float) -> None:
        """Poll until ready; a process that ends meanwhile is the failure, and is named."""
        while not ready():
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise ServeError(
                        f"{name} ended with exit code {process.returncode} before {what}"
                    )
            if time.monotonic() > deadline:
                raise ServeError(f"out of time before {what}")
            time.sleep(0.05)

    def stop(self) -> None:
        """End all processes, last one first, by their process ids."""
        for process in reversed(self.processes.values()):
            process.terminate()
        deadline = time.monotonic() + 0.5
        for process in self.processes.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def tails(self) -> str:
        """The end of each log, for the reader of a failure."""
        parts = []
        for name, process in self.processes.items():
            state = "running" if process.poll() is None else f"exit code {process.returncode}"
            text = (self.folder / f"{name}.log").read_text(errors="replace")
            lines = COLOURS.sub("", text).splitlines()[-LOG_LINES:]
            parts += [f"--- {name} ({state}), end of its log:", *(f"    {line}" for line in lines)]
        return "\n".join(parts)


def ask(url: str, body: object | None = None, timeout: float = 30) -> tuple[int, str]:
    """Status and text of an HTTP answer; status 0 when there is none (yet)."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    # Without proxies: the image may be verified in an environment that names some.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=timeout) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        return 0, str(error)


def listens(port: int) -> bool:
    """Whether a loopback port accepts connections."""
    try:
        socket.create_connection(("127.0.0.1", port), 0.5).close()
    except OSError:
        return False
    return True


def healthy(url: str) -> bool:
    """Whether an address answers with success."""
    return ask(url, timeout=2)[0] == HTTPStatus.OK


def models(url: str) -> list[str]:
    """The names of the models that the frontend lists."""
    status, text = ask(f"{url}/v1/models", timeout=2)
    return [model["id"] for model in json.loads(text)["data"]] if status == HTTPStatus.OK else []


def chat(url: str, model: str) -> str:
    """One answer in one piece; its content.

    After server errors it asks again for a while: Dynamo 0.9.0's mocker announces its model a
    moment before its engine can take a request (it says "Not initialized"). The streamed answer
    must then come at once.
    """
    until = time.monotonic() + FIRST_ANSWER_SECONDS
    while True:
        status, text = ask(f"{url}/v1/chat/completions", chat_request(model, stream=False))
        if status < HTTPStatus.INTERNAL_SERVER_ERROR or time.monotonic() > until:
            break
        time.sleep(0.2)
    if status != HTTPStatus.OK:
        raise ServeError(f"/v1/chat/completions answers {status}: {text[:500]}")
    content = json.loads(text)["choices"][0]["message"].get("content")
    if not content:
        raise ServeError(f"/v1/chat/completions answers without content: {text[:500]}")
    return str(content)


def chat_stream(url: str, model: str) -> int:
    """One streamed answer; the number of its chunks with content."""
    status, text = ask(f"{url}/v1/chat/completions", chat_request(model, stream=True))
    events = [
        line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")
    ]
    if status != HTTPStatus.OK or not events or events[-1] != "[DONE]":
        raise ServeError(f"the streamed /v1/chat/completions answers {status}: {text[-500:]}")
    choices = [choice for event in events[:-1] for choice in json.loads(event).get("choices", [])]
    chunks = sum(bool(choice.get("delta", {}).get("content")) for choice in choices)
    if not chunks:
        raise ServeError(f"the streamed /v1/chat/completions has no content: {text[:500]}")
    return chunks


def chat_request(model: str, *, stream: bool) -> dict[str, object]:
    """The body of a chat request for a few tokens."""
    messages = [{"role": "user", "content": "Say hello."}]
    return {"model": model, "messages": messages, "max_tokens": 8, "stream": stream}


def serve(check: Mapping[str, Any], stack: Stack, phases: dict[str, float]) -> str:
    """Bring the stack up and ask it; returns what was answered."""
    started = time.monotonic()
    deadline = started + float(check.get("timeout", 90)) - 5
    python = str(check["python"])

    def phase(name: str) -> None:
        nonlocal started
        phases[name], started = round(time.monotonic() - started, 2), time.monotonic()

    etcd, etcd_peer, nats, frontend = free_ports(4)
    at = "http://127.0.0.1"
    stack.environment |= {
        "ETCD_ENDPOINTS": f"{at}:{etcd}",
        "NATS_SERVER": f"nats://127.0.0.1:{nats}",
        "HF_HUB_OFFLINE": "1",
        "PYTHONUNBUFFERED": "1",
        "RUST_BACKTRACE": "0",
        # Loopback is all there is: else Dynamo looks for another interface's address.
        "DYN_TCP_RPC_HOST": "127.0.0.1",
        "DYN_HTTP_RPC_HOST": "127.0.0.1",
    }
    stack.start(
        "etcd",
        [
            *[str(check.get("etcd", "etcd")), "--data-dir", str(stack.folder / "etcd")],
            *["--listen-client-urls", f"{at}:{etcd}", "--advertise-client-urls", f"{at}:{etcd}"],
            *["--listen-peer-urls", f"{at}:{etcd_peer}"],
            *["--initial-advertise-peer-urls", f"{at}:{etcd_peer}"],
            *["--initial-cluster", f"default={at}:{etcd_peer}"],
        ],
    )
    nats_server = [str(check.get("nats", "nats-server")), "-js", "-a", "127.0.0.1", "-p", str(nats)]
    stack.start("nats-server", [*nats_server, "-sd", str(stack.folder / "nats")])
    model = stack.folder / "model"
    write_model(model)
    stack.wait("NATS listens", lambda: listens(nats), deadline)
    stack.wait("etcd is healthy", lambda: healthy(f"{at}:{etcd}/health"), deadline)
    phase("etcd+nats")

    url = f"{at}:{frontend}"
    worker = str(check.get("worker", "dynamo.mocker"))
    # No --model-name: with a name that is no path, the frontend looks for the model on a hub.
    stack.start("mocker", [python, "-m", worker, "--model-path", str(model)])
    frontend_address = ["--http-host", "127.0.0.1", "--http-port", str(frontend)]
    stack.start("frontend", [python, "-m", "dynamo.frontend", *frontend_address])
    stack.wait("the frontend lists the model", lambda: bool(models(url)), deadline)
    phase("model listed")
    (name,) = models(url)
    content = chat(url, name)
    phase("chat")
    chunks = chat_stream(url, name)
    phase("stream")
    return f"chat: {len(content)} characters; stream: {chunks} chunks"


def main() -> int:
    """Run the check of the first argument."""
    check = json.loads(sys.argv[1])
    phases: dict[str, float] = {}
    with tempfile.TemporaryDirectory(
        prefix="dockwright-serve-", ignore_cleanup_errors=True
    ) as folder:
        stack = Stack(Path(folder), os.environ)
        try:
            ok, detail = True, serve(check, stack, phases)
        except Exception as error:  # noqa: BLE001 -- whatever goes wrong is the failure
            ok, detail = False, str(error) if isinstance(error, ServeError) else repr(error)
            print(stack.tails())
        finally:
            stopping = time.monotonic()
            stack.stop()
            phases["stop"] = round(time.monotonic() - stopping, 2)
    print(json.dumps({"ok": ok, "detail": detail, "phases": phases}))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())

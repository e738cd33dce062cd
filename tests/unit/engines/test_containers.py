"""How a container is started: the argv for docker and podman."""

from __future__ import annotations

import pytest

from dockwright.engines.containers import Launch, Program, command, is_root, limits, variables
from dockwright.errors import UserError


def argv(program: Program = "docker", **changes: object) -> str:
    return " ".join(command(Launch(image="dynamo:latest-vllm", **changes), program).argv)  # type: ignore[arg-type]


LIMITS = "--ulimit memlock=-1 --ulimit stack=67108864 --ulimit nofile=65536:65536"


def test_docker_gets_everything_that_the_stack_always_needs() -> None:
    assert argv() == (
        "docker run --rm --runtime nvidia --gpus all --network host --shm-size 10G --ipc host "
        f"--cap-add SYS_PTRACE {LIMITS} --workdir /workspace dynamo:latest-vllm"
    )


def test_podman_gets_gpus_as_devices_and_no_size_beside_the_hosts_ipc() -> None:
    assert argv("podman") == (
        "podman run --rm --device nvidia.com/gpu=all --network host --ipc host "
        f"--cap-add SYS_PTRACE {LIMITS} --workdir /workspace dynamo:latest-vllm"
    )


@pytest.mark.parametrize(
    ("program", "gpus", "words"),
    [
        ("docker", "2", "--runtime nvidia --gpus 2 "),
        ("docker", "device=0,1", '--runtime nvidia --gpus "device=0,1" '),
        ("docker", "0", None),
        ("docker", "GPU-3a2b,GPU-1c", '--runtime nvidia --gpus "device=GPU-3a2b,GPU-1c" '),
        ("docker", "none", ""),
        ("podman", "device=0,1", "--device nvidia.com/gpu=0 --device nvidia.com/gpu=1 "),
        ("podman", "none", ""),
    ],
)
def test_gpus(program: Program, gpus: str, words: str | None) -> None:
    if words is None:
        words = f"--runtime nvidia --gpus {gpus} "
    assert f" run --rm {words}--network host" in argv(program, gpus=gpus)


def test_a_runtime_that_is_named_is_used_without_gpus_too() -> None:
    assert "--rm --runtime runsc --network" in argv(gpus="none", runtime="runsc")
    assert argv("podman", runtime="crun").startswith("podman --runtime crun run --rm --device")


def test_options_reach_the_argv() -> None:
    text = argv(
        gpus="none",
        command=("bash", "-c", "true"),
        name="one",
        entrypoint="/bin/sh",
        workdir="/x",
        network="bridge",
        user="1234:5",
        volumes=("/a:/b:ro", "c:/d"),
        ports=("8000:8000",),
        by_name=("HF_TOKEN",),
        environment=("PATH=/x",),
        capabilities=("IPC_LOCK",),
        interactive=True,
        terminal=True,
        remove=False,
        privileged=True,
    )
    assert text == (
        "docker run --interactive --tty --privileged --network bridge --shm-size 10G --ipc host "
        f"--cap-add SYS_PTRACE {LIMITS} --cap-add IPC_LOCK --user 1234:5 --group-add 0 "
        "--workdir /x --volume /a:/b:ro --volume c:/d --publish 8000:8000 --env HF_TOKEN "
        "--env PATH=/x --name one --entrypoint /bin/sh dynamo:latest-vllm bash -c true"
    )


@pytest.mark.parametrize("user", ["root", "0", "0:0", "root:1000"])
def test_root_needs_no_further_group(user: str) -> None:
    assert is_root(user)
    assert "--group-add" not in argv(user=user)


def test_values_travel_in_the_environment() -> None:
    words = ("HF_TOKEN", "A=1", "DOCKER_PASSWORD=x", "LD_LIBRARY_PATH=/x", "A=2", "EMPTY=")
    assert variables(words) == (
        ("HF_TOKEN", "A", "DOCKER_PASSWORD", "EMPTY"),
        {"A": "2", "DOCKER_PASSWORD": "x", "EMPTY": ""},
        ("LD_LIBRARY_PATH=/x",),
    )


@pytest.mark.parametrize("word", ["=s3cret", "", "a b=s3cret"])
def test_a_variable_needs_a_name_and_its_value_is_not_repeated(word: str) -> None:
    with pytest.raises(UserError, match="--env: a variable needs a name") as caught:
        variables([word])
    assert "s3cret" not in str(caught.value)


def test_limits_are_lowered_to_what_may_be_raised_but_never_what_a_person_says() -> None:
    most = {"memlock": 8388608, "nofile": 524288}
    assert limits((), {}) == (
        {"memlock": "-1", "stack": "67108864", "nofile": "65536:65536"},
        [],
    )
    assert limits((), most) == (
        {"memlock": "8388608:8388608", "stack": "67108864", "nofile": "65536:65536"},
        ["memlock is 8388608, not -1"],
    )
    assert limits(("memlock=-1", "nproc=9"), most) == (
        {"memlock": "-1", "stack": "67108864", "nofile": "65536:65536", "nproc": "9"},
        [],
    )


def test_a_limit_has_a_form() -> None:
    with pytest.raises(UserError, match="--ulimit nofile: must be NAME=SOFT or NAME=SOFT:HARD"):
        limits(("nofile",), {})


@pytest.mark.parametrize("network", ["host", "none", "container:other"])
def test_a_port_that_would_do_nothing_is_refused(network: str) -> None:
    with pytest.raises(
        UserError, match=f"--port 8000:8000 does nothing with --network {network}"
    ) as caught:
        argv(network=network, ports=("8000:8000",))
    assert "use --network bridge" in caught.value.hint


def test_wrong_gpus() -> None:
    with pytest.raises(UserError, match="--gpus: 'all of them' is no choice of GPUs"):
        argv(gpus="all of them")
    with pytest.raises(UserError, match="podman cannot choose GPUs by their count") as caught:
        argv("podman", gpus="2")
    assert caught.value.hint == "name them: --gpus device=0,1"

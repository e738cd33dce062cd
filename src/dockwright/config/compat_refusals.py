"""Differences from the original that are errors, improvements or additions."""

from __future__ import annotations

from dockwright.config.compat_kinds import added, refused, silent

REFUSALS = (
    refused(
        "cuda-checked",
        "Any string was taken as CUDA version; the build failed late or ignored it.",
        "It must be a version, major.minor, that the framework has images for; a patch level "
        "(12.9.1) is refused.",
        rules=("cuda-of-framework",),
        defects=(8,),
    ),
    refused(
        "platform-checked",
        "Any platform was taken.",
        "linux/amd64, linux/arm64 or both.",
        defects=(8,),
    ),
    refused(
        "target-checked",
        "An unknown target failed inside docker, for frontend after the endpoint picker was built.",
        "It is refused at once; stages that are only sources of files cannot be built either.",
        rules=("target-of-framework", "target-not-built"),
        defects=(8,),
    ),
    refused(
        "values-checked",
        "Values were joined into the command line unseen.",
        "Each has a type: numbers, versions, refs, tags, URLs.",
        rules=("python-of-cell", "torch-backend-of-cuda"),
        defects=(8,),
    ),
    refused(
        "said-twice",
        "A flag won silently over a build argument of the same parameter.",
        "Two different values are a contradiction.",
        defects=(1,),
    ),
    refused(
        "architecture-agrees",
        "ARCH and ARCH_ALT could contradict the platform.",
        "They follow the platform and can only agree with it.",
        rules=("arch-of-platform", "arch-pair", "rustarch-of-arch"),
        defects=(3,),
    ),
    refused(
        "base-and-cuda-agree",
        "A base or runtime image for another CUDA version than the one asked for was built.",
        "Both must state the same version.",
        rules=("base-image-cuda", "runtime-image-cuda"),
        defects=(8,),
    ),
    refused(
        "base-image-complete",
        "`--base-image NAME:TAG` got a second tag, and docker refused the result.",
        "A tag inside BASE_IMAGE is its tag; a second, different one is refused.",
        rules=("base-tag-once", "base-tag-needed"),
        defects=(8,),
    ),
    refused(
        "pytorch-pieces-known",
        "Torch pieces of a fixed list of versions were copied out of any PyTorch image.",
        "The versions are known per tag; for another tag you are asked for them.",
        rules=("pytorch-pieces",),
        defects=(11,),
    ),
    refused(
        "kvbm-python",
        "The KVBM wheel was built for any Python and failed late.",
        "It is for Python 3.12.",
        rules=("kvbm-python",),
        defects=(8,),
    ),
    refused(
        "lmcache-where-it-works",
        "LMCACHE_REF was ignored on arm64 and with CUDA 13.",
        "Asking for it there is refused.",
        rules=("lmcache-of-cell",),
        defects=(5,),
    ),
    refused(
        "media-contradiction",
        "FFmpeg without NIXL media could be asked for.",
        "The feature media-ffmpeg includes media-nixl: one on and the other off is refused.",
        rules=("media-ffmpeg-needs-nixl",),
        defects=(5,),
    ),
    refused(
        "efa-target",
        "`--make-efa` on another target failed late or did nothing.",
        "It is for runtime, dev and local-dev.",
        rules=("efa-of-target",),
        defects=(8, 13),
    ),
    refused(
        "wheel-source-clear",
        "An index beside a wheel directory or git URL was ignored; a missing commit was found "
        "after the long build of the wheel, and in a dry run before it.",
        "Both are refused before anything starts.",
        rules=("trtllm-source",),
        defects=(4, 5),
    ),
    refused(
        "wheel-picked-exactly",
        "The first wheel of an unordered search was installed.",
        "Exactly one wheel must fit name, Python and architecture.",
        rules=("trtllm-wheel",),
        defects=(9,),
    ),
    refused(
        "commit-file-read",
        "commit.txt beside the wheel was ignored.",
        "When it is there it must hold `<arch>_<commit>` of this build.",
        rules=("trtllm-commit-file",),
        defects=(9,),
    ),
    refused(
        "refs-pinned",
        "Any ref or version was fetched as it was on that day, unverified.",
        "A ref or version has a pin (a commit, a checksum); a full commit is its own pin.",
        rules=("pinned",),
    ),
    refused(
        "sglang-version-known",
        "SGLang's version was whatever the runtime tag began with.",
        "It is a parameter; a tag that begins with no version needs SGLANG_VERSION.",
        rules=("sglang-version-of-tag",),
        defects=(8,),
    ),
    refused(
        "secret-build-arg",
        "A token given as build argument stayed readable in the image's history.",
        "An argument whose name looks like a secret is refused; pass it by its variable.",
        defects=(6,),
    ),
    refused(
        "build-arg-value",
        "`--build-arg NAME` took the value from the environment.",
        "The value must be said: the environment does not decide about an image.",
        rules=("build-arg-value",),
    ),
    refused(
        "release-build",
        "The help named `--release-build`, the parser refused it.",
        "It is refused with that reason.",
        rules=("release-build",),
    ),
)

SILENT = (
    silent(
        "dry-run-complete",
        "A dry run made directories and logs and left out arguments of the real run.",
        "It prints the commands of the same plan and touches nothing.",
        4,
    ),
    silent(
        "log-outside-context",
        "The log was written into the build context, so each build invalidated its own cache.",
        "Logs are in the run's directory, outside.",
        7,
    ),
    silent(
        "sccache-where-it-works",
        "Secrets and variables of sccache were set for steps that cannot use them, and missing "
        "where they could.",
        "Each compile step is wired for its own build system, and only with `--use-sccache`.",
        10,
    ),
    silent(
        "errors-fail",
        "Copy steps hid errors; the fallback without buildx could not run.",
        "A failed step fails the build; without an engine a clear error says what is missing.",
        12,
    ),
    silent(
        "efa-as-root",
        "The EFA step of local-dev ran without root, and the wrong plugin directory was removed.",
        "EFA is installed as root below the change of user.",
        13,
    ),
    silent(
        "wheel-script",
        "The wheel script reused a clone of another URL and a fixed container name, left a file "
        "modified, wanted a branch named main and ignored its NIXL argument.",
        "`dockwright wheel trtllm`, the first command of the build, has a clone for each URL and "
        "names of its own, fetches the commit alone, puts the file back and cleans up.",
        15,
    ),
    silent(
        "verified-before-named",
        "An image got its tags as soon as it was built.",
        "Declared checks run inside it first.",
    ),
    silent(
        "ref-resolved",
        "The default UCX ref does not exist any more, so the default build failed at checkout.",
        "A ref is tried with and without v, and pinned to a commit.",
    ),
    silent(
        "unread-arguments-gone",
        "Each build got arguments that no stage read, such as GRACE_BLACKWELL.",
        "A plan holds only what its steps use.",
        5,
    ),
    silent(
        "children-keep-their-environment",
        "The wheel script lost home, proxy and docker configuration.",
        "Commands get what they need and no more.",
    ),
)

ADDED = (
    added("json", "–", "DOCKWRIGHT_FORMAT=json makes a dry run print the plan as JSON."),
    added("engine", "–", "DOCKWRIGHT_ENGINE names the engine: auto, buildkit or buildah."),
    added("verbose", "The parser refused it.", "`--verbose` shows every line of the steps."),
    added(
        "switch-off",
        "A switch could not be switched off.",
        "`--no-enable-kvbm` and the like, or `--build-arg ENABLE_KVBM=false`.",
    ),
    added(
        "run-helper",
        "run.sh showed the values of `-e`, made directories in a dry run, and did not find dev "
        "images under the name that build.sh gave them.",
        "compat/run.sh is `dockwright run` with the same options: no value is shown, a dry run "
        "touches nothing, names are the builder's, podman works too. A command stands behind `--`, "
        "and `-p` with the host's network, where it did nothing, is refused.",
    ),
    added(
        "sccache-script",
        "use-sccache.sh needed ARCH_ALT, installed a download that nothing checked, deleted "
        "`sccache*` in the working directory, died in `show-stats` without a name, and had no "
        "`generate-env`.",
        "compat/use-sccache.sh takes the same words: `install` checks a hash and needs no "
        "variable, the name is optional, `generate-env` is `setup-env`. `dockwright sccache` does "
        "more.",
    ),
)

"""Parameters + catalog → plan. The one entrance of this package."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dockwright.catalog.registry import components, frameworks
from dockwright.catalog.parameters.axes import CUDA_VERSION, DEVICE, FRAMEWORK, TARGET
from dockwright.catalog.parameters.images import BASE_IMAGE, BASE_IMAGE_TAG, PYTHON_VERSION
from dockwright.catalog.systems import guess, system
from dockwright.errors import DockwrightError, Problem, UserError
from dockwright.model.check import Check
from dockwright.model.param import Params
from dockwright.model.plan import BaseImage, BootstrapImage, LayoutImage, Plan, RegistryImage
from dockwright.model.recipe import Component, Context
from dockwright.model.values import Arch, Device, Os, Target
from dockwright.planning import names
from dockwright.planning.audit import audit
from dockwright.planning.images import (
    base_stage,
    evidence_stage,
    image_checks,
    runtime_stage,
    verify_stage,
)
from dockwright.planning.lower import component_stage
from dockwright.planning.select import requirements, select
from dockwright.planning.wrap import offer_network

Ledger = dict[str, set[str]]

BOOTSTRAP_PACKAGES = ("ca-certificates",)


@dataclass(frozen=True, kw_only=True, slots=True)
class Layout:
    """An OCI layout that the edge has looked at: its manifest's digest and its tag."""

    digest: str
    ref: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Planned:
    """A plan, who read which parameter, and the checks that its verify stage runs."""

    plan: Plan
    ledger: Ledger
    checks: tuple[Check, ...]
    arch: Arch


def plan_image(
    params: Params,
    arch: Arch,
    *,
    catalog: Mapping[str, Component] | None = None,
    layouts: Mapping[str, Layout] | None = None,
) -> Planned:
    """The plan of one image for one platform.

    `layouts` describes the OCI layouts that BASE_IMAGE may name (planning reads no disk). Raises
    UserError when a value fits nothing in the catalog.
    """
    ledger: Ledger = {}
    chooser = params.track("selection", ledger)
    framework, device, target = chooser[FRAMEWORK], chooser[DEVICE], chooser[TARGET]
    chooser[CUDA_VERSION]
    if (framework.value, target) not in {("none", Target.RUNTIME), ("none", Target.BASE)}:
        raise UserError(
            f"framework {framework.value} target {target.value} is not built by this version",
            hint="this version builds --framework none with --target runtime or base",
        )
    if device is not Device.CPU:
        raise UserError(
            f"device {device.value} is not built by this version", hint="try --device cpu"
        )
    image, operating_system = base_image(params.track("base", ledger), arch, layouts or {})
    catalog = components() if catalog is None else catalog

    def context(name: str, provider: str, has: frozenset[str]) -> Context:
        return Context(
            framework=framework,
            device=device,
            arch=arch,
            os=operating_system,
            provider=provider,
            has=has,
            params=params.track(name, ledger),
        )

    wanted = frameworks()[framework.value].components(context("selection", "", frozenset()))
    chosen = select(wanted, catalog, device)
    by_name = {component.name: component for component in chosen}
    stages = [
        base_stage("base-image", operating_system, params.track("base", ledger)[PYTHON_VERSION])
    ]
    contexts: list[tuple[Component, Context]] = []
    for component in chosen:
        needs = tuple(by_name[name] for name in requirements(component, chosen=by_name))
        reader = params.track(component.name, ledger)
        provider = (
            next(iter(component.providers))
            if component.provider is None
            else reader[component.provider]
        )
        has = frozenset(need.name for need in needs)
        seen = context(component.name, provider, has)
        _refuse_misfit(component, seen)
        contexts.append((component, seen))
        stages.append(component_stage(component, seen, needs=needs, base=names.BASE))
    checks = tuple(
        check for component, seen in contexts if component.ships for check in component.checks(seen)
    )
    python = params.track(names.RUNTIME, ledger)[PYTHON_VERSION]
    checks = (*image_checks(python), *checks)
    stages += [
        runtime_stage(tuple(contexts), operating_system, _labels(framework.value, device.value)),
        verify_stage(names.RUNTIME, checks),
        evidence_stage(),
    ]
    plan = offer_network(
        Plan(
            name=f"{framework.value}-{device.value}-{arch.value}",
            platform=arch.platform,
            target=target.value,
            images={"base-image": image},
            stages=tuple(stages),
        )
    )
    problems = audit(plan)
    if problems:
        raise DockwrightError(
            "the plan breaks its own laws: " + "; ".join(map(str, problems)),
            hint="this is a defect of dockwright or of a recipe; please report it",
        )
    return Planned(plan=plan, ledger=ledger, checks=checks, arch=arch)


def base_image(params: Params, arch: Arch, layouts: Mapping[str, Layout]) -> tuple[BaseImage, Os]:
    """The base image that BASE_IMAGE and BASE_IMAGE_TAG name, and the system inside it."""
    image, tag = params[BASE_IMAGE], params[BASE_IMAGE_TAG]
    scheme, _, rest = image.partition(":")
    where = params.value(BASE_IMAGE).origin.where
    if scheme == "bootstrap":
        distribution, _, suite = rest.partition("/")
        try:
            found = system(distribution, suite)
        except KeyError:
            raise UserError(
                f"{where}: there is no bootstrap recipe for {rest!r}",
                hint="known: bootstrap:debian/bookworm, bootstrap:debian/trixie",
            ) from None
        return (
            BootstrapImage(
                distribution=distribution,
                suite=suite,
                arch=arch.value,
                packages=BOOTSTRAP_PACKAGES,
            ),
            found,
        )
    if scheme == "oci":
        layout = layouts[image]
        name = "".join(c if c.isalnum() else "-" for c in rest.rsplit("/", 1)[-1].lower()).strip(
            "-"
        )
        return LayoutImage(name=name or "layout", digest=layout.digest, ref=layout.ref), guess(
            image, tag
        )
    ref = (
        f"{image}:{tag}"
        if tag and "@" not in image and ":" not in image.rsplit("/", 1)[-1]
        else image
    )
    return RegistryImage(ref=ref), guess(image, tag)


def _refuse_misfit(component: Component, context: Context) -> None:
    """A provider that cannot work here is refused before anything is built."""
    reason = component.providers[context.provider].misfit(context)
    if not reason:
        return
    key = component.provider
    where = context.params.value(key).origin.where if key else ""
    others = [
        name
        for name, provider in component.providers.items()
        if not provider.misfit(context) and name != context.provider
    ]
    valid = f"valid: {key.flag} {' or '.join(others)}" if key and others else ""
    raise UserError(
        problems=[
            Problem(
                rule="provider-fits",
                what=f"{component.name} from {context.provider!r}: {reason}",
                where=where,
                hint=f"{valid}; or another --base-image".removeprefix("; or "),
            )
        ]
    )


def _labels(framework: str, device: str) -> dict[str, str]:
    return {
        "org.opencontainers.image.title": f"dynamo-{framework}",
        "org.opencontainers.image.description": f"NVIDIA Dynamo, framework {framework}, for {device}",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "io.dockwright.framework": framework,
        "io.dockwright.device": device,
    }

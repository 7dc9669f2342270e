#!/usr/bin/env python3
"""Checks docker-compose.swarm.yml: that each service keeps what its comments and the docs promise, that every file of
prometheus/ and grafana/ is deployed, and that the laboratory's override changes nothing else than it says. Says nothing but
what is wrong."""

import pathlib
import re
import sys
from typing import Any, Iterator

import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FILE = "docker-compose.swarm.yml"
OVERRIDE = "Tests/Stack/docker-compose.lab.yml"

# What the system that this replaces had: replicas, CPUs and MiB at most.
PROMISED = {
    "web": (3, 2.0, 2048), "celery": (2, 1.5, 1536), "postgres": (1, 2.0, 2048), "redis": (1, 1.0, 768),
    "beat": (1, 0.5, 512), "prometheus": (1, 1.0, 1024), "grafana": (1, 1.0, 512),
}
# Beat has no volume, and must not run twice either.
SINGLE = {"beat"}
# The smallest swarm that it is made for: managers, CPUs and MiB of each.
NODES, NODE_CPUS, NODE_MEMORY = 3, 2.0, 4096
# A config of an engine before 26 has at most so many bytes.
CONFIG_BYTES = 500 * 1024

Service = dict[str, Any]


def main() -> int:
    stack, override = (load(ROOT / name) for name in (FILE, OVERRIDE))
    services: dict[str, Service] = stack["services"]
    checks = [
        each(services), fits(services), references(stack), deployed(stack), targets(services),
        overridden(services, override),
    ]
    found = [problem for check in checks for problem in check]
    for problem in found:
        print(f"{FILE}: {problem}", file=sys.stderr)
    return 1 if found else 0


def load(path: pathlib.Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def seconds(duration: str) -> float:
    parts = re.findall(r"(\d+)(ms|s|m|h)", duration)
    return sum(int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit] for number, unit in parts)


def mebibytes(size: str) -> float:
    return float(size[:-1]) * {"M": 1, "G": 1024}[size[-1]]


def instances(service: Service) -> int:
    if service["deploy"].get("mode") == "global":
        return NODES
    return int(re.sub(r"\$\{\w+:-(\d+)\}", r"\1", str(service["deploy"]["replicas"])))


def each(services: dict[str, Service]) -> Iterator[str]:
    for name, service in services.items():
        for check in PER_SERVICE:
            yield from (f"{name}: {problem}" for problem in check(name, service))


def contained(name: str, service: Service) -> Iterator[str]:
    """Not root, no capability, no file in the image, no log without end."""
    user = str(service.get("user", ""))
    if not re.match(r"[1-9]\d*:", user):
        yield f"user is {user!r}, not a number of somebody else than root"
    if service.get("cap_drop") != ["ALL"] or service.get("cap_add") or service.get("privileged"):
        yield "has capabilities"
    if not service.get("read_only") or not service.get("init"):
        yield "read_only or init is missing"
    if "max-size" not in service.get("logging", {}).get("options", {}):
        yield "its log has no limit"


def pinned(name: str, service: Service) -> Iterator[str]:
    image = service["image"]
    if not re.fullmatch(r"\$\{\w+:\?.+\}|[\w./-]+:(?!latest)[\w.-]+", image):
        yield f"image {image} is not of one version, nor a variable without a default"


def limited(name: str, service: Service) -> Iterator[str]:
    resources = service["deploy"].get("resources", {})
    limits, reservations = resources.get("limits", {}), resources.get("reservations", {})
    if {"cpus", "memory"} - limits.keys() or {"cpus", "memory"} - reservations.keys():
        yield "limits or reservations are missing"
        return
    cpus, memory = float(limits["cpus"]), mebibytes(limits["memory"])
    if float(reservations["cpus"]) > cpus or mebibytes(reservations["memory"]) > memory:
        yield "reserves more than its limit"
    if name in PROMISED and (instances(service), cpus, memory) != PROMISED[name]:
        yield f"has {instances(service)} replicas, {cpus} CPUs, {memory} MiB, not {PROMISED[name]}"


def healthy(name: str, service: Service) -> Iterator[str]:
    check = service.get("healthcheck", {})
    if {"test", "interval", "timeout", "retries", "start_period"} - check.keys():
        yield "its health check is missing or leaves something to defaults"
    elif "localhost" in str(check["test"]):
        yield "its health check asks localhost, which may be ::1"


def updated(name: str, service: Service) -> Iterator[str]:
    deploy, check = service["deploy"], service.get("healthcheck", {})
    for key in "update_config", "rollback_config":
        policy = deploy.get(key, {})
        if policy.get("parallelism", 0) < 1 or policy.get("max_failure_ratio") != 0:
            yield f"{key}: all at once, or failures allowed"
        if seconds(policy.get("monitor", "")) <= seconds(check["start_period"]) + seconds(check["interval"]):
            yield f"{key}: monitor is not longer than start_period and interval"
        order = "stop-first" if volumes(service) or name in SINGLE else "start-first"
        if policy.get("order") != order:
            yield f"{key}: order is not {order}"
    if deploy.get("update_config", {}).get("failure_action") != "rollback":
        yield "update_config: does not roll back"
    restart = deploy.get("restart_policy", {})
    if restart.get("condition") != "any" or "delay" not in restart or "max_attempts" in restart:
        yield "restart_policy: not for ever, or without a delay"
    if any(port.get("mode") == "host" for port in service.get("ports", [])):
        yield "a port of the node cannot be there twice, as start-first needs"


def stopped(name: str, service: Service) -> Iterator[str]:
    """What it does at SIGTERM fits into stop_grace_period."""
    grace, command = seconds(service.get("stop_grace_period", "")), service.get("command", [])
    flags = dict(part.split("=", 1) for part in command if part.startswith("--") and "=" in part)
    drain = float(command[1]) if command[:1] == ["/drain"] else 0
    if grace <= drain + float(flags.get("--graceful-timeout", flags.get("--time-limit", 5))):
        yield f"stop_grace_period is {grace} s"


def volumes(service: Service) -> list[str]:
    return [volume for volume in service.get("volumes", []) if isinstance(volume, str)]


def placed(name: str, service: Service) -> Iterator[str]:
    """Volumes are where the label is; what may be anywhere is spread."""
    placement = service["deploy"].get("placement", {})
    constraints = placement.get("constraints", [])
    if volumes(service) and "node.labels.pilito.storage == true" not in constraints:
        yield "has a volume, and may move away from it"
    if not volumes(service) and service["deploy"].get("mode") != "global" and not placement.get("preferences"):
        yield "is not spread"


def required(name: str, service: Service) -> Iterator[str]:
    """Docker 20.10 takes what stands after a dash in the text for a default."""
    for text in re.findall(r"\$\{\w+:\?([^}]*)\}", str(service)):
        if "-" in text:
            yield f"a dash in {text!r}"


def secretive(name: str, service: Service) -> Iterator[str]:
    for variable, value in service.get("environment", {}).items():
        if re.search(r"PASSWORD|SECRET|TOKEN|(?<!S)KEY|DATABASE_URL|REDIS_URL|BROKER_URL", variable):
            if not variable.endswith("_FILE") or not str(value).startswith("/run/secrets/"):
                yield f"{variable} is no file of a secret"
            elif str(value).removeprefix("/run/secrets/") not in service.get("secrets", []):
                yield f"{variable} names a secret that it has not"
    if re.search(r"://[^/\s]*:[^/\s]*@|--requirepass", str(service.get("command"))):
        yield "a password is among its arguments"


PER_SERVICE = [contained, pinned, limited, healthy, updated, stopped, placed, required, secretive]


def fits(services: dict[str, Service]) -> Iterator[str]:
    """All that is reserved is there with one node down, and what is bound to one node is there on that node."""
    nodes = NODES - 1
    for place, chosen, room in [
        ("the swarm without one node", services.values(), nodes),
        ("the node with the volumes", [service for service in services.values() if volumes(service)], 1),
    ]:
        reserved = [
            (min(instances(service), nodes) if service["deploy"].get("mode") == "global" else instances(service),
             service["deploy"]["resources"]["reservations"]) for service in chosen]
        cpus = sum(count * float(each["cpus"]) for count, each in reserved)
        memory = sum(count * mebibytes(each["memory"]) for count, each in reserved)
        if cpus > room * NODE_CPUS or memory > room * NODE_MEMORY * 0.9:
            yield f"{cpus:.2f} CPUs and {memory:.0f} MiB are reserved: too much for {place}"


def references(stack: dict[str, Any]) -> Iterator[str]:
    """Every secret, config, volume and network is defined and used, and every secret is somebody else's to make."""
    services = stack["services"].values()
    used = {
        "secrets": {secret for service in services for secret in service.get("secrets", [])},
        "configs": {config["source"] for service in services for config in service.get("configs", [])},
        "volumes": {volume.split(":")[0] for service in services for volume in volumes(service)},
        "networks": {network for service in services for network in service["networks"]},
    }
    for kind, names in used.items():
        for name in sorted(names ^ stack[kind].keys()):
            yield f"{kind}: {name} is {'not defined' if name in names else 'not used'}"
    for name, secret in stack["secrets"].items():
        if secret.get("external") is not True:
            yield f"secrets: {name} is not external"
        for other in re.findall(r"\$\$\{(\w+)\}", secret.get("x-vitals", {}).get("template", "")):
            if other not in stack["secrets"]:
                yield f"secrets: {name} is made of {other}, which is none"
    subnet = stack["networks"]["pilito_network"]
    if not subnet.get("attachable") or subnet["ipam"]["config"] != [{"subnet": "10.0.10.0/24"}]:
        yield "networks: pilito_network is not 10.0.10.0/24, attachable"


def deployed(stack: dict[str, Any]) -> Iterator[str]:
    """Every file of the monitoring is a config, and each config is a file that an engine takes."""
    configured = {(ROOT / config["file"]).resolve() for config in stack["configs"].values()}
    for path in sorted(configured):
        if not path.is_file() or path.stat().st_size > CONFIG_BYTES:
            yield f"configs: {path.relative_to(ROOT)} is missing or too large"
    for pattern in "prometheus/*.tmpl", "prometheus/*.yml", "prometheus/rules/*", "grafana/dashboards/*", "grafana/provisioning/*/*":
        for path in sorted(set(ROOT.glob(pattern)) - configured):
            yield f"configs: {path.relative_to(ROOT)} is not deployed"


def targets(services: dict[str, Service]) -> Iterator[str]:
    """Prometheus shares a network with every service that it looks for."""
    reachable = set(services["prometheus"]["networks"])
    for name in re.findall(r"tasks\.([\w-]+)", (ROOT / "prometheus/prometheus.yml").read_text(encoding="utf-8")):
        if name != "NAME" and not reachable & set(services.get(name, {}).get("networks", [])):
            yield f"prometheus.yml asks for tasks.{name}, which it cannot reach"


def overridden(services: dict[str, Service], override: dict[str, Any]) -> Iterator[str]:
    """The laboratory has no virtual addresses, and is the same stack otherwise."""
    for key in override.keys() - {"version", "services"}:
        yield f"{OVERRIDE}: changes {key}"
    for name in sorted(services.keys() ^ override["services"].keys()):
        yield f"{OVERRIDE}: {name} is in one file only"
    for name, service in override["services"].items():
        if service["deploy"] != {"endpoint_mode": "dnsrr"} or service.keys() - {"deploy", "ports"}:
            yield f"{OVERRIDE}: changes more of {name} than it may"


if __name__ == "__main__":
    sys.exit(main())

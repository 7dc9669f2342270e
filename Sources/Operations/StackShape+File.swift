/// The shapes of the Compose file format, version 3, as `docker stack deploy` takes it
/// (https://docs.docker.com/reference/compose-file/legacy-versions/).
extension StackShape {
  static let file = StackShape.object([
    "version": .text, "name": .text, "services": .map(service), "networks": .map(network), "volumes": .map(volume),
    "configs": .map(file(of: "config")), "secrets": .map(file(of: "secret")),
  ])

  private static let words = StackShape.list(.text)
  private static let wordOrWords = StackShape.either([.text, words])
  private static let pairs = StackShape.either([words, .map(.scalar)])

  private static let service = StackShape.object([
    "build": .either([.text, build]), "cap_add": words, "cap_drop": words, "cgroup_parent": .text,
    "cgroupns_mode": .text, "command": wordOrWords, "configs": .list(.either([.text, grant])),
    "container_name": .text, "credential_spec": .any, "depends_on": .any, "deploy": deploy, "devices": words,
    "dns": wordOrWords, "dns_search": wordOrWords, "domainname": .text, "entrypoint": wordOrWords,
    "env_file": wordOrWords, "environment": pairs, "expose": words, "extends": .any, "external_links": words,
    "extra_hosts": pairs, "healthcheck": healthcheck, "hostname": .text, "image": .text, "init": .bool, "ipc": .text,
    "isolation": .text, "labels": pairs, "links": words,
    "logging": .object(["driver": .text, "options": .map(.scalar)]), "mac_address": .text, "network_mode": .text,
    "networks": .either([words, .map(.any)]), "oom_score_adj": .integer, "pid": .any, "platform": .text,
    "ports": .list(.either([.text, port])), "privileged": .bool, "profiles": .any, "pull_policy": .any,
    "read_only": .bool, "restart": .text, "secrets": .list(.either([.text, grant])), "security_opt": words,
    "shm_size": .text, "stdin_open": .bool, "stop_grace_period": .duration, "stop_signal": .text, "sysctls": pairs,
    "tmpfs": wordOrWords, "tty": .bool,
    "ulimits": .map(.either([.integer, .object(["hard": .integer, "soft": .integer])])), "user": .text,
    "userns_mode": .text, "volumes": .list(.either([.text, mount])), "working_dir": .text,
    // What Compose's version 2 had: no schema of version 3 takes it, and Docker says so.
    "cpu_quota": .any, "cpu_shares": .any, "cpuset": .any, "cpus": .any, "mem_limit": .any, "mem_reservation": .any,
    "memswap_limit": .any, "scale": .any, "volume_driver": .any, "volumes_from": .any,
  ])

  private static let build = StackShape.object([
    "additional_contexts": .any, "args": pairs, "cache_from": words, "context": .text, "dockerfile": .text,
    "extra_hosts": .any, "labels": pairs, "network": .text, "shm_size": .text, "target": .text,
  ])

  private static let deploy = StackShape.object([
    "mode": .choice(["replicated", "global", "replicated-job", "global-job"]),
    "endpoint_mode": .choice(["vip", "dnsrr"]), "replicas": .integer, "labels": pairs,
    "update_config": update, "rollback_config": update,
    "resources": .object([
      "limits": .object(["cpus": .decimal, "memory": .size, "pids": .integer]),
      "reservations": .object(["cpus": .decimal, "memory": .size, "generic_resources": .any]),
    ]),
    "restart_policy": .object([
      "condition": .choice(["none", "on-failure", "any"]), "delay": .duration, "max_attempts": .integer,
      "window": .duration,
    ]),
    "placement": .object([
      "constraints": words, "max_replicas_per_node": .integer, "preferences": .list(.object(["spread": .text])),
    ]),
  ])

  private static let update = StackShape.object([
    "parallelism": .integer, "delay": .duration, "failure_action": .choice(["pause", "continue", "rollback"]),
    "monitor": .duration, "max_failure_ratio": .number, "order": .choice(["stop-first", "start-first"]),
  ])

  private static let healthcheck = StackShape.object([
    "disable": .bool, "test": wordOrWords, "interval": .duration, "timeout": .duration, "retries": .integer,
    "start_period": .duration, "start_interval": .duration,
  ])

  private static let port = StackShape.object([
    "mode": .choice(["ingress", "host"]), "target": .integer, "published": .integer,
    "protocol": .choice(["tcp", "udp", "sctp"]), "name": .text, "app_protocol": .text,
  ])

  private static let grant = StackShape.object([
    "source": .text, "target": .text, "uid": .text, "gid": .text, "mode": .integer,
  ])

  private static let mount = StackShape.object([
    "type": .choice(["volume", "bind", "tmpfs", "npipe", "cluster", "image"]), "source": .text, "target": .text,
    "read_only": .bool, "consistency": .text, "bind": .any, "volume": .object(["nocopy": .bool, "subpath": .text]),
    "tmpfs": .any, "cluster": .any, "image": .any,
  ])

  private static let external = StackShape.either([.bool, .object(["name": .text])])

  private static let network = StackShape.object([
    "name": .text, "driver": .text, "driver_opts": .map(.scalar), "external": external, "internal": .bool,
    "attachable": .bool, "labels": pairs,
    "ipam": .object([
      "driver": .text,
      "config": .list(.object(["subnet": .text, "gateway": .text, "ip_range": .text, "aux_addresses": .any])),
      "options": .any,
    ]),
  ])

  private static let volume = StackShape.object([
    "name": .text, "driver": .text, "driver_opts": .map(.scalar), "external": external, "labels": pairs,
  ])

  private static func file(of kind: String) -> StackShape {
    .object([
      "name": .text, "file": .text, "external": external, "labels": pairs, "driver": .text,
      "driver_opts": .map(.scalar), "template_driver": .text, "content": .any, "environment": .any,
    ])
  }
}

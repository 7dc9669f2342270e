import Scoring

/// `vitals status` as people read it.
package struct StatusView: Sendable {
  private let report: StatusReport
  /// In columns; nil where lines may be as long as they like, as in a file.
  private let width: Int?

  package init(_ report: StatusReport, width: Int?) {
    self.report = report
    self.width = width
  }

  package var lines: [TextLine] {
    var lines = [cluster, ""] + nodes.lines(width: width) + [""]
    lines += services
    return lines
  }

  /// The managers and nodes in a line, also for others.
  package var cluster: TextLine {
    let cluster = report.cluster
    var line = TextLine("Swarm", .bold)
    line.add("  ")
    if let leader = cluster.leader {
      line.add("\(leader) leads")
    } else {
      line.add("no manager leads", .bad)
    }
    let isShort = cluster.reachableManagers < cluster.managers
    line.add(", \(cluster.reachableManagers)/\(cluster.managers) managers", isShort ? .bad : .plain)
    if cluster.managers > 1 {
      let spare = cluster.spareManagers
      line.add(", \(max(0, spare)) may be lost", spare > 0 ? .plain : .warn)
    }
    let down = report.nodes.count { !$0.isWell }
    line.add(", \(counted(report.nodes.count, "node"))")
    if down > 0 { line.add(" (\(down) not ready)", .bad) }
    line.add(
      ", engine \(cluster.engineVersions.joined(separator: " and "))", cluster.engineVersions.count > 1 ? .warn : .plain
    )
    return width.map { line.cut(to: $0) } ?? line
  }

  /// The table of the nodes, also for others.
  package var nodes: TextTable {
    var table = TextTable([
      .init("NODE", least: 8), .init("ROLE"), .init("STATE"), .init("TASKS", isRight: true),
      .init("CPU RESERVED", isRight: true, dispensability: 2),
      .init("MEMORY RESERVED", isRight: true, dispensability: 1),
      .init("ENGINE", dispensability: 0),
    ])
    table.rows = report.nodes.map { node in
      let isUsed = node.availability == "active"
      let state =
        node.isWell && !isUsed
        ? node.availability : node.isWell || isUsed ? node.state : "\(node.state), \(node.availability)"
      return [
        TextLine(node.name, .bold), TextLine(node.role), TextLine(state, node.isWell ? isUsed ? .good : .warn : .bad),
        TextLine("\(node.runningTasks)"), TextLine("\(decimalText(node.cpusReserved)) of \(decimalText(node.cpus))"),
        TextLine("\(MemorySize.text(node.memoryReservedBytes)) of \(MemorySize.text(node.memoryBytes))"),
        TextLine(node.engineVersion),
      ]
    }
    return table
  }

  /// A row for each service, and below it what there is to say of it.
  private var services: [TextLine] {
    guard !report.services.isEmpty else { return [TextLine("No service\(report.stack.map { " in \($0)" } ?? "").")] }
    let hasPorts = report.services.contains { !$0.ports.isEmpty }
    let columns: [TextTable.Column] = [
      .init("SERVICE", least: 12), .init("RUNNING", isRight: true), .init("MODE", dispensability: 0),
      .init("UPDATE", dispensability: 3), .init("NODES", dispensability: 1), .init("IMAGE", least: 16),
      .init("PORTS", dispensability: 2),
    ]
    var table = TextTable(hasPorts ? columns : columns.filter { $0.title != "PORTS" })
    table.rows = report.services.map { service in
      let row = [
        TextLine(service.name, .bold), TextLine(service.replicas, service.style), TextLine(service.mode),
        TextLine(service.update?.replacing("_", with: " ") ?? ""),
        TextLine(service.nodes.map { $0.running > 1 ? "\($0.node) x\($0.running)" : $0.node }.joined(separator: " ")),
        TextLine(service.image),
      ]
      return hasPorts ? row + [TextLine(service.ports.joined(separator: " "))] : row
    }
    let rows = table.lines(width: width)
    return [rows[0]] + zip(rows.dropFirst(), report.services).flatMap { [$0] + remarks($1) }
  }

  private func remarks(_ service: StatusReport.Service) -> [TextLine] {
    service.remarks.flatMap { remark in
      // The lines of a remark belong together.
      (width.map { remark.printable.wrapped(to: $0 - 4) } ?? [remark]).enumerated().map { number, text in
        TextLine((number == 0 ? "  - " : "    ") + text, service.isHealthy ? .faint : .warn)
      }
    }
  }
}

extension StatusReport.Service {
  package var style: TextStyle { isHealthy ? .good : running == 0 && desired > 0 ? .bad : .warn }
}
